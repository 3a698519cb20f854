"""Entries of the books: one with its postings, and undoing it on its own business day."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.answers import Entry, EntryList
from bank_node.api.branch_schemas import ReversalInput
from bank_node.api.doors import TheBank, allowed
from bank_node.api.idempotency import PARAMETER, claim, needed_key, replay_headers
from bank_node.api.over_limit import signature_of, waits
from bank_node.api.problems import Problem, Stop
from bank_node.api.respond import as_json, router
from bank_node.api.schemas import ApprovalAsked
from bank_node.bank import Bank
from bank_node.four_eyes import DECIDES, KIND, carry_out
from bank_node.ledger.dates import rfc3339
from bank_node.operations.reversal import REVERSIBLE, ReversalOrder
from bank_node.people import Person, may
from bank_node.store import counter_queries
from bank_node.store.approvals import approval_of_entry, approval_of_transfer
from bank_node.store.business_dates import date_of_entry
from bank_node.store.counter_queries import EntryRow
from bank_node.store.reversals import recent_entries, reversal_about

routes = router("entries")

EntryId = Annotated[int, Path(ge=1, lt=2**63)]
_ORDERED_HERE = ("transfer_out", "transfer_inside")  # under an id of our own; that of a received one is anything


@routes.get("/entries", response_model=EntryList)
def entries(
    bank: TheBank,
    who: Annotated[Person, allowed("entries.reverse")],
    mine: Annotated[bool, Query(description="only those that the asker booked himself")] = False,
) -> Response:
    """The latest cash and payments inside the bank, newest first: what can be undone as long as its day lasts."""
    with bank.readers.connection() as connection:
        ids = recent_entries(connection, REVERSIBLE, who.username if mine else None)
    return as_json({"items": [entry_json(bank, entry_id) for entry_id in ids], "next": None})


@routes.get("/entries/{entry_id}", response_model=Entry)
def entry(bank: TheBank, _who: Annotated[Person, allowed("accounts.read")], entry_id: EntryId) -> Response:
    """One entry, its postings, and the entry that undid it or that it undid."""
    return as_json(entry_json(bank, entry_id))


@routes.post(
    "/entries/{entry_id}/reverse",
    status_code=201,
    responses={202: {"model": ApprovalAsked, "description": "above the limit: it waits for approval"}},
    openapi_extra={"parameters": [PARAMETER]},
    response_model=Entry,
)
async def reverse_entry(
    request: Request,
    bank: TheBank,
    entry_id: EntryId,
    reversal: ReversalInput,
    who: Annotated[Person, allowed("entries.reverse")],
) -> Response:
    """Books the opposite of an entry of today's business day, with a reason. A payment that has left is recalled."""
    row = await asyncio.to_thread(_find, bank, entry_id)
    moved = max(abs(p.amount_minor) for p in row.postings), row.currency
    mine = claim(who.username, "entries:reverse", needed_key(request.headers), (entry_id, reversal.reason))
    order = ReversalOrder(entry_id, reversal.reason, who.username, any_entry=may(who, DECIDES), claim=mine)
    receipt = await carry_out(bank, who, "reversal", order, moved, signature_of(request, reversal))
    if receipt.kind == KIND:
        return waits(receipt)
    headers = {"Location": f"/api/v1/entries/{receipt.id}", **replay_headers(receipt)}
    return as_json(await asyncio.to_thread(entry_json, bank, int(receipt.id)), 201, headers)


def _find(bank: Bank, entry_id: int) -> EntryRow:
    with bank.readers.connection() as connection:
        row = counter_queries.entry(connection, entry_id)
    if row is None:
        raise Stop(Problem("not_found", "There is no such entry in the books."))
    return row


def entry_json(bank: Bank, entry_id: int) -> dict[str, Any]:
    row = _find(bank, entry_id)
    with bank.readers.connection() as connection:
        date = date_of_entry(connection, row.id, row.at_us)
        about = reversal_about(connection, row.id)
        if row.transaction_id and row.kind in _ORDERED_HERE:
            approved = approval_of_transfer(connection, row.transaction_id)
        else:
            approved = approval_of_entry(connection, row.id)
    return {
        "entry_id": row.id,
        "kind": row.kind,
        "currency": row.currency,
        "transaction_id": row.transaction_id,
        "text": row.text,
        "actor": row.actor,
        "approved_by": approved.decided_by if approved else None,
        "business_date": date,
        "booked_at": rfc3339(row.at_us),
        "postings": [
            {"account": p.code, "amount_minor": p.amount_minor, "balance_minor": p.balance_minor} for p in row.postings
        ],
        "reversed_by": about.reversal_id if about and about.entry_id == row.id else None,
        "reverses": about.entry_id if about and about.reversal_id == row.id else None,
        "reason": about.reason if about else None,
        "links": {"self": f"/api/v1/entries/{row.id}"},
    }
