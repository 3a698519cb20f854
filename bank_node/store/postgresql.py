"""PostgreSQL's own ways: the connection, a schema for each bank, what went wrong in words, one writer at a time.

A bank lives in the schema `bank_alfa` of the database that DATABASE_URL names, so that one URL serves every bank of a
federation. The driver is an extra; nothing here is imported by a bank on SQLite.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.adapt import Loader
from psycopg.types.numeric import Int8Dumper
from sqlalchemy.engine import make_url

from bank_node.settings import BankSettings
from bank_node.store.errors import DatabaseProblem

OLDEST = 13  # nobody mends older ones
CONNECT_TIMEOUT_S = 3
IDLE_UNIT_OF_WORK_MS = 30_000  # a writer that was paused in the middle holds the others up no longer

# BEGIN IMMEDIATE of this house: the units of work of one bank follow each other, whoever writes.
BEGIN = "BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('bankfed writes ' || current_schema(), 0))"
MARK = "SELECT value FROM bank_facts WHERE name = %s"
FORGET_MARK = "DELETE FROM bank_facts WHERE name = %s"
_ONE_AT_A_TIME = "SELECT pg_advisory_lock(hashtextextended('bankfed migrates ' || %s, 0))"
_SCHEMA_EXISTS = "SELECT 1 FROM pg_namespace WHERE nspname = %s"


class _WholeNumber(Loader):
    """A sum of whole numbers is one; PostgreSQL calls it `numeric`, which would come as a Decimal."""

    def load(self, data: Any) -> int:
        return int(bytes(data))


def commit(name: str, unit: int) -> str:
    """Writes down which unit of work of this writer it is, in that unit of work: so it is there if and only if all is.

    The number PostgreSQL itself gives a transaction would not do: after a crash it gives it again, to another bank.
    """
    return (
        f"INSERT INTO bank_facts (name, value) VALUES ('{name}', '{unit}')"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value; COMMIT"
    )


def schema_of(bank_id: str) -> str:
    return f"bank_{bank_id.lower()}"


def connect(settings: BankSettings, *, read_only: bool = False) -> psycopg.Connection[Any]:
    """A connection into this bank's schema. Raises DatabaseProblem in words."""
    url = make_url(settings.database)
    options = {
        "search_path": schema_of(settings.bank_id),
        "lock_timeout": str(settings.busy_timeout_ms),
        "synchronous_commit": "on" if settings.synchronous == "FULL" else "off",
        "jit": "off",  # compiling takes longer than any query of a bank
    }
    if read_only:
        options |= {"default_transaction_read_only": "on", "default_transaction_isolation": r"repeatable\ read"}
    else:
        options["idle_in_transaction_session_timeout"] = str(IDLE_UNIT_OF_WORK_MS)
    query = {name: value for name, value in url.query.items() if isinstance(value, str)}
    said = " ".join([query.pop("options", ""), *(f"-c {name}={value}" for name, value in options.items())])
    asked: dict[str, Any] = {
        "host": url.host,
        "port": url.port,
        "dbname": url.database,
        "user": url.username,
        "password": url.password,
        "connect_timeout": CONNECT_TIMEOUT_S,
        "application_name": f"bankfed {settings.bank_id}",
        **query,
        "options": said.strip(),
    }
    try:
        connection = psycopg.connect(**{name: value for name, value in asked.items() if value is not None})
    except psycopg.Error as error:
        raise DatabaseProblem(_words(str(error), settings)) from error
    connection.adapters.register_dumper(int, Int8Dumper)  # one width: one prepared statement, not one for each width
    connection.adapters.register_loader("numeric", _WholeNumber)
    return connection


@contextmanager
def alone_in_schema(settings: BankSettings) -> Iterator[None]:
    """Makes the bank's schema where there is none, and keeps other processes from migrating it meanwhile."""
    schema = schema_of(settings.bank_id)
    with connect(settings) as connection:
        connection.autocommit = True
        version = connection.info.server_version
        if version < OLDEST * 10_000:
            words = f"{settings.database_place} runs PostgreSQL {version // 10_000}; bankfed needs {OLDEST} or newer"
            raise DatabaseProblem(words)
        connection.execute(_ONE_AT_A_TIME, (schema,))
        if connection.execute(_SCHEMA_EXISTS, (schema,)).fetchone() is None:
            try:
                connection.execute(f"CREATE SCHEMA {schema}".encode())
            except psycopg.errors.InsufficientPrivilege as error:
                user, database = connection.info.user, connection.info.dbname
                raise DatabaseProblem(
                    f"{user} may not make the schema {schema} in the database {database}; "
                    f'as its owner: GRANT CREATE ON DATABASE "{database}" TO "{user}"'
                ) from error
        yield


def _words(said: str, settings: BankSettings) -> str:
    """Why there is no connection and what to do; the server tells it in a sentence of its own."""
    place, url = settings.database_place, make_url(settings.database)
    if "password" in said:
        return f"{place} does not accept the password of {url.username or 'this user'}: correct it in DATABASE_URL"
    if "database" in said and "does not exist" in said:
        return f"{place}: there is no such database yet. Make it: createdb {url.database}"
    if "role" in said and "does not exist" in said:
        return f"{place} does not know the user {url.username}: correct DATABASE_URL, or createuser {url.username}"
    first = said.strip().splitlines()[0].removeprefix("connection failed: ") if said.strip() else "no reason was given"
    return f"{place} cannot be reached ({first}). Start the server, or correct DATABASE_URL"
