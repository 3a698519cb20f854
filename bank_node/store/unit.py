"""One unit of work on the writing connection: runs statements, counts changes, remembers whom to tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bank_node.store.statements import Hot, Rows


@dataclass(slots=True)
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


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Why a bank may not believe its own books, and since when."""

    reason: str
    since_us: int


@dataclass(slots=True)
class Committed:
    """What a unit of work did that others want to know of once it is committed."""

    queued: list[OutboxRow] = field(default_factory=list)
    rung: set[str] = field(default_factory=set)  # topics of the bell
    suspicion: Suspicion | None = None  # what it found the bank to be held against

    def add(self, other: Committed) -> None:
        self.queued += other.queued
        self.rung |= other.rung
        self.suspicion = self.suspicion or other.suspicion


class UnitOfWork:
    """Lives as long as the writing connection; the writer begins, commits and rolls back.

    New rows are collected and written together (`add`, `write_rows`), at the latest before the commit, and before any
    statement that names a table of which some are waiting: no operation ever misses what it wrote.
    """

    def __init__(self, connection: Any, dialect: str) -> None:
        self.connection = connection
        self.dialect = dialect
        self.writes = 0  # statements that changed something since the unit began
        self.now_us = 0  # its moment, one for all its operations
        self.committed = Committed()
        self._rows: dict[Rows, list[tuple[Any, ...]]] = {}  # in the order of first use: entries before their postings
        self._waiting: set[str] = set()  # the tables these belong to
        self._highest: dict[str, int] = {}

    def add(self, rows: Rows, row: dict[str, Any]) -> None:
        """Collects a new row; it has a value for each of the columns."""
        self.add_tuple(rows, rows.pick(row))

    def add_tuple(self, rows: Rows, row: tuple[Any, ...]) -> None:
        waiting = self._rows.get(rows)
        if waiting is None:
            waiting = self._rows[rows] = []
            self._waiting.add(rows.table)
        waiting.append(row)
        self.writes += 1

    def next_number(self, highest: Hot, table: str) -> int:
        """The number after the highest one of a table. Nobody else writes during a unit of work."""
        number = self._highest.get(table)
        if number is None:
            number = self.one(highest, {})[0] or 0
        self._highest[table] = number + 1
        return number + 1

    def write_rows(self) -> None:
        """Writes what was collected."""
        collected, self._rows = self._rows, {}
        self._waiting.clear()
        cursor = self.connection.cursor()
        for rows, values in collected.items():
            cursor.executemany(rows.sqlite if self.dialect == "sqlite" else rows.postgresql, values)

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
            if not self._waiting.isdisjoint(statement.tables):
                self.write_rows()
            cursor = self.connection.cursor()
            cursor.executemany(getattr(statement, self.dialect), rows)
            self.writes += 1

    def one_unwritten(self, statement: Hot, parameters: dict[str, Any]) -> Any:
        """`one` for who knows that no collected row can be its answer."""
        text = statement.sqlite if self.dialect == "sqlite" else statement.postgresql
        return self.connection.execute(text, parameters).fetchone()

    def _execute(self, statement: Hot, parameters: dict[str, Any]) -> Any:
        if not self._waiting.isdisjoint(statement.tables):
            self.write_rows()
        return self.connection.execute(
            statement.sqlite if self.dialect == "sqlite" else statement.postgresql, parameters
        )

    def ring(self, topic: str) -> None:
        self.committed.rung.add(topic)

    def start_over(self) -> None:
        self.writes = 0
        self.committed = Committed()
        self._rows.clear()
        self._waiting.clear()
        self._highest.clear()
