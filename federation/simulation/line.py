"""The line to a bank's database as the simulation sees it: it hears units of work begin and end, and may break.

A real SQLite connection. What listens here (the laws, the branches) sees what every program that writes here commits.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

BEGIN, COMMIT, ROLLBACK = "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"
_execute, _cursor = sqlite3.Connection.execute, sqlite3.Connection.cursor
Listener = Callable[[], None]


class Line(sqlite3.Connection):
    """`before` is called with each statement and may raise what a database raises.

    `told` is where rows are told to as they are written, once the line `tells` (mirror.py).
    """

    told: list[Any]
    tells = False

    before: Callable[[str], None] | None = None
    on_commit: Listener | None = None
    on_roll_back: Listener | None = None

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        if self.before is not None:
            self.before(sql)
        if sql == COMMIT:
            cursor = _execute(self, sql)
            if self.on_commit is not None:
                self.on_commit()
            return cursor
        if sql == ROLLBACK and self.on_roll_back is not None:
            self.on_roll_back()
        return _execute(self, sql, parameters)

    def rollback(self) -> None:
        """What a reader says when it gives the line back: a unit of work that is open on it is not its own."""

    def look(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        """A question of the simulation itself, which no trouble meets."""
        return _execute(self, sql, parameters)

    def cursor(self, *arguments: Any, **named: Any) -> Any:
        """What writes many rows at once asks for a cursor."""
        if self.before is not None and self.in_transaction:
            self.before("executemany")
        return _cursor(self, *arguments, **named)


class Trouble:
    """The database refuses: `locked` at the beginning of a unit of work, `error` at the n-th statement of one."""

    def __init__(self, *, locked: bool = False, error_at: int = 0) -> None:
        self._locked, self._error_at, self._statements = locked, error_at, 0

    def __call__(self, sql: str) -> None:
        if sql == BEGIN:
            self._statements = 0
            if self._locked:
                raise sqlite3.OperationalError("database is locked")
        elif sql != ROLLBACK:
            self._statements += 1
            if self._error_at and self._statements == self._error_at:
                raise sqlite3.OperationalError("disk I/O error")
