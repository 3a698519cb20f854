"""The database of one bank: engine and pragmas, migration at start, the writing connection, the query-only readers.

What is PostgreSQL's alone is in `postgresql`, imported only by a bank that uses it.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from bank_node.clock import Clock, Ids
from bank_node.settings import BankSettings
from bank_node.store.books import Books
from bank_node.store.commit import Commits
from bank_node.store.errors import DatabaseProblem, StoreUnavailable
from bank_node.store.new_schema import create_schema
from bank_node.store.unit import UnitOfWork
from bank_node.transfers.charter import Charter

__all__ = [
    "REVISION",
    "DatabaseProblem",
    "Readers",
    "open_commits",
    "open_database",
    "writing_connection",
]

REVISION = "0006"  # the newest migration; a test compares it with the folder


def open_database(settings: BankSettings, migrating: Callable[[], None] | None = None) -> Engine:
    """The engine over this bank's database, migrated to the newest schema. Raises DatabaseProblem in words.

    `migrating` is called with the new schema in a transaction that is not committed.
    """
    try:
        if settings.on_postgresql:
            with _server().alone_in_schema(settings):
                return _migrated(settings, migrating)
        url = make_url(settings.database)
        if url.get_backend_name() != "sqlite":
            words = "DATABASE_URL is empty or sqlite:///… for SQLite, postgresql+psycopg://… for PostgreSQL"
            raise DatabaseProblem(f"{words}; it names {url.get_backend_name()}")
        if url.database not in (None, "", ":memory:"):
            _make_folder(Path(str(url.database)).parent)
        return _migrated(settings, migrating)
    except DatabaseProblem:
        raise
    except Exception as error:
        raise DatabaseProblem(f"{settings.database_place} cannot be opened: {error}") from error


def _migrated(settings: BankSettings, migrating: Callable[[], None] | None) -> Engine:
    engine = _engine(settings)
    try:
        migrate(engine, settings.database_place, migrating)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _server() -> ModuleType:
    try:
        from bank_node.store import postgresql
    except ImportError as error:
        words = "DATABASE_URL names PostgreSQL, whose driver is not installed. Fix: pip install 'psycopg[binary]'"
        raise DatabaseProblem(words) from error
    return postgresql


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        words = f"{folder} cannot be made ({error.strerror}); choose a folder you may write to"
        raise DatabaseProblem(words) from error


def _engine(settings: BankSettings, *, query_only: bool = False) -> Engine:
    if settings.on_postgresql:
        connect = partial(_server().connect, settings, read_only=query_only)
        return create_engine(
            "postgresql+psycopg://",
            creator=connect,
            pool_size=settings.readers,
            max_overflow=2,
            pool_pre_ping=True,  # a line that was cut while nobody looked is no reader's trouble
            use_native_hstore=False,
        )
    url = make_url(settings.database)
    pragmas = {
        "journal_mode": "WAL",
        "synchronous": settings.synchronous,
        "busy_timeout": settings.busy_timeout_ms,
        "foreign_keys": "ON",
        "cache_size": -settings.cache_kib,
        "mmap_size": settings.mmap_mib << 20,
        "temp_store": "MEMORY",
        "query_only": "ON" if query_only else "OFF",
    }
    engine = create_engine(url, pool_size=settings.readers, max_overflow=2, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def tune(connection: sqlite3.Connection, _record: object) -> None:
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name}={value}")

    return engine


def migrate(engine: Engine, place: str, migrating: Callable[[], None] | None = None) -> None:
    """Brings the schema to REVISION: made whole if there is none, copied aside before an older one is changed."""
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
        found = None
        if "alembic_version" in tables:
            found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if found == REVISION:
        return
    if found is None and tables - {"alembic_version"}:
        raise DatabaseProblem(f"{place} is not a database of a bank; choose another")
    if found is not None and found > REVISION:
        raise DatabaseProblem(
            f"{place} was written by a newer bankfed (schema {found}; this one knows up to {REVISION}). "
            "Use that version again, or choose another folder with --data"
        )
    if found is not None and engine.dialect.name == "sqlite":
        _copy_aside(engine, str(found))
    _upgrade(engine, migrating)


def _copy_aside(engine: Engine, revision: str) -> None:
    path = Path(str(engine.url.database))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy2(path, path.with_name(f"{path.name}.before-{revision}"))


def _upgrade(engine: Engine, migrating: Callable[[], None] | None) -> None:
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":  # its driver begins nothing by itself before CREATE TABLE
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        if inspect(connection).has_table("alembic_version"):
            _migrate_within(connection)
        else:
            create_schema(connection, REVISION)
        if migrating is not None:
            migrating()


def _migrate_within(connection: Connection) -> None:
    """From whatever revision it has, in the transaction of whoever calls."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def writing_connection(engine: Engine) -> Any:
    """The driver's connection for the writer, in charge of its own transactions."""
    raw = engine.raw_connection()
    connection = raw.driver_connection
    raw.detach()
    if engine.dialect.name == "sqlite":
        connection.isolation_level = None  # type: ignore[union-attr]
    else:
        connection.autocommit = True  # type: ignore[union-attr]
    return connection


def open_commits(engine: Engine, settings: BankSettings, charter: Charter, clock: Clock, ids: Ids) -> Commits:
    """The writing end: a connection of its own, the books over it, and what commits them."""
    connection = writing_connection(engine)
    books = Books(UnitOfWork(connection, engine.dialect.name), charter)
    if not settings.on_postgresql:
        return Commits(connection, books, clock, ids)
    from bank_node.store.server_commits import ServerCommits

    return ServerCommits(partial(writing_connection, engine), books, clock, ids, settings)


class Readers:
    """A small pool of query-only connections; each `connection()` sees one moment of the database."""

    def __init__(self, settings: BankSettings) -> None:
        self._engine = _engine(settings, query_only=True)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        try:
            opened = self._engine.connect()
        except (DatabaseProblem, OperationalError) as error:
            raise StoreUnavailable(str(error)) from error
        with opened as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            yield connection

    def close(self) -> None:
        self._engine.dispose()
