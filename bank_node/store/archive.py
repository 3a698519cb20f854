"""The archive: months whose entries are sealed where they stand, and what each account's came to at their ends.

Nothing is moved, and the triggers let nothing change: entries and postings are append-only anyway, and neither month
nor balance is let in at or before one that is sealed. A month's hash is in the audit log too. It lies between two
entries, as every stretch of a history does: what is booked on a day that was opened again is in a later one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Executable, func, select, text

from bank_node.ledger.dates import is_month, month_after, months_between, read_rfc3339
from bank_node.ledger.seal import BEGINNING, Rows, Seal, Span, seal_of
from bank_node.store import schema
from bank_node.store.business_dates import business_day, date_of_entry
from bank_node.store.statements import Hot, insert
from bank_node.store.unit import UnitOfWork

ROWS_AT_ONCE = 5_000
BEYOND = 2**63 - 1  # all entries

NEWEST = Hot("SELECT month, up_to_entry, hash FROM sealed_months ORDER BY month DESC LIMIT 1")
SEAL = insert(schema.sealed_months, ["month", "up_to_entry", "postings", "hash", "sealed_us", "actor"])
BALANCE = insert(schema.archived_balances, ["account_id", "month", "amount"])

B, E, M, R = schema.business_dates.c, schema.entries.c, schema.sealed_months.c, schema.archived_balances.c
_ENTRIES = (
    select(E.id, E.kind, E.currency, E.transaction_id, E.text, E.actor, E.at_us)
    .where(E.id > text(":low"), E.id <= text(":high"))
    .order_by(E.id)
)
# CROSS JOIN: account by account, each along its own key, which is the order that is asked for.
_POSTINGS = text(
    "SELECT p.account_id, p.entry_id, p.amount, p.balance_after FROM accounts a CROSS JOIN postings p"
    " WHERE p.account_id = a.id AND p.entry_id > :low AND p.entry_id <= :high ORDER BY a.id, p.entry_id"
)
_LATEST = text(
    "SELECT a.id, (SELECT b.amount FROM archived_balances b WHERE b.account_id = a.id ORDER BY b.month DESC LIMIT 1)"
    " FROM accounts a"
)


@dataclass(frozen=True, slots=True)
class SealedMonth:
    """YYYY-MM; how many postings, up to which entry; the seal's hash; when, by whom."""

    month: str
    up_to_entry: int
    postings: int
    hash: str
    sealed_us: int
    actor: str


class ArchiveBook:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    def end(self) -> tuple[int, str]:
        """What the next seal follows: the last entry that is sealed, and the hash of the newest seal."""
        row = self._unit.one(NEWEST, {})
        return (0, BEGINNING) if row is None else (int(row[1]), str(row[2]))

    def up_to(self) -> str:
        """The newest month; empty: there is none."""
        row = self._unit.one(NEWEST, {})
        return "" if row is None else str(row[0])

    def seal(self, now_us: int, seal: Seal, balances: Mapping[int, int], actor: str) -> None:
        """The balances first: what is sealed takes in no more."""
        span, month = seal.span, seal.span.month
        rows = [{"account_id": id_, "month": month, "amount": balances[id_]} for id_ in sorted(balances)]
        self._unit.change_many(BALANCE, rows)
        row = {"month": month, "up_to_entry": span.up_to_entry, "postings": seal.postings, "hash": seal.hash}
        self._unit.change(SEAL, {**row, "sealed_us": now_us, "actor": actor})


def sealed_months(connection: Connection, limit: int | None = None, before: str | None = None) -> list[SealedMonth]:
    """The newest first."""
    query = select(M.month, M.up_to_entry, M.postings, M.hash, M.sealed_us, M.actor).order_by(M.month.desc())
    if before is not None:
        query = query.where(M.month < before)
    return [SealedMonth(*row) for row in connection.execute(query.limit(limit))]


def sealed_up_to(connection: Connection) -> str:
    """The newest month of the archive; empty: there is none. What somebody planted there and is none is passed over."""
    newest = connection.execute(select(func.max(M.month))).scalar() or ""
    if is_month(newest) or not newest:
        return newest
    return max(filter(is_month, connection.execute(select(M.month)).scalars()), default="")


def no_months(connection: Connection) -> list[str]:
    """Of rows that somebody planted among the sealed months: what they say in the place of a month."""
    named = connection.execute(select(M.month).order_by(M.month)).scalars()
    return [month for month in named if not is_month(month)]


