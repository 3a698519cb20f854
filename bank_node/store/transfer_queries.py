"""Reads about transfers: sent and received ones, their histories, and the records nobody could read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Select, and_, func, select, tuple_

from bank_node.store import schema
from bank_node.transfers.states import OPEN

T, M, D, Q = (
    schema.transfers.c,
    schema.outbox.c,
    schema.decisions.c,
    schema.quarantine.c,
)


@dataclass(frozen=True, slots=True)
class TransferRow:
    """A transfer this bank sent, or made inside the house."""

    transaction_id: str
    kind: str
    account_id: int
    from_account: str
    from_name: str
    to_bank: str
    to_account: str
    to_name: str | None
    amount_minor: int
    currency: str
    reference: str | None
    state: str
    reason_code: str | None
    reason_text: str | None
    conflict: bool
    returned_minor: int
    content_hash: str
    actor: str
    created_us: int
    expires_us: int | None
    sent_us: int | None
    concluded_us: int | None
    attempt: int
    due_us: int | None
    answer: dict[str, Any]  # the other bank's clock: read_at, decided_at, repeats_ignored
    published_us: int | None  # of its message, the last time
    partition: int | None
    offset: int | None
    original_id: str | None  # of a return: the payment it sends back


@dataclass(frozen=True, slots=True)
class TransferEvent:
    at_us: int
    kind: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A payment received: this bank's first and last decision on it."""

    from_bank: str
    transaction_id: str
    kind: str
    decision: str
    reason_code: str | None
    reason_text: str | None
    content_hash: str
    to_account: str | None
    from_account: str | None
    from_name: str | None
    amount_minor: int | None
    currency: str | None
    reference: str | None
    read_us: int
    decided_us: int
    repeats_ignored: int
    account_id: int | None
    owner: str | None
    customer_id: int | None
    returned_minor: int  # by returns of it that are not refused
    original_id: str | None  # of a return: the payment of this bank that came back


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    id: int
    at_us: int
    code: str
    text: str
    topic: str
    partition: int
    offset: int
    from_bank: str | None
    transaction_id: str | None
    value: bytes | None


_TRANSFER: Select[*tuple[Any, ...]] = select(
    T.transaction_id,
    T.kind,
    T.account_id,
    T.from_account,
    T.from_name,
    T.to_bank,
    T.to_account,
    T.to_name,
    T.amount,
    T.currency,
    T.reference,
    T.state,
    T.reason_code,
    T.reason_text,
    T.conflict,
    T.returned,
    T.content_hash,
    T.actor,
    T.created_us,
    T.expires_us,
    T.sent_us,
    T.concluded_us,
    T.attempt,
    T.due_us,
    T.answer,
    M.published_us,
    M.partition,
    M.offset,
    T.original_transaction_id,
).join_from(
    schema.transfers, schema.outbox, and_(M.seq == T.outbox_seq, M.transaction_id == T.transaction_id), isouter=True
)

_DECISION: Select[*tuple[Any, ...]] = (
    select(
        D.from_bank,
        D.transaction_id,
        D.kind,
        D.decision,
        D.reason_code,
        D.reason_text,
        D.content_hash,
        D.to_account,
        D.from_account,
        D.from_name,
        D.amount,
        D.currency,
        D.reference,
        D.read_us,
        D.decided_us,
        D.repeats_ignored,
        D.account_id,
        schema.customers.c.name,
        schema.customers.c.id,
        D.reserved,
        D.original_transaction_id,
    )
    .join_from(schema.decisions, schema.accounts, schema.accounts.c.id == D.account_id, isouter=True)
    .outerjoin(schema.customers, schema.customers.c.id == schema.accounts.c.customer_id)
)


def transfer(connection: Connection, transaction_id: str) -> TransferRow | None:
    row = connection.execute(_TRANSFER.where(T.transaction_id == transaction_id)).first()
    return None if row is None else _transfer(row)


