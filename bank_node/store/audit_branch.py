"""Whether requests for approval, reversals and drawers stand as the audit log says: who asked, who signed, what for.

Each is asked for, decided, undone, claimed and closed once: a second line of that is a finding, whatever the row says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import orjson
from sqlalchemy import Connection, select

from bank_node.ledger.fingerprints import request_hash
from bank_node.store import schema
from bank_node.store.approvals import APPROVED, WAITING
from bank_node.store.audit_report import ChainReport
from bank_node.store.audit_rows import Said

Columns = dict[str, Any]
TABLES = {"reversals": schema.reversals, "approvals": schema.approvals, "drawers": schema.drawers}
_UNDECIDED = {"state": WAITING, "decided_us": None, "decided_by": None, "reason": None}
_OPEN: Columns = {"closed_us": None, "expected": {}, "variance": {}, "reason": None, "supervisor": None}


class BranchCheck:
    """Few rows, people make them: what the log says of them is kept until the end."""

    def __init__(self, connection: Connection, report: ChainReport) -> None:
        self._connection, self._report = connection, report
        self._said: dict[str, dict[int, Columns]] = {table: {} for table in TABLES}
        self._heard: set[tuple[str, int, str]] = set()

    def take(self, said: list[Said]) -> None:
        for one in said:
            row, facts = one.row, one.facts
            kind, _, id_ = row.subject.partition("/")
            if row.action == "reversal" and "reverses" in facts:
                undone = {"reversal_id": one.entry_id, "reason": facts.get("text"), "actor": row.actor}
                self._hear("reversals", facts["reverses"], "undone", {**undone, "at_us": row.at_us}, one)
            elif kind == "approval" and id_.isdigit():
                stage = "asked for" if row.action == "approval_asked" else "decided"
                self._hear("approvals", int(id_), stage, _asked(one) if stage == "asked for" else _decided(one), one)
            elif kind == "drawer" and id_.isdigit():
                stage = "claimed" if row.action == "drawer_claimed" else "closed"
                self._hear("drawers", int(id_), stage, _claimed(one) if stage == "claimed" else _closed(one), one)

    def _hear(self, table: str, id_: int, stage: str, columns: Columns, one: Said) -> None:
        if (table, id_, stage) in self._heard:
            self._report.found(table, id_, f"it was {stage} before; {one.where} says so again")
        self._heard.add((table, id_, stage))
        self._said[table].setdefault(id_, {}).update(columns)

    def finish(self) -> None:
        for name, table in TABLES.items():
            said, seen = self._said[name], set()
            key = next(iter(table.primary_key))
            for row in self._connection.execute(select(table).order_by(key)).mappings():
                id_, stands = row[key], _READ[name](dict(row))
                seen.add(id_)
                if id_ not in said:
                    self._report.found(name, id_, "the audit log does not know it")
                elif any(stands.get(column) != value for column, value in said[id_].items()):
                    self._report.found(name, id_, "it is not what the audit log says")
            for id_ in sorted(said.keys() - seen):
                self._report.found(name, id_, "it is gone; the audit log speaks of it")


def _asked(one: Said) -> Columns:
    """A log from before it said so has no hash of the order."""
    facts = one.facts
    also = {name: facts[key] for name, key in (("hash", "hash"), ("hold_id", "hold")) if key in facts}
    return {**_what(facts), **also, "maker": one.row.actor, **_UNDECIDED}


def _decided(one: Said) -> Columns:
    facts, row = one.facts, one.row
    columns = {"state": row.action.removeprefix("approval_").upper(), "decided_us": row.at_us, "decided_by": row.actor}
    columns |= {"reason": facts.get("reason"), "maker": facts.get("maker")}
    if columns["state"] == APPROVED:
        columns["leads_to"] = facts.get("leads_to")
    if "in_place" in facts:
        columns |= {**_what(facts), **({"hash": facts["hash"]} if "hash" in facts else {})}
    return columns


def _what(facts: dict[str, Any]) -> Columns:
    return {name: facts.get(name) for name in ("kind", "amount", "currency")}


def _claimed(one: Said) -> Columns:
    said = {name: one.facts.get(name) for name in ("number", "date", "floats")}
    return {**said, "teller": one.row.actor, "opened_us": one.row.at_us, **_OPEN}


def _closed(one: Said) -> Columns:
    return {**_OPEN, **{name: one.facts[name] for name in _OPEN if name in one.facts}, "closed_us": one.row.at_us}


def _approval(row: Columns) -> Columns:
    """The row, and the hash of its order as it stands."""
    return {**row, "hash": request_hash(row)}


def _drawer(row: Columns) -> Columns:
    return {**row, **{name: _json(row[name]) for name in ("floats", "expected", "variance")}}


def _json(text: str | None) -> Any:
    """What is no JSON is itself: no row of the log says that."""
    try:
        return orjson.loads(text) if text else {}
    except orjson.JSONDecodeError:
        return text


_READ: Final[dict[str, Callable[[Columns], Columns]]] = {"reversals": dict, "approvals": _approval, "drawers": _drawer}
