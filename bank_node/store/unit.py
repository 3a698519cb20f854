"""One unit of work on the writing connection: runs statements, counts changes, remembers whom to tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bank_node.store.statements import Hot


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message that is a row before it is a message. `body` is JSON without mac and attempt."""

    seq: int
    lane: str
    topic: str
    key: str
    type: str
    transaction_id: str | None
    body: bytes
    attempt: int


@dataclass(slots=True)
class Committed:
    """What a unit of work did that others want to know of once it is committed."""

    queued: list[OutboxRow] = field(default_factory=list)
    rung: set[str] = field(default_factory=set)  # topics of the bell

    def add(self, other: Committed) -> None:
        self.queued += other.queued
        self.rung |= other.rung


class UnitOfWork:
    """Lives as long as the writing connection; the writer begins, commits and rolls back."""

    def __init__(self, connection: Any, dialect: str) -> None:
        self.connection = connection
        self.dialect = dialect
        self.writes = 0  # statements that changed something since the unit began
        self.committed = Committed()

    def one(self, statement: Hot, parameters: dict[str, Any]) -> Any:
        """The first row of a query, or None. Changes nothing."""
        return self._execute(statement, parameters).fetchone()

    def all(self, statement: Hot, parameters: dict[str, Any]) -> list[Any]:
        return self._execute(statement, parameters).fetchall()  # type: ignore[no-any-return]

    def change(self, statement: Hot, parameters: dict[str, Any]) -> int:
        """Runs a change and returns how many rows it met."""
        count = int(self._execute(statement, parameters).rowcount)
        if count > 0:
            self.writes += 1
        return count

    def change_one(self, statement: Hot, parameters: dict[str, Any]) -> Any:
        """Runs a change with RETURNING; its row, or None where the guard let nothing through."""
        row = self._execute(statement, parameters).fetchone()
        if row is not None:
            self.writes += 1
        return row

    def change_many(self, statement: Hot, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            cursor = self.connection.cursor()
            cursor.executemany(getattr(statement, self.dialect), rows)
            self.writes += 1

    def _execute(self, statement: Hot, parameters: dict[str, Any]) -> Any:
        return self.connection.execute(
            statement.sqlite if self.dialect == "sqlite" else statement.postgresql, parameters
        )

    def ring(self, topic: str) -> None:
        self.committed.rung.add(topic)

    def start_over(self) -> None:
        self.writes = 0
        self.committed = Committed()
