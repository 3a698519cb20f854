"""A bank's database in the simulation: real SQLite with the real schema and triggers, in memory or in a file.

In memory a crash rolls back and keeps the connection. In a file the crash keeps a copy of the file and its log as they
are at that moment, and the next process opens the copy.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import cache, cached_property
from itertools import count
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import NullPool, StaticPool

from bank_node.store.database import Readers
from federation.simulation.line import ROLLBACK, Line

MANY_PAGES = 1 << 30
_numbers = count()  # of databases in this process's memory
_ask = sqlite3.Connection.execute  # no trouble meets readers


class OneLine(Readers):
    """Readers of a database that only its one connection sees. Between two units of work it shows what is committed."""

    def __init__(self, line: sqlite3.Connection) -> None:
        self._line = line
        self._reading = _Reading(line)

    def connection(self) -> AbstractContextManager[Connection]:  # type: ignore[override] # no generator's
        return cast("AbstractContextManager[Connection]", self._reading)

    def close(self) -> None:
        self._reading.close()
        self._line.close()


class _Reading:
    """A reader's connection. What is said in SQLite's own words goes to it straight: the loops of a bank ask so, and
    SQLAlchemy's way took ten times as long as the answer. The rest is done by SQLAlchemy's connection.
    """

    dialect = SQLiteDialect_pysqlite()

    def __init__(self, line: sqlite3.Connection) -> None:
        self._line = line
        self._full: Connection | None = None

    def exec_driver_sql(self, sql: str, parameters: dict[str, Any] | None = None) -> _Answer:
        return _Answer(_ask(self._line, sql, parameters or ()))

    def execute(self, *asked: Any) -> Any:
        if self._full is None:
            self._full = _all_lines().connect(self._line)
        return self._full.execute(*asked)

    def __enter__(self) -> _Reading:
        return self

    def __exit__(self, *_: object) -> None:
        if self._full is not None:
            self._full.rollback()

    def close(self) -> None:
        if self._full is not None:
            self._full.close()


class _Answer:
    """What a reader finds: plain rows."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self._cursor)

    def first(self) -> tuple[Any, ...] | None:
        return cast("tuple[Any, ...] | None", self._cursor.fetchone())

    def scalar(self) -> Any:
        row = self._cursor.fetchone()
        return None if row is None else row[0]


class _AllLines:
    """One engine over all of them: what a statement is in SQL is found out once."""

    def __init__(self) -> None:
        self._wanted: list[sqlite3.Connection] = []
        self._engine = create_engine("sqlite://", creator=self._wanted.pop, poolclass=NullPool)

    def connect(self, line: sqlite3.Connection) -> Connection:
        self._wanted.append(line)
        return self._engine.connect()


_all_lines = cache(_AllLines)


class MemoryDatabase:
    """One per bank and worker, taken up again by history after history.

    It begins anew through a line of its own, with the schema's version that it had: for the bank's line only rows are
    others than before, and what it has compiled stays good. To compile it again was a tenth of a history.
    """

    opened_again: Callable[[], None] | None = None  # told where the line is another one than before

    def __init__(self) -> None:
        place = f"file:/bank-{next(_numbers)}?vfs=memdb"
        self.line, self._beside = open_line(place), open_line(place)
        self.readers = OneLine(self.line)

    @cached_property
    def engine(self) -> Engine:
        """To make the schema with."""
        return create_engine("sqlite://", creator=lambda: self.line, poolclass=StaticPool)

    def begin(self, template: sqlite3.Connection) -> None:
        """As the template is."""
        self.line.before = self.line.on_commit = self.line.on_roll_back = None
        self.crash()
        self.set_room(None)
        if self.line.look("PRAGMA ignore_check_constraints").fetchone() != (0,):  # a mutant has switched it on
            self.line.look("PRAGMA ignore_check_constraints=OFF")
        template.backup(self._beside)
        (version,) = template.execute("PRAGMA schema_version").fetchone()
        self._beside.look(f"PRAGMA schema_version={version}")

    def begin_empty(self) -> None:
        """As on the day before a bank's first start; it was never more than that."""

    def is_empty(self) -> bool:
        (things,) = self.line.look("SELECT count(*) FROM sqlite_master").fetchone()
        return not things

    def crash(self) -> None:
        """The process is gone; what was committed stays."""
        if self.line.in_transaction:
            self.line.execute(ROLLBACK)

    def set_room(self, pages: int | None) -> None:
        """How many more pages the disk has; None: enough."""
        (used,) = self.line.look("PRAGMA page_count").fetchone()
        self.line.look(f"PRAGMA max_page_count={MANY_PAGES if pages is None else used + pages}")

    def close(self) -> None:
        self.readers.close()


class FileDatabase(MemoryDatabase):
    """Of one history."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._life = folder, 0
        folder.mkdir(parents=True)

    def begin(self, template: sqlite3.Connection) -> None:
        self._path.write_bytes(template.serialize())
        self._open()

    def begin_empty(self) -> None:
        self._open()

    def crash(self) -> None:
        """What is on the disk at this moment, log and all, is what the next process finds."""
        here = self._path
        self._life += 1
        for end in ("", "-wal"):
            if (file := Path(f"{here}{end}")).exists():
                shutil.copy(file, f"{self._path}{end}")
        self.close()
        self._open()
        if self.opened_again is not None:
            self.opened_again()

    @property
    def _path(self) -> Path:
        return self._folder / f"life-{self._life}.db"

    def _open(self) -> None:
        self.line = open_line(str(self._path))
        self.line.look("PRAGMA journal_mode=WAL")
        self.readers = OneLine(self.line)
        self.__dict__.pop("engine", None)  # it has the line before


def open_line(place: str, kind: type[Line] = Line) -> Line:
    line = sqlite3.connect(
        place,
        factory=kind,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
        timeout=0,
        uri=place.startswith("file:"),
    )
    for pragma in ("synchronous=OFF", "foreign_keys=ON", "temp_store=MEMORY"):
        line.look(f"PRAGMA {pragma}")
    return line
