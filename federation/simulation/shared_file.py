"""A bank's database that several processes write: a file, and a line of its own for each of them.

A line hands over before each statement. While another one is in a unit of work, a new one waits for its turn as long as
a real bank's would.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from federation.simulation.database import FileDatabase, OneLine, open_line
from federation.simulation.line import BEGIN, COMMIT, ROLLBACK, Line

AT_ONCE_US = 400  # until the next statement, at most
COMMIT_US = 20_000  # until it is on the disk, at most
BUSY_US, BUSY_TRIES = 20_000, 500  # until a line that waits looks again, at most: about 5 s in all


class SharedLine(Line):
    """`hand_over` lets others run, for at most so many microseconds."""

    hand_over: Callable[[int], None] | None = None

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        if sql == BEGIN:
            return self._begin()
        if sql != ROLLBACK:
            self._let_others(COMMIT_US if sql == COMMIT else AT_ONCE_US)
        return super().execute(sql, parameters)

    def cursor(self, *arguments: Any, **named: Any) -> Any:
        if self.in_transaction:
            self._let_others(AT_ONCE_US)
        return super().cursor(*arguments, **named)

    def _begin(self) -> sqlite3.Cursor:
        self._let_others(AT_ONCE_US)
        for _ in range(BUSY_TRIES):
            try:
                return super().execute(BEGIN)
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise
            self._let_others(BUSY_US)
        return super().execute(BEGIN)

    def _let_others(self, span_us: int) -> None:
        if self.hand_over is not None:
            self.hand_over(span_us)


class SharedFile(FileDatabase):
    """`line` is nobody's: it looks on. Whoever makes a process takes a line and readers for it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.taken: dict[Line, OneLine] = {}

    def take(self) -> tuple[SharedLine, OneLine]:
        path = str(self._path)
        line, read = cast(SharedLine, open_line(path, SharedLine)), open_line(path)
        readers = self.taken[line] = OneLine(read)
        return line, readers

    def give_back(self, line: Line) -> None:
        """Its process has ended."""
        self.taken.pop(line).close()
        line.close()

    def set_room(self, pages: int | None) -> None:
        looks_on = self.line
        for line in [*self.taken, looks_on]:
            self.line = line
            super().set_room(pages)
