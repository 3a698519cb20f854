"""Notes and alerts about a customer: what the next one at the counter should know."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.account_schemas import Note, NoteInput, NoteList
from bank_node.api.doors import TheBank, allowed
from bank_node.api.idempotency import OPTIONAL_PARAMETER, claim, key_of, replay_headers
from bank_node.api.paging import Cursor, Limit, number_of, page
from bank_node.api.problems import Problem, Stop
from bank_node.api.respond import as_json, router
from bank_node.bank import Bank
from bank_node.ledger.dates import rfc3339
from bank_node.operations.notes import NewNote, NoteEnd, add_note, end_note
from bank_node.people import Person
from bank_node.store import notes as notes_store
from bank_node.store import queries
from bank_node.store.notes import NoteRow

routes = router("customers")

_EXTRA: dict[str, Any] = {"parameters": [OPTIONAL_PARAMETER]}

CustomerId = Annotated[int, Path(ge=1, lt=2**63)]


@routes.get("/customers/{customer_id}/notes", response_model=NoteList)
def notes(
    request: Request,
    bank: TheBank,
    _who: Annotated[Person, allowed("customers.read")],
    customer_id: CustomerId,
    live: Annotated[bool | None, Query(description="only those that stand, or only those that were ended")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """What stands written of a customer, newest first."""
    with bank.readers.connection() as connection:
        if queries.customer(connection, customer_id) is None:
            raise Stop(Problem("not_found", "There is no such customer at this bank."))
        rows = notes_store.notes(connection, customer_id, live=live, before_id=number_of(cursor), limit=limit)
    return page(request, [_json(row) for row in rows], limit, rows[-1].id if rows else 0)


@routes.post("/customers/{customer_id}/notes", status_code=201, response_model=Note, openapi_extra=_EXTRA)
async def write_a_note(
    request: Request,
    bank: TheBank,
    new: NoteInput,
    who: Annotated[Person, allowed("customers.note")],
    customer_id: CustomerId,
) -> Response:
    """Writes a note, or an alert, which stands on top of the customer's page until somebody ends it."""
    key = key_of(request.headers)
    mine = claim(who.username, "notes", key, (customer_id, new.kind, new.text)) if key else None
    receipt = await bank.submit(add_note, NewNote(customer_id, new.kind, new.text, who.username, mine))
    answer = await asyncio.to_thread(_read, bank, customer_id, int(receipt.id))
    return as_json(answer, 201, replay_headers(receipt))


@routes.post("/customers/{customer_id}/notes/{note_id}/end", response_model=Note, openapi_extra=_EXTRA)
async def end_a_note(
    request: Request,
    bank: TheBank,
    who: Annotated[Person, allowed("customers.note")],
    customer_id: CustomerId,
    note_id: Annotated[int, Path(ge=1, lt=2**63)],
) -> Response:
    """Ends a note or an alert, once. It stays readable."""
    key = key_of(request.headers)
    mine = claim(who.username, "end-note", key, (customer_id, note_id)) if key else None
    receipt = await bank.submit(end_note, NoteEnd(customer_id, note_id, who.username, mine))
    return as_json(await asyncio.to_thread(_read, bank, customer_id, note_id), headers=replay_headers(receipt))


def _read(bank: Bank, customer_id: int, note_id: int) -> dict[str, Any]:
    with bank.readers.connection() as connection:
        [row] = notes_store.notes(connection, customer_id, before_id=note_id + 1, limit=1)
    return _json(row)


def _json(row: NoteRow) -> dict[str, Any]:
    return {
        "note_id": row.id,
        "customer_id": row.customer_id,
        "kind": row.kind,
        "text": row.text,
        "by": row.actor,
        "at": rfc3339(row.at_us),
        "ended_by": row.ended_by,
        "ended_at": None if row.ended_us is None else rfc3339(row.ended_us),
    }
