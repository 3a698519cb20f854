"""Receipts printed: what a printer has to put on paper, and whether it is the original or a copy."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import Path
from starlette.responses import Response

from bank_node.api.answers import EntryPrint
from bank_node.api.doors import TheBank, allowed
from bank_node.api.entries import EntryId, entry_json
from bank_node.api.problems import Problem, Stop
from bank_node.api.respond import as_json, router
from bank_node.api.transfer_answers import TransferPrint
from bank_node.api.transfer_status import transfer_json
from bank_node.bank import Bank
from bank_node.ledger.dates import rfc3339
from bank_node.operations.receipts import PrintOrder, print_receipt
from bank_node.people import Person
from bank_node.store import transfer_queries

routes = router("entries")


@routes.post("/entries/{entry_id}/receipt", response_model=EntryPrint)
async def print_entry(bank: TheBank, entry_id: EntryId, who: Annotated[Person, allowed("accounts.read")]) -> Response:
    """The receipt of an entry, to be printed. The first one is the original, each later one a copy; who had it printed
    is in the audit log."""
    entry = await asyncio.to_thread(entry_json, bank, entry_id)
    return await _printed(bank, who, "entry", str(entry_id), {"entry": entry})


@routes.post("/transfers/{transaction_id}/receipt", tags=["transfers"], response_model=TransferPrint)
async def print_transfer(
    bank: TheBank,
    transaction_id: Annotated[str, Path(max_length=64)],
    who: Annotated[Person, allowed("transfers.read")],
) -> Response:
    """The receipt of a transfer this bank made, to be printed: the original once, then copies."""
    transfer = await asyncio.to_thread(_transfer, bank, transaction_id)
    return await _printed(bank, who, "transfer", transaction_id, {"transfer": transfer})


def _transfer(bank: Bank, transaction_id: str) -> dict[str, Any]:
    with bank.readers.connection() as connection:
        row = transfer_queries.transfer(connection, transaction_id)
    if row is None:
        raise Stop(Problem("not_found", "This bank sent no payment with this id."))
    return transfer_json(row)


async def _printed(bank: Bank, who: Person, kind: str, id_: str, what: dict[str, Any]) -> Response:
    done = await bank.submit(print_receipt, PrintOrder(kind, id_, who.username))
    return as_json({"print": done.state, "printed_by": who.username, "printed_at": rfc3339(done.at_us), **what})
