from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine

from bank_node.settings import BankSettings
from bank_node.store import database as opening
from bank_node.store import migrations
from bank_node.store.database import REVISION, DatabaseProblem, Readers, open_database
from bank_node.store.new_schema import create_schema
from bank_node.store.schema import metadata

TABLES = tuple(metadata.tables)


def settings(folder: Path) -> BankSettings:
    return BankSettings(bank_id="ALFA", data_dir=folder, synchronous="OFF")


def shape(connection: Connection) -> dict[str, list[str]]:
    """Every table, index and trigger with the parts of its definition, in any order."""
    found = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'alembic%' AND name NOT LIKE 'sqlite_%'"
    )
    return {name: sorted(re.sub(r"\s+", " ", sql or "").replace(",", " ").split()) for name, sql in found}


def test_the_migrations_lead_to_the_schema_of_the_code(tmp_path: Path) -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        opening._migrate_within(connection)
        migrated = shape(connection)
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == REVISION
        counts = {table: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() for table in TABLES}
    assert {table for table, rows in counts.items() if rows} <= {"bank_facts"}, "a new database needs these rows too"
    engine.dispose()
    fresh = create_engine("sqlite://")
    with fresh.connect() as connection:
        create_schema(connection)
        assert shape(connection) == migrated
    fresh.dispose()


def test_a_new_database_is_made_of_the_newest_schema_and_says_which_that_is(tmp_path: Path) -> None:
    engine = open_database(settings(tmp_path))
    with engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == REVISION
        made = shape(connection)
        opening._migrate_within(connection)  # finds nothing to do
        assert shape(connection) == made
    engine.dispose()


def test_of_two_processes_that_open_a_new_database_the_second_finds_it_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It had seen an empty one before it waited for the first."""
    engine = open_database(settings(tmp_path))
    opening._upgrade(engine, None)
    opening._upgrade(engine, None)
    engine.dispose()


def test_the_newest_migration_is_the_one_the_code_names() -> None:
    versions = sorted(path.name[:4] for path in Path(migrations.__path__[0], "versions").glob("0*.py"))
    assert versions[-1] == REVISION


def test_opening_twice_changes_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        open_database(settings(tmp_path)).dispose()


def change_by_hand(tmp_path: Path, sql: str) -> None:
    connection = sqlite3.connect(tmp_path / "bank.db")
    connection.execute(sql)
    connection.commit()
    connection.close()


def test_a_database_of_a_newer_version_is_refused_in_words(tmp_path: Path) -> None:
    open_database(settings(tmp_path)).dispose()
    change_by_hand(tmp_path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseProblem, match="newer bankfed"):
        open_database(settings(tmp_path))


def test_somebody_elses_database_is_left_alone(tmp_path: Path) -> None:
    change_by_hand(tmp_path, "CREATE TABLE recipes (cake TEXT)")
    with pytest.raises(DatabaseProblem, match="not a database of a bank"):
        open_database(settings(tmp_path))


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "bank.db").write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(DatabaseProblem, match="cannot be opened"):
        open_database(settings(tmp_path))


def test_readers_cannot_write(tmp_path: Path) -> None:
    open_database(settings(tmp_path)).dispose()
    readers = Readers(settings(tmp_path))
    with readers.connection() as connection, pytest.raises(Exception, match="readonly"):
        connection.exec_driver_sql("DELETE FROM customers")
    readers.close()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE postings SET amount = 1",
        "DELETE FROM postings",
        "UPDATE entries SET kind = 'other'",
        "DELETE FROM entries",
        "DELETE FROM decisions",
        "UPDATE decisions SET decision = 'REJECTED'",
        "UPDATE transfers SET state = 'REJECTED' WHERE state = 'COMPLETED'",
        "DELETE FROM transfers",
        "UPDATE accounts SET balance = floor - 1 WHERE kind = 'customer'",
        "UPDATE accounts SET balance = 10000000000000001 WHERE kind = 'customer'",
    ],
)
def test_what_no_statement_may_do(tmp_path: Path, sql: str) -> None:
    from bank_node.operations.send_transfer import send_transfer
    from tests.support.cast import an_order, open_town

    town = open_town(tmp_path)
    town.alfa.do(send_transfer, an_order())
    town.deliver()
    bank = town.brvo if "decisions" in sql else town.alfa
    with pytest.raises(sqlite3.IntegrityError):
        bank.connection.execute(sql)
    town.close()


def test_what_is_booked_passes_no_trigger(tmp_path: Path) -> None:
    """Only what is sealed once a month does: a trigger on each new posting would slow every payment."""
    engine = open_database(settings(tmp_path))
    with engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '% BEFORE INSERT %'"
        )
        assert {row[0] for row in found} == {"sealed_months", "archived_balances"}
    engine.dispose()
