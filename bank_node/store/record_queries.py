"""Rows as they are kept, all their columns: for whoever wants to see what stands behind a page."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, select

from bank_node.store import schema

Row = dict[str, Any]


def row(connection: Connection, table: str, **key: Any) -> Row | None:
    """The one row of the table with this key."""
    found = rows(connection, table, 1, **key)
    return found[0] if found else None


def rows(connection: Connection, table: str, limit: int, **key: Any) -> list[Row]:
    of = schema.metadata.tables[table]
    query = select(of).where(*(of.c[name] == value for name, value in key.items())).limit(limit)
    return _kept(connection, query)


def waiting(connection: Connection, limit: int) -> list[Row]:
    """The messages of the outbox about money that wait to be sent, the oldest first."""
    of = schema.outbox
    waits = (of.c.lane == "money", of.c.published_us.is_(None), of.c.parked.is_(None))
    return _kept(connection, select(of).where(*waits).order_by(of.c.seq).limit(limit))


def _kept(connection: Connection, query: Select[Any]) -> list[Row]:
    return [{str(name): value for name, value in row.items()} for row in connection.execute(query).mappings()]
