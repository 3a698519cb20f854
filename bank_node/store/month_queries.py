"""An account's history by month: what it stood at when each ended. Of sealed months the archive knows it at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select

from bank_node.ledger.dates import is_month, month_after, month_before
from bank_node.store import schema
from bank_node.store.archive import BEYOND, no_months, sealed_up_to
from bank_node.store.business_dates import business_day, date_of_entry
from bank_node.store.history_queries import first_entry

P, E = schema.postings.c, schema.entries.c
M, R = schema.sealed_months.c, schema.archived_balances.c


@dataclass(frozen=True, slots=True)
class MonthLine:
    """`sealed_us` None: it is not in the archive."""

    month: str
    closing_minor: int
    sealed_us: int | None = None


@dataclass(frozen=True, slots=True)
class MonthsFound:
    """Those in which something was booked; `before`: what to go on before, None at the end. A page may be empty."""

    lines: tuple[MonthLine, ...] = ()
    before: str | None = None
    no_months: tuple[str, ...] = ()  # planted among the sealed ones, and passed over


def months(
    connection: Connection, account_id: int, now_us: int, *, before: str | None = None, count: int = 12
) -> MonthsFound:
    """Newest first. Looks at so many months of the calendar and no more."""
    sealed = sealed_up_to(connection)
    begins = month_after(sealed) if sealed else ""  # what is not sealed
    planted = tuple(no_months(connection))
    first = _first_month(connection, account_id, begins)
    if first is None:
        return MonthsFound(no_months=planted)
    end = before or month_after(max(business_day(connection, now_us).date[:7], begins, first))
    begin = end
    for _ in range(count):
        begin = max(first, month_before(begin))
    own = _archived(select(R.month, R.amount, M.sealed_us), account_id).where(R.month >= begin, R.month < end)
    lines = [MonthLine(*row) for row in connection.execute(own.order_by(R.month)) if is_month(row[0])]
    lines += _open_months(connection, account_id, max(begin, begins), end, before is None)
    return MonthsFound(tuple(reversed(lines)), begin if begin > first else None, planted)


def _open_months(connection: Connection, account_id: int, begin: str, end: str, is_newest: bool) -> list[MonthLine]:
    """Oldest first. The newest one is whatever is left, also what a clock that was put back has booked."""
    lines: list[MonthLine] = []
    if begin >= end:
        return lines
    low, month = first_entry(connection, account_id, f"{begin}-01"), begin
    while month < end:
        after = month_after(month)
        high = BEYOND if is_newest and after == end else first_entry(connection, account_id, f"{after}-01", low - 1)
        within = select(P.balance_after).where(P.account_id == account_id, P.entry_id >= low, P.entry_id < high)
        closing = connection.execute(within.order_by(P.entry_id.desc()).limit(1)).scalar()
        if closing is not None:
            lines.append(MonthLine(month, closing))
        low, month = high, after
    return lines


def _archived(query: Select[*tuple[Any, ...]], account_id: int) -> Select[*tuple[Any, ...]]:
    """Of the account's months those that are sealed; one that somebody planted beside them is for `verify` to name."""
    return query.join_from(schema.archived_balances, schema.sealed_months, M.month == R.month).where(
        R.account_id == account_id
    )


def _first_month(connection: Connection, account_id: int, begin: str) -> str | None:
    """In which something was booked on it."""
    for (archived,) in connection.execute(_archived(select(R.month), account_id).order_by(R.month)):
        if is_month(archived):
            return str(archived)
    first = select(P.entry_id, E.at_us).join_from(schema.postings, schema.entries, E.id == P.entry_id)
    found = connection.execute(first.where(P.account_id == account_id).order_by(P.entry_id).limit(1)).first()
    if found is None:
        return None
    return max(date_of_entry(connection, *found)[:7], begin)
