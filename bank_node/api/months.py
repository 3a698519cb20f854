"""An account month by month, and the archive: which months are sealed, under which hash."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.accounts import Number, find_account
from bank_node.api.answers import AccountMonths, Archive
from bank_node.api.doors import TheBank, allowed
from bank_node.api.own import own_account_of
from bank_node.api.paging import Cursor, Limit, not_ours, page, page_after, text_of
from bank_node.api.respond import router
from bank_node.bank import Bank
from bank_node.ledger.dates import rfc3339
from bank_node.people import Person
from bank_node.store.archive import SealedMonth, sealed_months, sealed_up_to
from bank_node.store.month_queries import MonthLine, months
from bank_node.store.queries import AccountRow

routes = router("accounts")

MonthsAtOnce = Annotated[int, Query(ge=1, le=60, description="so many months of the calendar are looked at")]
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)


@routes.get("/accounts/{number}/months", response_model=AccountMonths)
def months_of_an_account(
    request: Request,
    bank: TheBank,
    _who: Annotated[Person, allowed("accounts.read")],
    number: Number,
    cursor: Cursor = None,
    limit: MonthsAtOnce = 12,
) -> Response:
    """The months in which something was booked, newest first: the balance at the end, and whether it is archived.

    An archived month is sealed: nothing in it can change. It is read as any other.
    """
    return _months(request, bank, find_account(bank, number), cursor, limit, "/api/v1/accounts")


@routes.get("/me/accounts/{number}/months", tags=["own"], response_model=AccountMonths)
def months_of_my_account(
    request: Request,
    bank: TheBank,
    who: Annotated[Person, allowed("own.read")],
    number: Number,
    cursor: Cursor = None,
    limit: MonthsAtOnce = 12,
) -> Response:
    """The months of one's own account in which something was booked, newest first, with the balance at the end."""
    return _months(request, bank, own_account_of(bank, who, number), cursor, limit, "/api/v1/me/accounts")


@routes.get("/archive", tags=["day"], response_model=Archive)
def archive(
    request: Request,
    bank: TheBank,
    _who: Annotated[Person, allowed("day.read")],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """The sealed months, newest first. `after_months`: a month is sealed so long after its end; 0 is never.

    `hash` is SHA-256 over all that was booked in the month and over the seal before; the audit log says it too.
    """
    before = _month_of(cursor)
    with bank.readers.connection() as connection:
        rows, up_to = sealed_months(connection, limit, before), sealed_up_to(connection)
    also = {"after_months": bank.settings.archive_after_months, "sealed_up_to": up_to or None}
    return page(request, [_seal(row) for row in rows], limit, rows[-1].month if rows else "", also)


def _months(request: Request, bank: Bank, account: AccountRow, cursor: str | None, count: int, under: str) -> Response:
    before = _month_of(cursor)
    with bank.readers.connection() as connection:
        found = months(connection, account.id, bank.clock.now_us(), before=before, count=count)
    path = f"{under}/{account.number}"
    return page_after(request, [_line(line, account.currency, path) for line in found.lines], found.before)


def _month_of(cursor: str | None) -> str | None:
    """Raises Stop (422)."""
    text = text_of(cursor)
    if text is not None and _MONTH.fullmatch(text) is None:
        raise not_ours()
    return text


def _line(line: MonthLine, currency: str, path: str) -> dict[str, Any]:
    return {
        "month": line.month,
        "closing_minor": line.closing_minor,
        "currency": currency,
        "archived": line.sealed_us is not None,
        "archived_at": None if line.sealed_us is None else rfc3339(line.sealed_us),
        "links": {
            "transactions": f"{path}/transactions?month={line.month}",
            "statement": f"{path}/statement?month={line.month}",
        },
    }


def _seal(row: SealedMonth) -> dict[str, Any]:
    return {
        "month": row.month,
        "up_to_entry": row.up_to_entry,
        "postings": row.postings,
        "hash": row.hash,
        "sealed_at": rfc3339(row.sealed_us),
        "by": row.actor,
    }
