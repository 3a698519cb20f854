"""The stuck-work desk as operations write it: acts, which are only ever added, and marks on what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from bank_node.store import schema
from bank_node.store.statements import Hot, insert
from bank_node.store.unit import UnitOfWork
from bank_node.transfers import stuck_work

NOTE = insert(schema.desk_acts, ["kind", "subject", "act", "actor", "at_us", "said"])
MARKED = Hot("SELECT 1 FROM desk_acts WHERE kind = :kind AND subject = :subject AND act = 'seen'")
HELD = Hot('SELECT topic, partition, "offset", key, value, sha256 FROM quarantine WHERE id = :id')


def _marks_rows(table: str) -> tuple[Hot, Hot, Hot]:
    """(is it there, mark one, mark those up to a number) for a table that has columns for it."""
    mark = f"UPDATE {table} SET seen_by = :actor, seen_us = :now"
    unseen = f"SELECT id FROM {table} WHERE seen_us IS NULL AND id <= :upto ORDER BY id LIMIT :rows_max"
    return (
        Hot(f"SELECT 1 FROM {table} WHERE id = :id"),
        Hot(f"{mark} WHERE id = :id AND seen_us IS NULL"),
        Hot(f"{mark} WHERE id IN ({unseen})"),
    )


def _marks_acts(kind: str, subject: str, at: str, those: str) -> tuple[Hot, Hot]:
    """(is it there, mark those up to a number) for what is marked by an act; `those` is FROM and WHERE of the kind."""
    marked = f"SELECT 1 FROM desk_acts d WHERE d.kind = '{kind}' AND d.subject = {subject} AND d.act = 'seen'"
    return (
        Hot(f"SELECT 1 {those} AND {subject} = :id"),
        Hot(
            "INSERT INTO desk_acts (kind, subject, act, actor, at_us)"
            f" SELECT '{kind}', {subject}, 'seen', CAST(:actor AS TEXT), CAST(:now AS BIGINT) {those}"
            f" AND {at} <= :upto AND NOT EXISTS ({marked}) LIMIT :rows_max"
        ),
    )


_ROWS: Final = {
    stuck_work.QUARANTINE: _marks_rows("quarantine"),
    stuck_work.INCIDENT: _marks_rows("incidents"),
}
_ID, _SEQ, _RETURN = "t.transaction_id", "CAST(o.seq AS TEXT)", "r.from_bank || ':' || r.transaction_id"
_GIVEN_BACK = "FROM decisions r WHERE r.kind = 'return' AND r.decision = 'ACCEPTED'"
_ACTS: Final = {
    kind: _marks_acts(kind, subject, at, those)
    for kind, subject, at, those in (
        (stuck_work.CONFLICT, _ID, "t.created_us", "FROM transfers t WHERE t.conflict = 1"),
        (stuck_work.STUCK, _ID, "t.created_us", "FROM transfers t WHERE t.due_us IS NOT NULL"),
        (stuck_work.SENT_BACK, _ID, "t.concluded_us", "FROM transfers t WHERE t.state = 'REJECTED'"),
        (stuck_work.RETURNED, _RETURN, "r.decided_us", _GIVEN_BACK),
        (stuck_work.PARKED, _SEQ, "o.seq", "FROM outbox o WHERE o.parked IS NOT NULL"),
    )
}


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A record in quarantine: where it was read, and what was kept of its bytes."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    sha256: str


class DeskBook:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    def note(self, now_us: int, kind: str, subject: str, act: str, actor: str, said: str | None = None) -> None:
        """Who did what about an item, and what came of it."""
        row = {"kind": kind, "subject": subject, "act": act, "actor": actor, "at_us": now_us, "said": said}
        self._unit.change(NOTE, row)
        self._unit.ring("attention")

    def is_there(self, kind: str, id_: str) -> bool:
        """Whether there is such an item, seen or not. `id_` of a kind that is numbered is a whole number."""
        statement = _ROWS[kind][0] if kind in _ROWS else _ACTS[kind][0]
        return self._unit.one(statement, {"id": int(id_) if kind in _ROWS else id_}) is not None

    def mark_seen(self, now_us: int, kind: str, id_: str, actor: str) -> bool:
        """False where somebody has marked it before."""
        if kind in _ROWS:
            row = {"id": int(id_), "actor": actor, "now": now_us}
            fresh = self._unit.change(_ROWS[kind][1], row) == 1
        else:
            fresh = self._unit.one(MARKED, {"kind": kind, "subject": id_}) is None
        if fresh:
            self.note(now_us, kind, id_, stuck_work.SEEN, actor)
        return fresh

    def mark_all_seen(self, now_us: int, kind: str, upto: int, actor: str, rows_max: int) -> int:
        """Marks at most so many of a kind, up to this moment or number; how many it met."""
        statement = _ROWS[kind][2] if kind in _ROWS else _ACTS[kind][1]
        row: dict[str, Any] = {"actor": actor, "now": now_us, "upto": upto, "rows_max": rows_max}
        self._unit.ring("attention")
        return self._unit.change(statement, row)

    def held(self, id_: int) -> HeldRecord | None:
        row = self._unit.one(HELD, {"id": id_})
        if row is None:
            return None
        return HeldRecord(row[0], row[1], row[2], bytes(row[3] or b""), bytes(row[4] or b""), row[5])