def transfers(
    connection: Connection,
    *,
    before_id: str | None = None,
    limit: int = 50,
    account_ids: list[int] | None = None,
    states: tuple[str, ...] | None = None,
    to_others_only: bool = False,
) -> list[TransferRow]:
    """Transfers this bank made, newest first (their ids are ordered by time)."""
    query = _TRANSFER.order_by(T.transaction_id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(T.transaction_id < before_id)
    if account_ids is not None:
        query = query.where(T.account_id.in_(account_ids))
    if states is not None:
        query = query.where(T.state.in_(states))
    if to_others_only:
        query = query.where(T.kind != "inside")
    return [_transfer(row) for row in connection.execute(query)]


def _transfer(row: Any) -> TransferRow:
    values = list(row)
    values[14] = bool(values[14])
    values[24] = orjson.loads(values[24]) if values[24] else {}
    return TransferRow(*values)


def transfer_events(connection: Connection, transaction_id: str) -> list[TransferEvent]:
    """The lines of a transfer's history that its row does not tell, oldest first."""
    e = schema.transfer_events.c
    found = connection.execute(
        select(e.at_us, e.kind, e.facts).where(e.transaction_id == transaction_id).order_by(e.id)
    )
    return [TransferEvent(row[0], row[1], orjson.loads(row[2]) if row[2] else {}) for row in found]


def decision(connection: Connection, transaction_id: str, from_bank: str | None = None) -> DecisionRow | None:
    """What this bank decided on a message; without `from_bank` the newest of that id."""
    banks = [from_bank] if from_bank is not None else _deciding_on(connection)
    found = connection.execute(_DECISION.where(D.from_bank.in_(banks), D.transaction_id == transaction_id))
    return max((DecisionRow(*row) for row in found), key=lambda row: row.decided_us, default=None)


def _deciding_on(connection: Connection) -> list[str]:
    """The banks that have ever sent something, found along the key: one step for each, not one for each payment."""
    banks: list[str] = []
    while True:
        after = select(func.min(D.from_bank)).where(D.from_bank > banks[-1]) if banks else select(func.min(D.from_bank))
        bank = connection.execute(after).scalar()
        if bank is None:
            return banks
        banks.append(bank)


def decisions(
    connection: Connection, *, before: tuple[int, str, str] | None = None, limit: int = 50
) -> list[DecisionRow]:
    """Payments received, newest first; `before` is (decided_us, from_bank, transaction_id) of the last one seen.

    One unit of work decides hundreds at one moment, so the moment alone does not say where a page ends.
    """
    place = (D.decided_us, D.from_bank, D.transaction_id)
    query = _DECISION.order_by(*(column.desc() for column in place)).limit(limit)
    if before is not None:
        query = query.where(tuple_(*place) < before)
    return [DecisionRow(*row) for row in connection.execute(query)]


def returns_of(connection: Connection, from_bank: str, transaction_id: str) -> list[TransferRow]:
    """The returns this bank made of a payment it received, oldest first."""
    query = _TRANSFER.where(T.original_transaction_id == transaction_id, T.to_bank == from_bank)
    return [_transfer(row) for row in connection.execute(query.order_by(T.transaction_id))]


def count_open(connection: Connection) -> int:
    """Transfers that are not final."""
    return int(connection.execute(select(func.count()).where(T.due_us.is_not(None), T.state.in_(OPEN))).scalar_one())


def quarantined(connection: Connection, *, before_id: int | None = None, limit: int = 50) -> list[QuarantineRow]:
    """Records nobody could read or believe, newest first."""
    query: Select[*tuple[Any, ...]] = select(
        Q.id, Q.at_us, Q.code, Q.text, Q.topic, Q.partition, Q.offset, Q.from_bank, Q.transaction_id, Q.value
    ).order_by(Q.id.desc())
    if before_id is not None:
        query = query.where(Q.id < before_id)
    return [QuarantineRow(*row) for row in connection.execute(query.limit(limit))]
