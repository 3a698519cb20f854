"""Reads about recalls: those this bank asked for, those it was asked for, and those of one transfer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, select, text, tuple_

from bank_node.store import schema
from bank_node.transfers import recall

R, Q, D, T = schema.recalls.c, schema.recall_requests.c, schema.decisions.c, schema.transfers.c


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A recall this bank asked for; its amount is the transfer's, `returned_minor` what has come back of it."""

    recall_id: str
    transaction_id: str
    to_bank: str
    reason: str | None
    state: str
    actor: str
    created_us: int
    attempt: int
    answered_us: int | None
    answer_text: str | None
    amount_minor: int
    returned_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A recall this bank was asked for. Without an amount it speaks of a payment this bank never credited."""

    from_bank: str
    recall_id: str
    transaction_id: str
    reason: str | None
    state: str
    return_id: str | None
    answer_text: str | None
    received_us: int
    decided_us: int | None
    decided_by: str | None
    amount_minor: int | None
    reserved_minor: int | None  # by returns of it that are not refused
    currency: str | None
    to_account: str | None


def asked(
    connection: Connection, *, before_id: str | None = None, limit: int = 50, state: str | None = None
) -> list[AskedRow]:
    """Recalls this bank asked for, newest first."""
    query = _ASKED.order_by(R.recall_id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(R.recall_id < before_id)
    if state is not None:
        query = query.where(R.state == state)
    return [AskedRow(*row) for row in connection.execute(query)]


def requests(
    connection: Connection, *, before: tuple[int, str, str] | None = None, limit: int = 50, state: str | None = None
) -> list[RequestRow]:
    """Recalls this bank was asked for, newest first; `before` is (received_us, from_bank, recall_id) of the last."""
    place = (Q.received_us, Q.from_bank, Q.recall_id)
    query = _REQUESTS.order_by(*(column.desc() for column in place)).limit(limit)
    if before is not None:
        query = query.where(tuple_(*place) < before)
    if state is not None:
        query = query.where(Q.state == state)
    return [RequestRow(*row) for row in connection.execute(query)]


def request(connection: Connection, from_bank: str, recall_id: str) -> RequestRow | None:
    """One recall this bank was asked for."""
    row = connection.execute(_REQUESTS.where(Q.from_bank == from_bank, Q.recall_id == recall_id)).first()
    return None if row is None else RequestRow(*row)


def still_asked(connection: Connection, transaction_ids: Iterable[str]) -> set[str]:
    """Which of these transfers this bank has asked for without an answer so far."""
    query = select(R.transaction_id).where(R.transaction_id.in_(list(transaction_ids)), R.state == recall.ASKED)
    return {row[0] for row in connection.execute(query)}


def still_wanted(connection: Connection, limit: int = 1_000) -> set[tuple[str, str]]:
    """(bank, payment) of the recalls that nobody here has answered so far, the newest ones."""
    query = select(Q.from_bank, Q.transaction_id).where(text("state = 'OPEN'"))
    found = connection.execute(query.order_by(Q.received_us.desc()).limit(limit))
    return {(row[0], row[1]) for row in found}


def recalls_of_sent(connection: Connection, transaction_id: str) -> list[AskedRow]:
    """The recalls of a transfer this bank sent, newest first."""
    query = _ASKED.where(R.transaction_id == transaction_id).order_by(R.created_us.desc())
    return [AskedRow(*row) for row in connection.execute(query)]


def recalls_of_received(connection: Connection, from_bank: str, transaction_id: str) -> list[RequestRow]:
    """The recalls of a payment this bank received, newest first."""
    query = _REQUESTS.where(Q.from_bank == from_bank, Q.transaction_id == transaction_id)
    return [RequestRow(*row) for row in connection.execute(query.order_by(Q.received_us.desc()))]


_ASKED: Select[*tuple[Any, ...]] = select(
    R.recall_id,
    R.transaction_id,
    R.to_bank,
    R.reason,
    R.state,
    R.actor,
    R.created_us,
    R.attempt,
    R.answered_us,
    R.answer_text,
    T.amount,
    T.returned,
    T.currency,
).join_from(schema.recalls, schema.transfers, T.transaction_id == R.transaction_id)

_REQUESTS: Select[*tuple[Any, ...]] = select(
    Q.from_bank,
    Q.recall_id,
    Q.transaction_id,
    Q.reason,
    Q.state,
    Q.return_id,
    Q.answer_text,
    Q.received_us,
    Q.decided_us,
    Q.decided_by,
    D.amount,
    D.reserved,
    D.currency,
    D.to_account,
).join_from(
    schema.recall_requests,
    schema.decisions,
    and_(D.from_bank == Q.from_bank, D.transaction_id == Q.transaction_id),
    isouter=True,
)
