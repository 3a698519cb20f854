"""Whether this bank's books can be believed by the bank itself: a fact about the bank, kept with the others."""

from __future__ import annotations

import orjson
from sqlalchemy import Connection, select

from bank_node.store import schema
from bank_node.store.statements import Hot, insert
from bank_node.store.unit import Suspicion, UnitOfWork

FACT = "suspect"
READ = Hot(f"SELECT value FROM bank_facts WHERE name = '{FACT}'")
MARK = insert(schema.bank_facts, ["name", "value"], "ON CONFLICT (name) DO NOTHING")


class StandingBook:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._asked = False
        self._found: Suspicion | None = None

    def begin(self) -> None:
        self._asked, self._found = False, None

    @property
    def suspicion(self) -> Suspicion | None:
        """As it is in this unit of work: another process may have noticed."""
        if not self._asked:
            row = self._unit.one(READ, {})
            self._learn(None if row is None else _read(row[0]))
        return self._found

    def mark(self, now_us: int, reason: str) -> bool:
        """Once and for all; False where it was so already."""
        if self.suspicion is not None:
            return False
        found = Suspicion(reason, now_us)
        value = orjson.dumps({"reason": reason, "since_us": now_us}).decode()
        self._unit.change(MARK, {"name": FACT, "value": value})
        self._unit.ring("attention")
        self._learn(found)
        return True

    def _learn(self, found: Suspicion | None) -> None:
        self._asked, self._found = True, found
        self._unit.committed.suspicion = found


def suspicion_of(connection: Connection) -> Suspicion | None:
    """What this bank holds against its own books, if anything."""
    facts = schema.bank_facts.c
    value = connection.execute(select(facts.value).where(facts.name == FACT)).scalar()
    return None if value is None else _read(value)


def _read(value: str) -> Suspicion:
    said = orjson.loads(value)
    return Suspicion(str(said["reason"]), int(said["since_us"]))
