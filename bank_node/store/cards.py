"""Cards: what of their numbers may be known, whose they are, which are blocked. The numbers themselves are nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select

from bank_node.store import schema
from bank_node.store.statements import Hot, insert
from bank_node.store.unit import UnitOfWork

ADD = insert(
    schema.cards,
    ["account_id", "masked", "number_hash", "expires", "issued_us", "issued_by"],
    "ON CONFLICT (number_hash) DO NOTHING RETURNING id",
)
FETCH = Hot("SELECT id, account_id, state, expires FROM cards WHERE id = :id")
BLOCK = Hot(
    "UPDATE cards SET state = 'blocked', blocked_us = :now_us, blocked_by = :actor, reason = :reason"
    " WHERE id = :id AND state = 'active'"
)
LIVE_ON = Hot("SELECT id FROM cards WHERE account_id = :account_id AND state = 'active' AND expires >= :month")

K, A, C = schema.cards.c, schema.accounts.c, schema.customers.c


@dataclass(frozen=True, slots=True)
class CardStanding:
    id: int
    account_id: int
    state: str
    expires: str


@dataclass(frozen=True, slots=True)
class CardRow:
    """`state` is as it was written down: an active card may have expired (`ledger.cards.state_on`)."""

    id: int
    account_id: int
    number: str  # the account's
    type: str
    customer_id: int
    owner: str
    masked: str
    expires: str
    state: str
    issued_us: int
    issued_by: str
    blocked_us: int | None
    blocked_by: str | None
    reason: str | None


class CardBook:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    def add(self, row: dict[str, Any]) -> int | None:
        """The new card's id; None where this very number was given out before."""
        found = self._unit.change_one(ADD, row)
        return None if found is None else int(found[0])

    def find(self, card_id: int) -> CardStanding | None:
        row = self._unit.one(FETCH, {"id": card_id})
        return None if row is None else CardStanding(*row)

    def block(self, now_us: int, card_id: int, actor: str, reason: str) -> bool:
        """False where it was blocked before."""
        return self._unit.change(BLOCK, {"id": card_id, "now_us": now_us, "actor": actor, "reason": reason}) == 1

    def live_on(self, account_id: int, month: str) -> list[int]:
        """The cards of an account that are neither blocked nor, in this month, expired."""
        return [int(row[0]) for row in self._unit.all(LIVE_ON, {"account_id": account_id, "month": month})]


def cards(
    connection: Connection,
    *,
    account_id: int | None = None,
    customer_id: int | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[CardRow]:
    """Cards, newest first; those of one account or of one customer, if asked for."""
    query = _cards().order_by(K.id.desc()).limit(limit)
    if account_id is not None:
        query = query.where(K.account_id == account_id)
    if customer_id is not None:
        query = query.where(A.customer_id == customer_id)
    if before_id is not None:
        query = query.where(K.id < before_id)
    return [CardRow(*row) for row in connection.execute(query)]


def card(connection: Connection, card_id: int) -> CardRow | None:
    row = connection.execute(_cards().where(K.id == card_id)).first()
    return None if row is None else CardRow(*row)


def _cards() -> Select[*tuple[Any, ...]]:
    return (
        select(
            K.id,
            K.account_id,
            A.code,
            A.type,
            A.customer_id,
            C.name,
            K.masked,
            K.expires,
            K.state,
            K.issued_us,
            K.issued_by,
            K.blocked_us,
            K.blocked_by,
            K.reason,
        )
        .join_from(schema.cards, schema.accounts, A.id == K.account_id)
        .join(schema.customers, C.id == A.customer_id)
    )
