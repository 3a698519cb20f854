"""Payments that other banks sent to this one, whatever was decided about them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.doors import TheBank, allowed
from bank_node.api.paging import Cursor, Limit, page, text_of
from bank_node.api.problems import Problem, Stop
from bank_node.api.recalls import place_of, request_json
from bank_node.api.respond import as_json, router
from bank_node.api.transfer_answers import ReceivedList, TransferReceivedFile
from bank_node.api.transfer_status import received_json
from bank_node.people import Person
from bank_node.store import recall_queries, transfer_queries

routes = router("transfers")

Reader = Annotated[Person, allowed("transfers.read")]


@routes.get("/received", response_model=ReceivedList)
def received(request: Request, bank: TheBank, _who: Reader, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """Payments received, newest first: credited or refused."""
    with bank.readers.connection() as connection:
        rows = transfer_queries.decisions(connection, before=place_of(text_of(cursor)), limit=limit)
    last = f"{rows[-1].decided_us}.{rows[-1].from_bank}.{rows[-1].transaction_id}" if rows else ""
    return page(request, [received_json(row) for row in rows], limit, last)


@routes.get("/received/{from_bank}/{transaction_id}", response_model=TransferReceivedFile)
def received_one(
    bank: TheBank,
    _who: Reader,
    from_bank: Annotated[str, Path(max_length=64)],
    transaction_id: Annotated[str, Path(max_length=64)],
) -> Response:
    """One of them, with what its bank has asked back. Two banks may use the same id; each has its own here."""
    with bank.readers.connection() as connection:
        row = transfer_queries.decision(connection, transaction_id, from_bank)
        if row is None:
            raise Stop(Problem("not_found", "This bank received no payment with this id from there."))
        asked = recall_queries.recalls_of_received(connection, from_bank, transaction_id)
    return as_json({**received_json(row), "recalls": [request_json(recall) for recall in asked]})
