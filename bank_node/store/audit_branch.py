"""Whether requests for approval, reversals and drawers stand as the audit log says: who asked, who signed, what for."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Connection, select

from bank_node.store import schema
from bank_node.store.approvals import WAITING
from bank_node.store.audit_report import ChainReport
from bank_node.store.audit_rows import Said

R, D = schema.reversals.c, schema.drawers.c
P = schema.approvals.c
_REVERSALS = select(R.entry_id, R.reversal_id, R.reason, R.actor, R.at_us)
_APPROVALS = select(P.id, P.kind, P.amount, P.currency, P.maker, P.state, P.decided_by, P.leads_to)
_DRAWERS = select(D.id, D.number, D.teller, D.floats, D.closed_us, D.expected, D.variance, D.reason, D.supervisor)


class BranchCheck:
    """Few rows, people make them: what the log says of them is kept until the end."""

    def __init__(self, connection: Connection, report: ChainReport) -> None:
        self._connection, self._report = connection, report
        self._reversals: dict[int, tuple[Any, ...]] = {}
        self._approvals: dict[int, dict[str, Any]] = {}
        self._drawers: dict[int, dict[str, Any]] = {}

    def take(self, said: list[Said]) -> None:
        for one in said:
            row, facts = one.row, one.facts
            kind, _, id_ = row.subject.partition("/")
            if row.action == "reversal" and "reverses" in facts:
                self._reversals[facts["reverses"]] = (one.entry_id, facts.get("text"), row.actor, row.at_us)
            elif kind == "approval" and id_.isdigit():
                self._approve(int(id_), one)
            elif kind == "drawer" and id_.isdigit():
                self._drawer(int(id_), one)

    def _approve(self, id_: int, one: Said) -> None:
        state = one.row.action.removeprefix("approval_").upper()
        if state == "ASKED":
            self._approvals[id_] = {**one.facts, "maker": one.row.actor, "state": WAITING, "decided_by": None}
            return
        known = self._approvals.setdefault(id_, dict(one.facts))
        known |= {"state": state, "decided_by": one.row.actor}
        if "leads_to" in one.facts:
            known["leads_to"] = one.facts["leads_to"]

    def _drawer(self, id_: int, one: Said) -> None:
        if one.row.action == "drawer_claimed":
            self._drawers[id_] = {**one.facts, "teller": one.row.actor}
        elif id_ in self._drawers:
            self._drawers[id_] |= {**one.facts, "closed_us": one.row.at_us}

    def finish(self) -> None:
        self._hold(
            "reversals", self._reversals, {row[0]: tuple(row[1:]) for row in self._connection.execute(_REVERSALS)}
        )
        approvals = {row[0]: self._decided(row) for row in self._connection.execute(_APPROVALS)}
        self._hold("approvals", {id_: self._said(known) for id_, known in self._approvals.items()}, approvals)
        drawers = {row[0]: _stands(row) for row in self._connection.execute(_DRAWERS)}
        self._hold("drawers", {id_: _was_said(known) for id_, known in self._drawers.items()}, drawers)

    def _hold(self, table: str, said: dict[int, tuple[Any, ...]], stands: dict[int, tuple[Any, ...]]) -> None:
        for id_ in sorted(said.keys() | stands.keys()):
            if id_ not in stands:
                self._report.found(table, id_, "it is gone; the audit log speaks of it")
            elif id_ not in said:
                self._report.found(table, id_, "the audit log does not know it")
            elif said[id_] != stands[id_]:
                self._report.found(table, id_, "it is not what the audit log says")

    @staticmethod
    def _decided(row: Any) -> tuple[Any, ...]:
        _, kind, amount, currency, maker, state, decided_by, leads_to = row
        return kind, amount, currency, maker, state, decided_by, leads_to if state == "APPROVED" else None

    @staticmethod
    def _said(known: dict[str, Any]) -> tuple[Any, ...]:
        leads_to = known.get("leads_to") if known["state"] == "APPROVED" else None
        what = (known.get("kind"), known.get("amount"), known.get("currency"))
        return *what, known.get("maker"), known["state"], known["decided_by"], leads_to


def _stands(row: Any) -> tuple[Any, ...]:
    _, number, teller, floats, closed_us, expected, variance, reason, supervisor = row
    read = [orjson.loads(said) if said else {} for said in (floats, expected, variance)]
    return number, teller, closed_us, *read, reason, supervisor


def _was_said(known: dict[str, Any]) -> tuple[Any, ...]:
    sums = [known.get(name, {}) for name in ("floats", "expected", "variance")]
    return (
        known.get("number"),
        known["teller"],
        known.get("closed_us"),
        *sums,
        known.get("reason"),
        known.get("supervisor"),
    )
