"""Hot SQL: written once with `:name` parameters, said in the words of each driver, run on the driver's own connection.

SQL stands as SQL (a test prepares every statement against the real schema); inserts are made from the Table objects.
SQLAlchemy's own execution kept only a third to a fiftieth of the driver's speed here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, CursorResult, Table
from sqlalchemy.dialects import postgresql

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+(\w+)")
_quote = postgresql.dialect().identifier_preparer.quote  # type: ignore[no-untyped-call]

ALL: list[Hot] = []


class Hot:
    """One statement in the words of SQLite and of PostgreSQL; both take a dict of parameters."""

    __slots__ = ("postgresql", "sqlite", "tables")

    def __init__(self, sql: str, *, postgresql: str | None = None) -> None:
        self.sqlite = sql
        self.postgresql = _PARAMETER.sub(r"%(\1)s", postgresql or sql)
        self.tables = frozenset(_TABLE.findall(sql))
        ALL.append(self)


def ask(
    connection: Connection, statement: Hot, parameters: Mapping[str, Any] | None = None
) -> CursorResult[*tuple[Any, ...]]:
    """A reader's question that an idle bank asks again and again: SQLAlchemy takes longer over it than the database."""
    text = statement.sqlite if connection.dialect.name == "sqlite" else statement.postgresql
    return connection.exec_driver_sql(text, dict(parameters) if parameters else None)


class Rows:
    """Rows of one table that a unit of work collects and writes all at once: half the cost of one by one."""

    __slots__ = ("pick", "postgresql", "sqlite", "table")

    def __init__(self, table: Table, columns: Iterable[str]) -> None:
        names = [table.c[name].name for name in columns]
        into = f"INSERT INTO {table.name} ({', '.join(_quote(name) for name in names)})"
        self.table = table.name
        self.pick: Callable[[dict[str, Any]], tuple[Any, ...]] = itemgetter(*names)
        self.sqlite = f"{into} VALUES ({', '.join('?' * len(names))})"
        self.postgresql = f"{into} VALUES ({', '.join(['%s'] * len(names))})"


def insert(table: Table, columns: Iterable[str], tail: str = "") -> Hot:
    """An INSERT of these columns, each from the parameter of its own name; `tail` is ON CONFLICT or RETURNING."""
    names = [table.c[name].name for name in columns]
    listed = ", ".join(_quote(name) for name in names)
    values = ", ".join(f":{name}" for name in names)
    return Hot(f"INSERT INTO {table.name} ({listed}) VALUES ({values}) {tail}".rstrip())
