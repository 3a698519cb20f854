"""Whether each account is in the state the audit log left it in.

Of accounts seeded by a program that did not note their states, nothing is known before staff change one.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from bank_node.ledger.account import OPEN
from bank_node.ledger.chart import CUSTOMER
from bank_node.store import schema
from bank_node.store.audit_report import ChainReport
from bank_node.store.audit_rows import Said

A = schema.accounts.c
SEEDED, OPENED = "world_seeded", "account_opened"


class StateCheck:
    def __init__(self, connection: Connection, report: ChainReport) -> None:
        self._connection, self._report = connection, report
        self._left_in: dict[int, str] = {}  # of those whose state was ever changed: few, staff do it
        self._noted_from: int | None = None  # from this account on, each was noted since it was opened

    def take(self, said: list[Said]) -> None:
        for one in said:
            if one.account is not None:
                id_, state = one.account
                if one.row.action != OPENED:
                    self._left_in[id_] = state
                elif self._noted_from is None:  # ids only rise, and nobody opens an account before the world is seeded
                    self._noted_from = id_
            elif one.row.action == SEEDED and "states" in one.facts:
                self._noted_from = 0

    def finish(self) -> None:
        wanted = {id_ for id_, state in self._left_in.items() if state != OPEN}
        for id_, kind, state in self._connection.execute(
            select(A.id, A.kind, A.state).where(A.state != OPEN).order_by(A.id)
        ):
            wanted.discard(id_)
            noted = kind != CUSTOMER or (self._noted_from is not None and id_ >= self._noted_from)
            expected = self._left_in.get(id_, OPEN if noted else state)
            if state != expected:
                self._report.found("accounts", id_, f"it is {state}; the audit log left it {expected}")
        for id_ in sorted(wanted):
            self._report.found("accounts", id_, f"it is open or gone; the audit log left it {self._left_in[id_]}")
