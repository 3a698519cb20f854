"""Reversals: which entry undid which. Each entry is undone at most once, and a reversal never."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from bank_node.ledger.chart import CUSTOMER
from bank_node.store import schema
from bank_node.store.moved import BOOKED_FROM, accounts_moved
from bank_node.store.statements import Hot, Rows, ask
from bank_node.store.unit import UnitOfWork

ENTRY = Hot("SELECT kind, currency, transaction_id, actor, at_us FROM entries WHERE id = :id")
POSTING = Hot(
    "SELECT p.account_id, p.amount, a.code, a.kind FROM postings p JOIN accounts a ON a.id = p.account_id"
    " WHERE p.account_id = :account_id AND p.entry_id = :id"
)
POSTINGS = Hot(  # CROSS JOIN: account by account along the key of postings, which has no index by entry
    "SELECT p.account_id, p.amount, a.code, a.kind FROM accounts a CROSS JOIN postings p"
    " WHERE p.account_id = a.id AND p.entry_id = :id ORDER BY a.id"
)
AT = Hot("SELECT at_us FROM entries WHERE id = :id")
ABOUT = Hot(
    "SELECT entry_id, reversal_id, reason, actor, at_us FROM reversals WHERE entry_id = :id OR reversal_id = :id"
)
REVERSED_BY = Hot("SELECT reversal_id FROM reversals WHERE entry_id = :id")
ROWS = Rows(schema.reversals, ["entry_id", "reversal_id", "reason", "actor", "at_us"])


@dataclass(frozen=True, slots=True)
class BookedPosting:
    account_id: int
    amount_minor: int
    code: str
    kind: str

    @property
    def is_customers(self) -> bool:
        return self.kind == CUSTOMER


@dataclass(frozen=True, slots=True)
class BookedEntry:
    """An entry as it stands in the books."""

    id: int
    kind: str
    currency: str
    transaction_id: str | None
    actor: str
    at_us: int
    postings: tuple[BookedPosting, ...]


@dataclass(frozen=True, slots=True)
class ReversalRow:
    entry_id: int
    reversal_id: int
    reason: str
    actor: str
    at_us: int


class ReversalBook:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    def entry(self, entry_id: int) -> BookedEntry | None:
        row = self._unit.one(ENTRY, {"id": entry_id})
        if row is None:
            return None
        kind, currency, transaction_id, actor, at_us = row
        return BookedEntry(entry_id, kind, currency, transaction_id, actor, at_us, self._postings(entry_id))

    def _postings(self, entry_id: int) -> tuple[BookedPosting, ...]:
        """Along the audit log; account by account only where it does not know the entry, or not all of it."""
        moved = accounts_moved(lambda place: self._unit.one(BOOKED_FROM, place), entry_id) or ()
        rows = [self._unit.one(POSTING, {"account_id": account_id, "id": entry_id}) for account_id in sorted(moved)]
        if not rows or None in rows or sum(row[1] for row in rows):
            rows = self._unit.all(POSTINGS, {"id": entry_id})
        return tuple(BookedPosting(*row) for row in rows)

    def reversed_by(self, entry_id: int) -> int | None:
        row = self._unit.one(REVERSED_BY, {"id": entry_id})
        return None if row is None else int(row[0])

    def add(self, now_us: int, entry_id: int, reversal_id: int, reason: str, actor: str) -> None:
        self._unit.add_tuple(ROWS, (entry_id, reversal_id, reason, actor, now_us))


_R, _E = schema.reversals.c, schema.entries.c
LOOK_BACK = 5_000  # entries: more than a counter books in a day; entries have no index by person


def recent_entries(connection: Connection, kinds: Sequence[str], actor: str | None, limit: int = 25) -> list[int]:
    """The newest entries of these kinds, all or one person's, among the last few thousand."""
    newest = connection.execute(select(func.max(_E.id))).scalar() or 0
    query = select(_E.id).where(_E.id > newest - LOOK_BACK, _E.kind.in_(kinds)).order_by(_E.id.desc()).limit(limit)
    return list(connection.execute(query if actor is None else query.where(_E.actor == actor)).scalars())


def entry_of(connection: Connection, account_id: int, transaction_id: str, at_us: int) -> int | None:
    """The entry of a payment inside the bank, among those of the paying account."""
    p = schema.postings.c
    query = (
        select(_E.id)
        .join_from(schema.postings, schema.entries, _E.id == p.entry_id)
        .where(p.account_id == account_id, _E.at_us == at_us, _E.transaction_id == transaction_id)
        .order_by(_E.id.desc())
        .limit(1)
    )
    first = _booked_at(connection, at_us)
    near = connection.execute(query.where(p.entry_id.between(first, first + LOOK_BACK))).scalar()
    return near if near is not None else connection.execute(query).scalar()  # the clock may have been put back


def _booked_at(connection: Connection, at_us: int) -> int:
    """The first entry of a moment, as far as moments rise with numbers; entries have no index by moment."""
    low, high = 1, connection.execute(select(func.max(_E.id))).scalar() or 1
    while low < high:
        middle = (low + high) // 2
        row = ask(connection, AT, {"id": middle}).first()
        low, high = (middle + 1, high) if row is not None and row[0] < at_us else (low, middle)
    return low


def reversal_about(connection: Connection, entry_id: int) -> ReversalRow | None:
    """The one that undid this entry, or that this entry is."""
    row = ask(connection, ABOUT, {"id": entry_id}).first()
    return None if row is None else ReversalRow(*row)
