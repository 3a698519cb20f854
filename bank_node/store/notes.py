"""Notes and alerts about a customer: an alert stands on top of the customer's page until somebody ends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, select

from bank_node.store import schema
from bank_node.store.statements import Hot, insert
from bank_node.store.unit import UnitOfWork

NOTE: Final = "note"
ALERT: Final = "alert"
KINDS: Final = (NOTE, ALERT)

ADD = insert(schema.customer_notes, ["customer_id", "kind", "text", "actor", "at_us"], "RETURNING id")
FETCH = Hot("SELECT id, customer_id, kind, ended_us FROM customer_notes WHERE id = :id")
END = Hot("UPDATE customer_notes SET ended_us = :now_us, ended_by = :actor WHERE id = :id AND ended_us IS NULL")

N = schema.customer_notes.c


@dataclass(frozen=True, slots=True)
class NoteStanding:
    id: int
    customer_id: int
    kind: str
    ended_us: int | None


@dataclass(frozen=True, slots=True)
class NoteRow:
    id: int
    customer_id: int
    kind: str
    text: str
    actor: str
    at_us: int
    ended_us: int | None
    ended_by: str | None


class NoteBook:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    def add(self, row: dict[str, Any]) -> int:
        return int(self._unit.change_one(ADD, row)[0])

    def find(self, note_id: int) -> NoteStanding | None:
        row = self._unit.one(FETCH, {"id": note_id})
        return None if row is None else NoteStanding(*row)

    def end(self, now_us: int, note_id: int, actor: str) -> bool:
        """False where it was ended before."""
        return self._unit.change(END, {"id": note_id, "now_us": now_us, "actor": actor}) == 1


def notes(
    connection: Connection,
    customer_id: int,
    *,
    live: bool | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[NoteRow]:
    """What stands written of a customer, newest first; only what is live, or ended, if asked for."""
    query = _notes().where(N.customer_id == customer_id).order_by(N.id.desc()).limit(limit)
    if live is not None:
        query = query.where(N.ended_us.is_(None) if live else N.ended_us.is_not(None))
    if before_id is not None:
        query = query.where(N.id < before_id)
    return [NoteRow(*row) for row in connection.execute(query)]


def note(connection: Connection, note_id: int) -> NoteRow | None:
    row = connection.execute(_notes().where(N.id == note_id)).first()
    return None if row is None else NoteRow(*row)


def _notes() -> Select[*tuple[Any, ...]]:
    return select(N.id, N.customer_id, N.kind, N.text, N.actor, N.at_us, N.ended_us, N.ended_by)
