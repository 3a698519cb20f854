"""An account's history looked through: by business dates, amounts and words; and whole stretches of it for statements.

A stretch lies between two entries, found from business dates once: what is booked later never gets into it, so a
statement says the same for ever. What is booked on a day that was opened again stands where it was booked. Where months
are sealed their seals say it, and nothing before them is looked at.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from bank_node.ledger.dates import month_after, read_rfc3339
from bank_node.store import queries, schema
from bank_node.store.archive import BEYOND, begins_between, first_by_clock
from bank_node.store.business_dates import day_of_clock
from bank_node.store.queries import HistoryLine

PAGE, LOOK_BACK = 100, 1_000  # entries
P, E, B = schema.postings.c, schema.entries.c, schema.business_dates.c


@dataclass(frozen=True, slots=True)
class Stretch:
    """From this entry on, up to but without that one; None: from the beginning, to the end."""

    first: int | None = None
    end: int | None = None


EVERYTHING = Stretch()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Words in any order and case, in what is said or in a name, number or reference, or the very amount; amounts
    without their sign.
    """

    words: str = ""
    least_minor: int | None = None
    most_minor: int | None = None

    def fits(self, line: HistoryLine) -> bool:
        amount = abs(line.amount_minor)
        if self.least_minor is not None and amount < self.least_minor:
            return False
        if self.most_minor is not None and amount > self.most_minor:
            return False
        text = _said(line) if self.words else ""
        return all(word in text or _is_amount(word, amount) for word in self.words.casefold().split())


@dataclass(frozen=True, slots=True)
class Found:
    """Entries that fit; `next_entry`: what to go on before, None at the end. A page may be short, or empty."""

    lines: tuple[HistoryLine, ...]
    next_entry: int | None


def search(
    connection: Connection,
    account_id: int,
    wanted: Wanted,
    stretch: Stretch = EVERYTHING,
    *,
    before_entry: int | None = None,
    limit: int = 20,
) -> Found:
    """Newest first. Looks at so many entries at a time and no more, however rare what is wanted."""
    found: list[HistoryLine] = []
    before = min((entry for entry in (before_entry, stretch.end) if entry is not None), default=None)
    looked_at, size = 0, limit + 1 if wanted == Wanted() else PAGE
    while looked_at < LOOK_BACK:
        rows = queries.history(connection, account_id, before_entry=before, from_entry=stretch.first, limit=size)
        looked_at += len(rows)
        for row in rows:
            if wanted.fits(row):
                if len(found) == limit:
                    return Found(tuple(found), found[-1].entry_id)
                found.append(row)
            before = row.entry_id
        if len(rows) < size:
            return Found(tuple(found), None)
    return Found(tuple(found), before)


def stretch_of(connection: Connection, account_id: int, first_day: str = "", last_day: str = "") -> Stretch:
    """An account's entries of these business dates, both included; empty: open on that side."""
    first = first_entry(connection, account_id, first_day) if first_day else None
    end = first_entry(connection, account_id, _day_after(last_day)) if last_day else None
    return Stretch(first, end)


def lines_of(connection: Connection, account_id: int, stretch: Stretch, most: int) -> list[HistoryLine]:
    """Oldest first; at most so many, of which the oldest are missing if there are more."""
    rows = queries.history(connection, account_id, before_entry=stretch.end, from_entry=stretch.first, limit=most)
    return rows[::-1]


def balance_before(connection: Connection, account_id: int, entry_id: int | None) -> int:
    """The account's balance before this entry; None: before its first one, which is 0."""
    if entry_id is None:
        return 0
    query = select(P.balance_after).where(P.account_id == account_id, P.entry_id < entry_id)
    return connection.execute(query.order_by(P.entry_id.desc()).limit(1)).scalar() or 0


class Calendar:
    """The business date of any entry."""

    def __init__(self, connection: Connection) -> None:
        rows = connection.execute(select(B.from_entry, B.date).order_by(B.id)).all()
        self._from = [int(row[0]) for row in rows]
        self._dates = [str(row[1]) for row in rows]

    def date_of(self, entry_id: int, at_us: int) -> str:
        place = bisect_right(self._from, entry_id)
        return self._dates[place - 1] if place else day_of_clock(at_us)


def first_entry(connection: Connection, account_id: int, day: str, known_after: int = 0) -> int:
    """The account's stretch from this business date on begins at this entry; beyond all entries where there is none.

    Before the branch said its first date, the clock's day counts, and of a clock that was put back the first time; but
    a month begins for all accounts with the bank's first entry in it, as it will be sealed. `known_after`: it is known
    to begin after that entry.
    """
    sealed, by = begins_between(connection, day)
    after = max(sealed, known_after)
    return min(max(_by_dates(connection, account_id, day, after), after + 1), by) if after + 1 < by else by


def _by_dates(connection: Connection, account_id: int, day: str, after: int) -> int:
    opened = connection.execute(select(B.from_entry, B.date).order_by(B.id).limit(1)).first()
    if opened is not None and day > opened[1]:
        return connection.execute(select(func.min(B.from_entry)).where(B.date >= day)).scalar() or BEYOND
    later = (
        select(P.entry_id)
        .join_from(schema.postings, schema.entries, E.id == P.entry_id)
        .where(P.account_id == account_id, P.entry_id > after, E.at_us >= read_rfc3339(f"{day}T00:00:00Z"))
        .order_by(P.entry_id)
        .limit(1)
    )
    by_clock = connection.execute(later).scalar()
    begins = min(BEYOND if by_clock is None else by_clock, BEYOND if opened is None else opened[0])
    turn = day if day.endswith("-01") else f"{month_after(day[:7])}-01"
    if opened is not None and turn > opened[1]:
        return begins
    newest = select(func.max(P.entry_id)).where(P.account_id == account_id, P.entry_id <= begins)
    bank_begins = first_by_clock(connection, turn, after, connection.execute(newest).scalar() or 0)
    return begins if bank_begins is None else min(begins, bank_begins)


def _day_after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def _said(line: HistoryLine) -> str:
    said = (line.text, line.to_name, line.from_name, line.peer_name, line.to_account, line.from_account)
    more = (line.peer_account, line.transaction_id, line.kind.replace("_", " "), line.peer, line.to_bank)
    return " ".join(filter(None, (*said, *more))).casefold()


def _is_amount(word: str, minor: int) -> bool:
    """`12.50` and `12,50` of 1250: the digits, whatever stands between them."""
    return word.replace(".", "").replace(",", "").lstrip("0") == str(minor)
