"""What the tables are made of: the kinds of columns, checks and indexes that `schema` uses, on either database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, MetaData, Table, Text, text

metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_name)s",
        "uq": "%(table_name)s_%(column_0_name)s_once",
        "ck": "%(table_name)s_%(constraint_name)s",
    }
)
Big = BigInteger().with_variant(Integer(), "sqlite")  # SQLite's INTEGER has 64 bits
Words = Text().with_variant(Text(collation="C"), "postgresql")  # one order everywhere, whatever the server's locale


def table(name: str, *parts: Any, rowid: bool = True) -> Table:
    return Table(name, metadata, *parts, sqlite_strict=True, sqlite_with_rowid=rowid)


def number(name: str, **options: Any) -> Column[int]:
    return Column(name, Big, nullable=False, **options)


def words(name: str, **options: Any) -> Column[str]:
    return Column(name, Words, nullable=False, **options)


def maybe(name: str, kind: Any = Words) -> Column[Any]:
    return Column(name, kind, nullable=True)


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def partial(name: str, *columns: str, where: str) -> Index:
    """An index of the rows that somebody looks for, and no others."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


def partial_once(name: str, *columns: str, where: str) -> Index:
    """At most one of these rows for each value."""
    return Index(name, *columns, unique=True, sqlite_where=text(where), postgresql_where=text(where))
