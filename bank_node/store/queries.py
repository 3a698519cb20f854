"""Reads for pages and API: each takes a connection of the readers and returns frozen rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, or_, select

from bank_node.ledger.chart import CUSTOMER
from bank_node.store import schema

A, C, T, P, E, D = (
    schema.accounts.c,
    schema.customers.c,
    schema.transfers.c,
    schema.postings.c,
    schema.entries.c,
    schema.decisions.c,
)


@dataclass(frozen=True, slots=True)
class CustomerRow:
    id: int
    name: str
    phone: str | None
    born: str | None
    since_us: int


@dataclass(frozen=True, slots=True)
class AccountRow:
    id: int
    number: str
    type: str
    currency: str
    balance_minor: int
    held_minor: int
    floor_minor: int
    state: str
    version: int
    opened_us: int
    customer_id: int
    owner: str
    label: str | None = None

    @property
    def available_minor(self) -> int:
        return max(0, self.balance_minor - self.held_minor - self.floor_minor)


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One posting of an account, and the transfer behind it where there is one (its state as it is now)."""

    entry_id: int
    at_us: int
    kind: str
    amount_minor: int
    balance_minor: int
    text: str | None
    actor: str
    transaction_id: str | None
    state: str | None  # of the transfer this bank sent
    returned_minor: int
    to_bank: str | None
    to_account: str | None
    to_name: str | None
    from_account: str | None
    from_name: str | None
    peer: str | None  # the bank a received payment came from
    peer_account: str | None
    peer_name: str | None


@dataclass(frozen=True, slots=True)
class QueueDepth:
    pending: int
    oldest_us: int | None


_ACCOUNT: Select[*tuple[Any, ...]] = select(
    A.id,
    A.code,
    A.type,
    A.currency,
    A.balance,
    A.held,
    A.floor,
    A.state,
    A.version,
    A.opened_us,
    A.customer_id,
    C.name,
    A.label,
).join_from(schema.accounts, schema.customers, C.id == A.customer_id)


def find_customers(connection: Connection, text: str, limit: int = 20) -> list[CustomerRow]:
    """Customers by part of the name, of an account number (blanks ignored) or of the phone number."""
    words = text.casefold().split()
    digits = "".join(text.split()).upper()
    if not words:
        return []
    named = and_(*(C.search_name.contains(word, autoescape=True) for word in words))
    numbered = C.id.in_(select(A.customer_id).where(A.kind == CUSTOMER, A.code.contains(digits, autoescape=True)))
    phoned = func.replace(C.phone, " ", "").contains(digits, autoescape=True)
    matches = or_(named, numbered, phoned) if len(digits) >= 3 else named
    found = connection.execute(_customers().where(matches).order_by(C.search_name, C.id).limit(limit))
    return [CustomerRow(*row) for row in found]


def namesakes(connection: Connection, name: str, limit: int = 10) -> list[CustomerRow]:
    """Customers of the very same name, in whatever case."""
    folded = " ".join(name.split()).casefold()
    found = connection.execute(_customers().where(C.search_name == folded).order_by(C.id).limit(limit))
    return [CustomerRow(*row) for row in found]


def latest_customers(connection: Connection, limit: int = 5) -> list[CustomerRow]:
    """The customers opened last."""
    return [CustomerRow(*row) for row in connection.execute(_customers().order_by(C.id.desc()).limit(limit))]


def customers_with(connection: Connection, ids: Sequence[int]) -> list[CustomerRow]:
    """These customers, in this order; those that there are not are left out."""
    found = {row[0]: CustomerRow(*row) for row in connection.execute(_customers().where(C.id.in_(ids)))}
    return [found[id_] for id_ in ids if id_ in found]


def accounts_by_customer(connection: Connection, customer_ids: Sequence[int]) -> dict[int, list[str]]:
    """The numbers of these customers' accounts, in the order they were opened."""
    numbers: dict[int, list[str]] = {}
    query = select(A.customer_id, A.code).where(A.customer_id.in_(customer_ids)).order_by(A.id)
    for customer_id, number in connection.execute(query):
        numbers.setdefault(customer_id, []).append(number)
    return numbers


