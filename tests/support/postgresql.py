"""One real PostgreSQL for the whole test session, started when a test first asks for it, emptied for each that does.

`database_url` makes a test, or a fixture, run twice: on SQLite (the URL is empty), and on PostgreSQL.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bank_node.store.schema import metadata
from federation.launcher.processes import die_with_parent
from tests.support.kafka import free_ports

MISSING = "no PostgreSQL on this machine. Fix: sudo apt install postgresql"
START_S = 120
USER, DATABASE = "bankfed", "postgres"
PASSWORD_USER = "careful"  # the one who needs a password; everybody else of this machine is trusted by this server
KNOBS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "100",
}


def programs() -> Path | None:
    """The folder of initdb and postgres: Debian keeps them away from the PATH."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(folders, key=lambda folder: float(folder.parent.name), default=None)


class PostgresqlForTests:
    """A server of its own, in a folder of its own, on a free loopback port. Tests that stop it need not start it."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self._folder = programs, folder
        self.port = free_ports(1)
        self._process: subprocess.Popen[bytes] | None = None
        # PostgreSQL refuses to run as root
        self._as: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if _is_root() else {}

    def url(self, user: str = USER, password: str = "", database: str = DATABASE) -> str:
        return f"postgresql+psycopg://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def make(self) -> None:
        if self._as:
            shutil.chown(self._folder, "postgres", "postgres")
        command = [self._programs / "initdb", "-D", self._data, "-U", USER, "-E", "UTF8", "--locale=C.UTF-8"]
        self._do([*command, "--auth=trust", "--no-sync", "--no-instructions"])
        rules = self._data / "pg_hba.conf"
        rules.write_text(f"host all {PASSWORD_USER} 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
        self.start()
        with self.connection() as connection:
            connection.execute(f"CREATE USER {PASSWORD_USER} PASSWORD 'right'")

    def start(self) -> None:
        knobs = [word for name, value in KNOBS.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, "-p", str(self.port), *knobs],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 (it allocates nothing that another thread could hold)
                **self._as,
            )
        answer = [self._programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        for _ in range(START_S * 10):
            if subprocess.run(answer, check=False).returncode == 0:
                return
            try:
                self._process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            break
        pytest.fail(f"PostgreSQL did not start:\n{self.log.read_text()}", pytrace=False)

    def stop(self) -> None:
        """At once, as in a power cut, but soon after a checkpoint: to replay a session's work takes minutes."""
        if self._process is not None:
            with suppress(psycopg.OperationalError), self.connection() as connection:
                connection.execute("CHECKPOINT")
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(START_S)
            self._process = None

    def heal(self) -> None:
        if self._process is None:
            self.start()

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection[Any]]:
        """As the server's owner, who may do anything."""
        url = self.url().replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection

    def empty(self) -> None:
        """Every bank's schema as at its very beginning: its tables stay, which saves making them for each test."""
        with self.connection() as connection:
            found = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'bank\\_%'").fetchall()
            connection.execute("SET session_replication_role = replica")  # no trigger defends the books now
            for (schema,) in found:
                tables = ", ".join(f"{schema}.{table}" for table in metadata.tables)
                connection.execute(f"TRUNCATE {tables} RESTART IDENTITY")

    def forget(self) -> None:
        """Every bank's schema is gone."""
        with self.connection() as connection:
            found = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'bank\\_%'").fetchall()
            for (schema,) in found:
                connection.execute(f"DROP SCHEMA {schema} CASCADE")

    @property
    def log(self) -> Path:
        return self._folder / "log"

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _do(self, command: list[Any]) -> None:
        done = subprocess.run(command, cwd=self._folder, capture_output=True, text=True, check=False, **self._as)
        if done.returncode != 0:
            pytest.fail(f"{command[0]} failed:\n{done.stdout}{done.stderr}", pytrace=False)


def _is_root() -> bool:
    return os.geteuid() == 0


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlForTests]:
    found = programs()
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING, pytrace=False)
        pytest.skip(MISSING)
    # not below pytest's own folder, which only its user may enter
    with tempfile.TemporaryDirectory(prefix="bankfed-postgresql-", ignore_cleanup_errors=True) as folder:
        server = PostgresqlForTests(found, Path(folder))
        try:
            server.make()
            yield server
        finally:
            server.stop()


@pytest.fixture
def postgresql(postgresql_server: PostgresqlForTests) -> Iterator[PostgresqlForTests]:
    """The server, running, without a bank's data."""
    postgresql_server.heal()
    postgresql_server.empty()
    yield postgresql_server
    postgresql_server.heal()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return ""
    server: PostgresqlForTests = request.getfixturevalue("postgresql")
    return server.url()
