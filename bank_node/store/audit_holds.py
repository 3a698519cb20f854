"""Whether the holds are those the audit log speaks of, and what an account holds is the sum of its live ones."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from bank_node.store import schema
from bank_node.store.audit_report import ChainReport
from bank_node.store.audit_rows import Said

H, A = schema.holds.c, schema.accounts.c
_PLACED = (H.account_id, H.amount, H.kind, H.reason, H.actor, H.at_us, H.expires_us)
_ENDED = (H.ended_us, H.ended_by, H.outcome)
LIVE = (None, None, None)


class HoldCheck:
    def __init__(self, connection: Connection, report: ChainReport) -> None:
        self._connection, self._report = connection, report
        self._placed: dict[int, tuple[Any, ...]] = {}  # few: staff place them, one by one
        self._ended: dict[int, tuple[Any, ...]] = {}

    def take(self, said: list[Said]) -> None:
        for one in said:
            if one.hold is not None:
                id_, placed, ended = one.hold
                if id_ in (self._ended if placed is None else self._placed):
                    words = "ended" if placed is None else "placed"
                    self._report.found("holds", id_, f"it was {words} before; {one.where} says so again")
                if placed is not None:
                    self._placed[id_] = placed
                else:
                    self._ended[id_] = ended or LIVE

    def finish(self) -> None:
        wanted = set(self._placed)
        for id_, *columns in self._connection.execute(select(H.id, *_PLACED, *_ENDED).order_by(H.id)):
            wanted.discard(id_)
            placed, ended = tuple(columns[: len(_PLACED)]), tuple(columns[len(_PLACED) :])
            if id_ not in self._placed:
                self._report.found("holds", id_, "the audit log does not know it")
            elif (placed, ended) != (self._placed[id_], self._ended.get(id_, LIVE)):
                self._report.found("holds", id_, "it is not what the audit log says")
        for id_ in sorted(wanted):
            self._report.found("holds", id_, "it is gone; the audit log speaks of it")
        self._hold_sums()

    def _hold_sums(self) -> None:
        live = select(H.account_id, func.sum(H.amount)).where(H.ended_us.is_(None)).group_by(H.account_id)
        due = {account_id: int(total) for account_id, total in self._connection.execute(live)}
        stands = {row[0]: row[1] for row in self._connection.execute(select(A.id, A.held).where(A.held != 0))}
        for id_ in sorted(due.keys() | stands.keys()):
            if due.get(id_, 0) != stands.get(id_, 0):
                words = f"{stands.get(id_, 0)} are held on it; its live holds add up to {due.get(id_, 0)}"
                self._report.found("accounts", id_, words)
