"""The audit log, row by row: who did what to what, and when; for supervisor and auditor. Is it whole: `audit_chain`."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.branch_answers import LogPage
from bank_node.api.doors import TheBank, allowed
from bank_node.api.paging import Cursor, Limit, number_of, page_after
from bank_node.api.respond import router
from bank_node.ledger.chain import Row
from bank_node.ledger.dates import rfc3339
from bank_node.people import Person
from bank_node.store.audit_pages import Search, audit_page

routes = router("audit")

Text = Annotated[str, Query(max_length=140)]


@routes.get("/audit/log", response_model=LogPage)
def audit_log(
    request: Request,
    bank: TheBank,
    _who: Annotated[Person, allowed("audit.read")],
    actor: Annotated[Text, Query(description="who: a user name, or the bank a message came from")] = "",
    subject: Annotated[Text, Query(description="what it was done to: `account/17`, a transaction_id")] = "",
    bookings: Annotated[bool, Query(description="false: leave out the entries of the ledger; quicker")] = True,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """What was done, newest first. A short page may have a next one: bookings are looked through in parts."""
    search = Search(actor, subject, bookings)
    with bank.readers.connection() as connection:
        found = audit_page(connection, search, before=number_of(cursor), limit=limit)
    return page_after(request, [_row_json(row) for row in found.rows], found.next_seq)


def _row_json(row: Row) -> dict[str, Any]:
    return {
        "seq": row.seq,
        "at": rfc3339(row.at_us),
        "actor": row.actor,
        "action": row.action,
        "subject": row.subject,
        "facts": orjson.loads(row.facts),
        "hash": row.hash.hex(),
    }
