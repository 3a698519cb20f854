"""A bank's database in memory, taken up again by history after history."""

from __future__ import annotations

import sqlite3

import pytest

from federation.simulation.database import MemoryDatabase
from federation.simulation.founding import template_of

ALL = "SELECT id, code, currency, balance FROM accounts ORDER BY id"


@pytest.fixture
def database() -> MemoryDatabase:
    database = MemoryDatabase()
    database.begin(template_of("ALFA"))
    return database


def rows(line: sqlite3.Connection) -> list[object]:
    return list(line.execute(ALL))


def test_it_begins_anew_as_the_template_is_whatever_was_done_to_it(database: MemoryDatabase) -> None:
    founded = rows(template_of("ALFA"))
    for done in (
        "UPDATE accounts SET version = version + 1, balance = balance + 7",
        "CREATE TABLE scribbled (words TEXT)",
        "DROP TABLE quarantine",
        "PRAGMA ignore_check_constraints=ON",
    ):
        assert rows(database.line) == founded
        database.line.execute(done)
        database.begin(template_of("ALFA"))

    assert rows(database.line) == founded
    assert database.line.look("SELECT count(*) FROM sqlite_master WHERE name = 'scribbled'").fetchone() == (0,)
    assert database.line.look("SELECT count(*) FROM quarantine").fetchone() == (0,)
    assert database.line.look("PRAGMA ignore_check_constraints").fetchone() == (0,)
    assert database.line.look("PRAGMA integrity_check").fetchone() == ("ok",)


def test_of_an_old_backup_nothing_is_left_when_it_begins_anew(database: MemoryDatabase) -> None:
    other = template_of("BRVO")
    other.backup(database.line)
    assert rows(database.line) == rows(other)

    database.begin(template_of("ALFA"))

    assert rows(database.line) == rows(template_of("ALFA")) != rows(other)


def test_what_was_going_on_when_it_ended_is_rolled_back(database: MemoryDatabase) -> None:
    database.line.execute("BEGIN IMMEDIATE")
    database.line.execute("UPDATE accounts SET balance = balance + 7")

    database.begin(template_of("ALFA"))

    assert not database.line.in_transaction
    assert rows(database.line) == rows(template_of("ALFA"))


def test_two_databases_have_nothing_in_common(database: MemoryDatabase) -> None:
    other = MemoryDatabase()
    assert other.is_empty()
    assert not database.is_empty()


def test_what_its_line_has_compiled_stays_good(database: MemoryDatabase) -> None:
    """One that meets another schema is compiled again, and counted; that is what a history shall not pay for."""
    sql = "SELECT sum(reprep) FROM sqlite_stmt WHERE sql NOT LIKE 'PRAGMA%'"
    compiled = [row[0] for row in database.line.look("PRAGMA compile_options")]
    if "ENABLE_STMTVTAB" not in compiled:
        pytest.skip("this SQLite does not tell of its statements")
    rows(database.line)
    before = database.line.look(sql).fetchone()

    database.begin(template_of("ALFA"))

    rows(database.line)
    assert database.line.look(sql).fetchone() == before
