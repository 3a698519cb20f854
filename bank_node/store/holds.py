"""Holds: money on a customer's account that is spoken for. The live ones of an account add up to its `held`.

Row and `held` change in one unit of work, and nowhere else. Those of kind approval end with it, not by time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bank_node.store import schema
from bank_node.store.statements import Hot, insert
from bank_node.store.unit import UnitOfWork

HOLD: Final = "hold"
APPROVAL: Final = "approval"

KEEP = Hot(
    "UPDATE accounts SET held = held + :amount, version = version + 1"
    " WHERE id = :id AND state = 'open' AND balance - held - :amount >= floor"
)
LET_GO = Hot("UPDATE accounts SET held = held - :amount, version = version + 1 WHERE id = :id")
PLACE = insert(schema.holds, ["account_id", "amount", "kind", "reason", "actor", "at_us", "expires_us"], "RETURNING id")
END = Hot(
    "UPDATE holds SET ended_us = :now_us, ended_by = :actor, outcome = :outcome"
    " WHERE id = :id AND ended_us IS NULL RETURNING account_id, amount"
)


@dataclass(frozen=True, slots=True)
class NewHold:
    account_id: int
    amount_minor: int
    kind: str
    reason: str
    actor: str
    expires_us: int | None = None


class HoldBook:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    def place(self, now_us: int, new: NewHold) -> int | None:
        """The hold's id; None, and nothing happened, where so much is not available on an open account."""
        if not self._unit.change(KEEP, {"id": new.account_id, "amount": new.amount_minor}):
            return None
        row = {"account_id": new.account_id, "amount": new.amount_minor, "kind": new.kind, "reason": new.reason}
        row |= {"actor": new.actor, "at_us": now_us, "expires_us": new.expires_us}
        return int(self._unit.change_one(PLACE, row)[0])

    def end(self, now_us: int, hold_id: int, actor: str, outcome: str) -> bool:
        """False where it was ended before."""
        said = {"id": hold_id, "now_us": now_us, "actor": actor, "outcome": outcome}
        row = self._unit.change_one(END, said)
        if row is None:
            return False
        self._unit.change(LET_GO, {"id": row[0], "amount": row[1]})
        return True
