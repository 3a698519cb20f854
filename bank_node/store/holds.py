"""Holds: money on a customer's account that is spoken for. The live ones of an account add up to its `held`.

Row, `held` and the line of the audit log are written in one unit of work, and nowhere else. Those of kind approval end
with it, not by time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, select

from bank_node.store import schema
from bank_node.store.audit import AuditBook
from bank_node.store.statements import Hot, ask, insert
from bank_node.store.unit import UnitOfWork

HOLD: Final = "hold"
APPROVAL: Final = "approval"

KEEP = Hot(  # `frozen` 1: also of an account that pays nothing out
    "UPDATE accounts SET held = held + :amount, version = version + 1"
    " WHERE id = :id AND (state = 'open' OR (:frozen = 1 AND state <> 'closed'))"
    " AND balance - held - :amount >= floor RETURNING held"
)
LET_GO = Hot("UPDATE accounts SET held = held - :amount, version = version + 1 WHERE id = :id RETURNING held")
PLACE = insert(schema.holds, ["account_id", "amount", "kind", "reason", "actor", "at_us", "expires_us"], "RETURNING id")
FETCH = Hot("SELECT id, account_id, amount, kind, outcome FROM holds WHERE id = :id")
END = Hot(
    "UPDATE holds SET ended_us = :now_us, ended_by = :actor, outcome = :outcome"
    " WHERE id = :id AND ended_us IS NULL RETURNING account_id, amount"
)
LAPSED = Hot(
    "SELECT id FROM holds WHERE ended_us IS NULL AND expires_us IS NOT NULL AND expires_us <= :now AND kind = 'hold'"
    " ORDER BY expires_us, id LIMIT :limit"
)

H, A = schema.holds.c, schema.accounts.c


@dataclass(frozen=True, slots=True)
class NewHold:
    """`frozen` lets it be placed on an account that pays nothing out, too."""

    account_id: int
    amount_minor: int
    kind: str
    reason: str
    actor: str
    expires_us: int | None = None
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """`outcome` None: it is live."""

    id: int
    account_id: int
    amount_minor: int
    kind: str
    outcome: str | None


@dataclass(frozen=True, slots=True)
class HoldRow:
    id: int
    account_id: int
    number: str
    currency: str
    amount_minor: int
    kind: str
    reason: str
    actor: str
    at_us: int
    expires_us: int | None
    ended_us: int | None
    ended_by: str | None
    outcome: str | None


class HoldBook:
    def __init__(self, unit: UnitOfWork, audit: AuditBook) -> None:
        self._unit = unit
        self._audit = audit

    def place(self, now_us: int, new: NewHold) -> int | None:
        """The hold's id; None, and nothing happened, where so much is not available or the account's state forbids."""
        asked = {"id": new.account_id, "amount": new.amount_minor, "frozen": int(new.frozen)}
        held = self._unit.change_one(KEEP, asked)
        if held is None:
            return None
        row = {"account_id": new.account_id, "amount": new.amount_minor, "kind": new.kind, "reason": new.reason}
        row |= {"actor": new.actor, "at_us": now_us, "expires_us": new.expires_us}
        hold_id = int(self._unit.change_one(PLACE, row)[0])
        said = {"hold": hold_id, "amount": new.amount_minor, "kind": new.kind, "expires_us": new.expires_us}
        said |= {"reason": new.reason, "held": held[0]}
        self._audit.note("hold_placed", f"account/{new.account_id}", new.actor, said)
        return hold_id

    def find(self, hold_id: int) -> Held | None:
        row = self._unit.one(FETCH, {"id": hold_id})
        return None if row is None else Held(*row)

    def end(self, now_us: int, hold_id: int, actor: str, outcome: str) -> bool:
        """False where it was ended before."""
        said = {"id": hold_id, "now_us": now_us, "actor": actor, "outcome": outcome}
        row = self._unit.change_one(END, said)
        if row is None:
            return False
        account_id, amount = row[0], row[1]
        held = self._unit.change_one(LET_GO, {"id": account_id, "amount": amount})[0]
        facts = {"hold": hold_id, "amount": amount, "outcome": outcome, "held": held}
        self._audit.note("hold_ended", f"account/{account_id}", actor, facts)
        return True

    def lapsed(self, now_us: int, limit: int) -> list[int]:
        """Holds that were placed at the counter and are past their expiry."""
        return [int(row[0]) for row in self._unit.all(LAPSED, {"now": now_us, "limit": limit})]


NEXT_LAPSE = Hot(
    "SELECT expires_us FROM holds WHERE ended_us IS NULL AND expires_us IS NOT NULL"
    f" AND kind = '{HOLD}' ORDER BY expires_us LIMIT 1"
)


def holds(
    connection: Connection,
    account_ids: Sequence[int],
    *,
    live: bool | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[HoldRow]:
    """Holds on these accounts, newest first; only the live ones, or the ended ones, if asked for."""
    query = _holds().where(H.account_id.in_(account_ids)).order_by(H.id.desc()).limit(limit)
    if live is not None:
        query = query.where(H.ended_us.is_(None) if live else H.ended_us.is_not(None))
    if before_id is not None:
        query = query.where(H.id < before_id)
    return [HoldRow(*row) for row in connection.execute(query)]


def hold(connection: Connection, id_: int) -> HoldRow | None:
    row = connection.execute(_holds().where(H.id == id_)).first()
    return None if row is None else HoldRow(*row)


def next_lapse_us(connection: Connection) -> int | None:
    """When the next hold expires; read from the end of an index, by every sweep."""
    return ask(connection, NEXT_LAPSE).scalar()


def _holds() -> Select[*tuple[Any, ...]]:
    return select(
        H.id,
        H.account_id,
        A.code,
        A.currency,
        H.amount,
        H.kind,
        H.reason,
        H.actor,
        H.at_us,
        H.expires_us,
        H.ended_us,
        H.ended_by,
        H.outcome,
    ).join_from(schema.holds, schema.accounts, A.id == H.account_id)
