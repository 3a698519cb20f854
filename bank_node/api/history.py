"""What of an account's history is asked for: days, amounts, words; one shape for staff and for the account's owner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.paging import Cursor, Limit, number_of, page_after
from bank_node.api.problems import FieldError, Problem, Stop
from bank_node.bank import Bank
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import AMOUNT_MAX
from bank_node.statements.period import Period, read_day, read_period
from bank_node.store.business_dates import business_day
from bank_node.store.history_queries import Wanted, search, stretch_of
from bank_node.store.queries import AccountRow, HistoryLine

Month = Annotated[str | None, Query(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", examples=["2026-11"])]
First = Annotated[
    str | None, Query(alias="from", max_length=10, description="the first business date", examples=["2026-11-01"])
]
Last = Annotated[
    str | None, Query(alias="until", max_length=10, description="the last one, included", examples=["2026-11-30"])
]
_Amount = Annotated[int | None, Query(ge=0, le=AMOUNT_MAX, description="of the amount without its sign")]
_ABOUT_WORDS = "words in the reference, the other side's name or account, the payment's id, or the very amount"


class Filter:
    """A dependency: the parameters of a history, read together."""

    def __init__(
        self,
        month: Month = None,
        first: First = None,
        last: Last = None,
        q: Annotated[str | None, Query(max_length=140, description=_ABOUT_WORDS)] = None,
        min_minor: _Amount = None,
        max_minor: _Amount = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> None:
        self.days = _days(month, first, last)
        self.wanted = Wanted(q or "", min_minor, max_minor)
        self.before_entry, self.limit = number_of(cursor), limit


History = Annotated[Filter, Depends()]


def history_page(
    request: Request, bank: Bank, account: AccountRow, asked: Filter, line: Callable[[HistoryLine], dict[str, Any]]
) -> Response:
    """Newest first. A page may be short, even empty, and still name a next one: it looks back only so far at once."""
    with bank.readers.connection() as connection:
        stretch = stretch_of(connection, account.id, *asked.days)
        found = search(
            connection, account.id, asked.wanted, stretch, before_entry=asked.before_entry, limit=asked.limit
        )
    return page_after(request, [line(row) for row in found.lines], found.next_entry)


def period_asked(bank: Bank, month: str | None, first: str | None, last: str | None) -> Period:
    """The days of a statement; without any the month of the business date. Raises Stop (422)."""
    with bank.readers.connection() as connection:
        today = business_day(connection, bank.clock.now_us()).date
    try:
        return read_period(month or "", first or "", last or "", today)
    except Refusal as refusal:
        raise _invalid(refusal) from None


def _days(month: str | None, first: str | None, last: str | None) -> tuple[str, str]:
    """Empty where that side is open. Raises Stop (422)."""
    try:
        if month:
            whole = read_period(month, "", "", "")
            return whole.first, whole.last
        return read_day(first, "from") if first else "", read_day(last, "until") if last else ""
    except Refusal as refusal:
        raise _invalid(refusal) from None


def _invalid(refusal: Refusal) -> Stop:
    words = f"{refusal.detail[:1].upper()}{refusal.detail[1:]}."
    return Stop(Problem("invalid", words, [FieldError(refusal.field or "from", refusal.detail)]))
