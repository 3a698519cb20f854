"""The newest schema as plain statements: a new database is made of them, an older one is brought there by migrations.

They are worked out once in a process: alembic and SQLAlchemy's compiler, asked by each new bank, were a third of the
memory that it had for itself. A test holds both ways against each other.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, create_mock_engine

from bank_node.store.schema import metadata
from bank_node.store.triggers import TRIGGERS

_VERSION = (
    "CREATE TABLE alembic_version ("
    "version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)


@cache
def statements(dialect: str) -> tuple[str, ...]:
    """Tables, indexes and triggers in the words of `sqlite` or `postgresql`."""
    made: list[str] = []

    def write(statement: Any, *_: object, **__: object) -> None:
        made.append(str(statement.compile(dialect=engine.dialect)))

    engine = create_mock_engine(f"{dialect}://", write)
    metadata.create_all(engine, checkfirst=False)
    return (*made, *TRIGGERS[dialect])


def create_schema(connection: Connection, revision: str = "") -> None:
    """In a database that has none; with a revision it is written down, so that later migrations begin from there."""
    driver: Any = connection.connection.driver_connection
    for statement in statements(connection.dialect.name):
        driver.execute(statement)
    if revision:
        connection.exec_driver_sql(_VERSION)
        connection.exec_driver_sql(f"INSERT INTO alembic_version (version_num) VALUES ('{revision}')")
