"""The audit log as operations write it: what happened, who did it, to what. Reading and checking is in `audit_queries`.

Rows are collected during a unit of work and linked into the chain all at once at its end: a unit that is rolled back,
and an operation that refuses, leave none. The newest hash is read once in each unit of work, under its lock: another
process may have written since the last one.
"""

from __future__ import annotations

from typing import Any

import orjson

from bank_node.ledger.chain import BEGINNING, link
from bank_node.store import schema
from bank_node.store.statements import Hot, Rows
from bank_node.store.unit import UnitOfWork

HEAD = Hot("SELECT seq, hash FROM audit_log ORDER BY seq DESC LIMIT 1")
HASH = Hot("SELECT hash FROM audit_log WHERE seq = :seq")
TIMES = Hot(  # as the index of what is no booking has it
    f"SELECT count(*) FROM audit_log WHERE subject = :subject AND action = :action AND {schema.NO_BOOKING}"
)
SAID = Hot(TIMES.sqlite.replace("count(*)", "facts") + " ORDER BY seq LIMIT 1")
ROWS = Rows(schema.audit_log, ["seq", "at_us", "actor", "action", "subject", "facts", "hash"])


class AuditBook:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._noted: list[tuple[str, str, str, dict[str, Any]]] = []  # not yet linked
        self._head: tuple[int, bytes] | None = None  # of this unit of work, once it was asked for

    def begin(self) -> None:
        self._noted.clear()
        self._head = None

    def note(self, action: str, subject: str, actor: str, facts: dict[str, Any]) -> None:
        """One more happening. `subject` names what it happened to; no account numbers, no secrets.

        Who booked an entry need not call: `books.ledger.book` does, with what else is to be said in `also`.
        """
        self._noted.append((action, subject, actor, facts))
        self._unit.writes += 1

    def times(self, action: str, subject: str) -> int:
        """How often it was noted of this subject, this unit of work included; not for bookings."""
        self.settle()
        return int(self._unit.one(TIMES, {"subject": subject, "action": action})[0])

    def said(self, action: str, subject: str) -> dict[str, Any] | None:
        """What was noted of it first, this unit of work included; None where nothing was. Not for bookings."""
        self.settle()
        row = self._unit.one(SAID, {"subject": subject, "action": action})
        return None if row is None else dict(orjson.loads(row[0]))

    def head(self) -> tuple[int, str]:
        """(seq, hash) of the newest row, those of this unit of work included; (0, zeros) where there is none."""
        seq, hash_ = self._linked()
        return seq, hash_.hex()

    def contains(self, seq: int, hash_hex: str) -> bool:
        """Whether the chain has, or begins from, just this row."""
        head, _ = self._linked()
        if not 0 <= seq <= head:
            return False
        if seq == 0:
            return hash_hex == BEGINNING.hex()
        row = self._unit.one(HASH, {"seq": seq})
        return row is not None and bytes(row[0]).hex() == hash_hex

    def settle(self) -> None:
        """Links what was noted; the unit of work writes it."""
        if self._noted:
            self._linked()

    def _linked(self) -> tuple[int, bytes]:
        """The newest (seq, hash), everything noted so far being part of the chain."""
        if self._head is None:
            row = self._unit.one(HEAD, {})
            self._head = (0, BEGINNING) if row is None else (int(row[0]), bytes(row[1]))
        if not self._noted:
            return self._head
        noted, self._noted = self._noted, []
        (seq, previous), now_us, add = self._head, self._unit.now_us, self._unit.add_tuple
        for action, subject, actor, facts in noted:
            seq += 1
            text = orjson.dumps(facts).decode()
            previous = link(previous, seq, now_us, actor, action, subject, text)
            add(ROWS, (seq, now_us, actor, action, subject, text, previous))
        self._head = (seq, previous)
        return self._head