def customers(connection: Connection, after_id: int = 0, limit: int = 50) -> list[CustomerRow]:
    found = connection.execute(_customers().where(C.id > after_id).order_by(C.id).limit(limit))
    return [CustomerRow(*row) for row in found]


def customer(connection: Connection, customer_id: int) -> CustomerRow | None:
    row = connection.execute(_customers().where(C.id == customer_id)).first()
    return None if row is None else CustomerRow(*row)


def _customers() -> Select[*tuple[Any, ...]]:
    return select(C.id, C.name, C.phone, C.born, C.since_us)


def accounts_of(connection: Connection, customer_id: int) -> list[AccountRow]:
    """A customer's accounts, in the order they were opened."""
    found = connection.execute(_ACCOUNT.where(A.customer_id == customer_id).order_by(A.id))
    return [AccountRow(*row) for row in found]


def account(connection: Connection, number: str) -> AccountRow | None:
    """A customer's account by its canonical number."""
    row = connection.execute(_ACCOUNT.where(A.code == number, A.kind == CUSTOMER)).first()
    return None if row is None else AccountRow(*row)


def account_by_id(connection: Connection, account_id: int) -> AccountRow | None:
    row = connection.execute(_ACCOUNT.where(A.id == account_id)).first()
    return None if row is None else AccountRow(*row)


def accounts(connection: Connection, after_id: int = 0, limit: int = 50) -> list[AccountRow]:
    found = connection.execute(_ACCOUNT.where(A.id > after_id).order_by(A.id).limit(limit))
    return [AccountRow(*row) for row in found]


def history(
    connection: Connection,
    account_id: int,
    *,
    before_entry: int | None = None,
    from_entry: int | None = None,
    limit: int = 20,
    from_us: int | None = None,
    until_us: int | None = None,
) -> list[HistoryLine]:
    """An account's postings, newest first, each with the balance after it."""
    sent, received = schema.transfers, schema.decisions
    columns = (
        P.entry_id,
        E.at_us,
        E.kind,
        P.amount,
        P.balance_after,
        E.text,
        E.actor,
        E.transaction_id,
        T.state,
        T.returned,
        T.to_bank,
        T.to_account,
        T.to_name,
        T.from_account,
        T.from_name,
        D.from_bank,
        D.from_account,
        D.from_name,
    )
    query: Select[*tuple[Any, ...]] = (
        select(*columns)
        .join_from(schema.postings, schema.entries, E.id == P.entry_id)
        .outerjoin(sent, T.transaction_id == E.transaction_id)
        .outerjoin(received, and_(D.from_bank == E.actor, D.transaction_id == E.transaction_id))
        .where(P.account_id == account_id)
        .order_by(P.entry_id.desc())
        .limit(limit)
    )
    if before_entry is not None:
        query = query.where(P.entry_id < before_entry)
    if from_entry is not None:
        query = query.where(P.entry_id >= from_entry)
    if from_us is not None:
        query = query.where(E.at_us >= from_us)
    if until_us is not None:
        query = query.where(E.at_us < until_us)
    return [_line(row) for row in connection.execute(query)]


def _line(row: Row[*tuple[Any, ...]]) -> HistoryLine:
    values = list(row)
    values[9] = values[9] or 0
    return HistoryLine(*values)


def queue_depth(connection: Connection) -> QueueDepth:
    """Money messages that wait to be sent, and since when the oldest waits."""
    o = schema.outbox.c
    waiting = and_(o.lane == "money", o.published_us.is_(None), o.parked.is_(None))
    first = select(o.created_us).where(waiting).order_by(o.seq).limit(1).scalar_subquery()  # its neighbours stay unread
    row = connection.execute(select(func.count(), first).where(waiting)).one()
    return QueueDepth(row[0], row[1])