def next_span(connection: Connection, now_us: int, after_months: int) -> Span | None:
    """The oldest month that is to be sealed now: more than so many months before that of the business date.

    A month in which nothing was booked has no seal of its own.
    """
    last = connection.execute(select(M.month, M.up_to_entry, M.hash).order_by(M.month.desc()).limit(1)).first()
    sealed, after, previous = (last[0], last[1], last[2]) if last is not None else ("", 0, BEGINNING)
    first = connection.execute(select(E.id, E.at_us).where(E.id > after).order_by(E.id).limit(1)).first()
    if first is None:
        return None
    month = date_of_entry(connection, *first)[:7]
    if month <= sealed:  # a day that was opened again, a clock that was put back
        month = month_after(sealed)
    if months_between(month, business_day(connection, now_us).date[:7]) <= after_months:
        return None
    return Span(month, after, _last_entry(connection, after, month), previous)


def read_seal(connection: Connection, span: Span) -> Seal:
    """As the books have it now."""
    between = {"low": span.after_entry, "high": span.up_to_entry}
    return seal_of(span, _pieces(connection, _ENTRIES, between), _pieces(connection, _POSTINGS, between))


def balances_at_end(connection: Connection, seal: Seal) -> dict[int, int]:
    """What all postings up to there add up to, of the accounts that were booked on: from the archived balances before.

    Raises ValueError where books and sums do not agree, or a balance of no sealed month is there: upon that none is
    sealed.
    """
    unsealed = select(R.account_id, R.month).where(R.month.not_in(select(M.month))).order_by(R.account_id, R.month)
    planted = connection.execute(unsealed.limit(1)).first()
    if planted is not None:
        raise ValueError(f"archived balance {planted[0]}/{planted[1]} is of no sealed month")
    before: dict[int, int | None] = {row[0]: row[1] for row in connection.execute(_LATEST)}
    sums = {id_: (before.get(id_) or 0) + moved for id_, moved in seal.moved.items()}
    for id_, amount in sums.items():
        if seal.standing[id_] != amount:
            words = f"stands at {seal.standing[id_]} at the end of {seal.span.month}; its postings sum to {amount}"
            raise ValueError(f"account {id_} {words}")
    return sums


def begins_between(connection: Connection, day: str) -> tuple[int, int]:
    """A business date's entries begin after the first entry, with the second one at the latest, by what is sealed."""
    month = day[:7]
    newest = sealed_up_to(connection)
    before, within = connection.execute(
        select(
            func.max(M.up_to_entry).filter(M.month < month),
            func.max(M.up_to_entry).filter(M.month <= month),
        )
    ).one()
    after: int = before or 0
    if not newest or month_after(newest) < month:
        return after, BEYOND
    if day.endswith("-01"):
        return after, after + 1
    return after, BEYOND if newest < month else int(within or 0) + 1


def first_by_clock(connection: Connection, day: str, after: int, up_to: int) -> int | None:
    """The bank's first entry, after one and up to another, that was booked on this day of the clock or a later one."""
    since_us = read_rfc3339(f"{day}T00:00:00Z")
    found = select(E.id).where(E.id > after, E.id <= up_to, E.at_us >= since_us).order_by(E.id).limit(1)
    return connection.execute(found).scalar()


def _last_entry(connection: Connection, after: int, month: str) -> int:
    """The month's last entry: the one before the first of a later month, by the branch's dates or else the clock's."""
    next_day = f"{month_after(month)}-01"
    opened = connection.execute(select(B.from_entry, B.date).order_by(B.id).limit(1)).first()
    if opened is not None and next_day > opened[1]:
        first_later = connection.execute(select(func.min(B.from_entry)).where(B.date >= next_day)).scalar_one()
        return max(after, int(first_later) - 1)
    later = first_by_clock(connection, next_day, after, BEYOND)
    newest = connection.execute(select(func.max(E.id))).scalar_one()
    ends: list[int] = [newest if later is None else later - 1, *([opened[0] - 1] if opened is not None else [])]
    return max(after, min(ends))


def _pieces(connection: Connection, query: Executable, between: dict[str, int]) -> Iterator[Rows]:
    for rows in connection.execute(query.execution_options(yield_per=ROWS_AT_ONCE), between).partitions():
        yield [tuple(row) for row in rows]
