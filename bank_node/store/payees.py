"""What other banks said to "whose account is this?", and how often may be asked and answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from bank_node.store import schema
from bank_node.store.statements import Hot, insert
from bank_node.store.unit import UnitOfWork

GET = Hot("SELECT asked_us, answered_us, found, name FROM payees WHERE bank_id = :bank_id AND account = :account")
ASK = insert(
    schema.payees,
    ["bank_id", "account", "asked_us"],
    "ON CONFLICT (bank_id, account) DO UPDATE SET asked_us = excluded.asked_us",
)
ANSWER = Hot(
    "UPDATE payees SET answered_us = :answered_us, found = :found, name = :name"
    " WHERE bank_id = :bank_id AND account = :account"
)
FORGET = Hot("DELETE FROM payees WHERE asked_us < :before")


@dataclass(frozen=True, slots=True)
class Payee:
    """What is known of an account at another bank. `found` is None as long as there was no word from there."""

    asked_us: int
    answered_us: int | None
    found: bool | None
    name: str | None


class PayeeBook:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._paces: dict[str, tuple[int, int]] = {}  # who -> when, and how much of his share was used by then

    def get(self, bank_id: str, account: str) -> Payee | None:
        return _payee(self._unit.one(GET, {"bank_id": bank_id, "account": account}))

    def asked(self, now_us: int, bank_id: str, account: str) -> None:
        self._unit.change(ASK, {"bank_id": bank_id, "account": account, "asked_us": now_us})

    def answered(self, now_us: int, bank_id: str, account: str, name: str | None) -> bool:
        """False where nobody has asked that."""
        found = {"bank_id": bank_id, "account": account, "found": int(name is not None), "name": name}
        self._unit.ring(f"payee:{bank_id}:{account}")
        return self._unit.change(ANSWER, {**found, "answered_us": now_us}) == 1

    def forget_before(self, before_us: int) -> int:
        return self._unit.change(FORGET, {"before": before_us})

    def within_pace(self, now_us: int, who: str, per_s: int, at_once: int) -> bool:
        """Whether one more is within the share of whoever this is. In memory: a bank that starts anew forgives."""
        each_us = 1_000_000 // per_s
        then_us, used_us = self._paces.get(who, (now_us, 0))
        used_us = max(0, used_us - max(0, now_us - then_us))
        if used_us + each_us > at_once * each_us:
            return False
        self._paces[who] = (now_us, used_us + each_us)
        return True


def payee(connection: Connection, bank_id: str, account: str) -> Payee | None:
    """What is known of an account at another bank; None where nobody has asked."""
    said = schema.payees.c
    found = connection.execute(
        select(said.asked_us, said.answered_us, said.found, said.name).where(
            said.bank_id == bank_id, said.account == account
        )
    )
    return _payee(found.first())


def _payee(row: Any) -> Payee | None:
    if row is None:
        return None
    asked_us, answered_us, found, name = row
    return Payee(asked_us, answered_us, None if found is None else bool(found), name)
