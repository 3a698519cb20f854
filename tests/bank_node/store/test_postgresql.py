"""What PostgreSQL does otherwise than SQLite. Everything else about it is shown where both databases are tried."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import psycopg
import pytest
from sqlalchemy import inspect

from bank_node.settings import BankSettings
from bank_node.store import postgresql as server_side
from bank_node.store.database import (
    DatabaseProblem,
    Readers,
    _migrate_within,
    open_database,
    writing_connection,
)
from bank_node.store.errors import StoreUnavailable
from bank_node.store.new_schema import create_schema
from bank_node.store.postgresql import connect, schema_of
from tests.support.cast import ALICE, Town, an_order
from tests.support.postgresql import PASSWORD_USER, PostgresqlForTests

pytestmark = pytest.mark.postgresql


def settings(url: str, bank_id: str = "ALFA", **knobs: Any) -> BankSettings:
    return BankSettings(bank_id=bank_id, database_url=url, **knobs)


def test_one_url_serves_every_bank_each_in_a_schema_of_its_own(postgresql: PostgresqlForTests) -> None:
    postgresql.forget()
    for bank_id in ("ALFA", "BRVO"):
        open_database(settings(postgresql.url(), bank_id)).dispose()
    with postgresql.connection() as connection:
        found = connection.execute("SELECT table_schema, count(*) FROM information_schema.tables GROUP BY 1").fetchall()
    tables = dict(found)
    assert tables["bank_alfa"] == tables["bank_brvo"] > 10
    assert "public" not in tables


def test_opening_twice_changes_nothing(postgresql: PostgresqlForTests) -> None:
    postgresql.forget()
    for _ in range(2):
        open_database(settings(postgresql.url())).dispose()


def shape(engine: Any) -> dict[str, Any]:
    """Every table's columns, checks and indexes, and the triggers."""
    with engine.connect() as connection:
        look = inspect(connection)
        found: dict[str, Any] = {
            table: (
                sorted((c["name"], str(c["type"]), c["nullable"], c["default"]) for c in look.get_columns(table)),
                sorted((c["name"], c["sqltext"]) for c in look.get_check_constraints(table)),
                sorted(
                    (i["name"], i["column_names"], i["unique"], str(i["dialect_options"]))
                    for i in look.get_indexes(table)
                ),
                look.get_pk_constraint(table)["constrained_columns"],
            )
            for table in look.get_table_names()
            if table != "alembic_version"
        }
        triggers = "SELECT tgname, tgrelid::regclass::text FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid"
        mine = " WHERE NOT tgisinternal AND c.relnamespace = current_schema()::regnamespace ORDER BY 1"
        found["triggers"] = connection.exec_driver_sql(triggers + mine).all()
        return found


def test_the_migrations_lead_to_the_schema_of_the_code(postgresql: PostgresqlForTests) -> None:
    shapes = []
    for make in (_migrate_within, create_schema):
        postgresql.forget()
        with postgresql.connection() as connection:
            connection.execute("CREATE SCHEMA bank_alfa")
        engine = server_engine(settings(postgresql.url()))
        with engine.begin() as connection:
            make(connection)
        shapes.append(shape(engine))
        engine.dispose()
    assert shapes[0] == shapes[1]
    postgresql.forget()


def server_engine(of: BankSettings) -> Any:
    from bank_node.store.database import _engine

    return _engine(of)


def test_readers_cannot_write_and_see_one_moment(town_on_server: Town) -> None:
    from bank_node.operations.send_transfer import send_transfer
    from bank_node.store import queries

    with town_on_server.alfa.readers.connection() as connection:
        before = queries.account(connection, ALICE)
        town_on_server.alfa.do(send_transfer, an_order())
        assert queries.account(connection, ALICE) == before
        with pytest.raises(Exception, match="read-only"):
            connection.exec_driver_sql("DELETE FROM positions")


def test_sums_are_whole_numbers_and_never_overflow(town_on_server: Town) -> None:
    connection = town_on_server.alfa.connection
    found = connection.execute("SELECT sum(n) FROM (VALUES (9223372036854775807), (1)) AS v (n)").fetchone()[0]
    assert found == 2**63
    assert not isinstance(found, Decimal)


def test_a_server_that_is_away_is_said_in_words(postgresql: PostgresqlForTests) -> None:
    readers = Readers(settings(postgresql.url()))
    postgresql.stop()
    with pytest.raises(DatabaseProblem, match=r"cannot be reached .*Start the server"):
        open_database(settings(postgresql.url()))
    with pytest.raises(StoreUnavailable, match="cannot be reached"), readers.connection():
        pass
    readers.close()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"user": PASSWORD_USER, "password": "wrong"}, f"does not accept the password of {PASSWORD_USER}"),
        ({"user": "nobody"}, "does not know the user nobody"),
        ({"database": "nowhere"}, "no such database yet. Make it: createdb nowhere"),
        ({"user": PASSWORD_USER, "password": "right"}, "may not make the schema bank_zulu .*GRANT CREATE"),
    ],
)
def test_what_is_wrong_with_a_url_is_said_in_words_without_the_password(
    postgresql: PostgresqlForTests, how: dict[str, str], words: str
) -> None:
    with pytest.raises(DatabaseProblem, match=words) as problem:
        open_database(settings(postgresql.url(**how), "ZULU"))
    assert "wrong" not in str(problem.value)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://root@localhost/x", "DATABASE_URL is empty or sqlite:///.* it names mysql"),
        ("postgresql://anna:wrong@localhost:port/x", "PostgreSQL at localhost:port/x cannot be opened"),
    ],
)
def test_a_url_that_cannot_be_one_is_refused_in_words(url: str, words: str) -> None:
    with pytest.raises(DatabaseProblem, match=words) as problem:
        open_database(settings(url))
    assert "wrong" not in str(problem.value)


def test_an_old_server_is_refused_in_words(postgresql: PostgresqlForTests, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_side, "OLDEST", 99)
    with pytest.raises(DatabaseProblem, match="bankfed needs 99 or newer"):
        open_database(settings(postgresql.url()))


def test_somebody_elses_schema_and_a_newer_one_are_left_alone(postgresql: PostgresqlForTests) -> None:
    postgresql.forget()
    with postgresql.connection() as connection:
        connection.execute("CREATE SCHEMA bank_alfa")
        connection.execute("CREATE TABLE bank_alfa.recipes (cake text)")
    with pytest.raises(DatabaseProblem, match="not a database of a bank"):
        open_database(settings(postgresql.url()))
    postgresql.forget()
    open_database(settings(postgresql.url())).dispose()
    with postgresql.connection() as connection:
        connection.execute("UPDATE bank_alfa.alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseProblem, match="newer bankfed"):
        open_database(settings(postgresql.url()))
    postgresql.forget()


def test_a_password_is_never_shown() -> None:
    secret = settings("postgresql+psycopg://anna:hunter2@db.example:6432/bankfed")
    assert secret.database_place == "PostgreSQL at db.example:6432/bankfed"
    assert "hunter2" not in repr(secret)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE postings SET amount = 1",
        "DELETE FROM postings",
        "TRUNCATE postings",
        "UPDATE entries SET kind = 'other'",
        "DELETE FROM entries",
        "TRUNCATE entries CASCADE",
        "DELETE FROM decisions",
        "UPDATE decisions SET decision = 'REJECTED'",
        "TRUNCATE decisions",
        "UPDATE transfers SET state = 'REJECTED' WHERE state = 'COMPLETED'",
        "DELETE FROM transfers",
        "TRUNCATE transfers",
        "UPDATE accounts SET balance = floor - 1 WHERE kind = 'customer'",
        "UPDATE accounts SET balance = 10000000000000001 WHERE kind = 'customer'",
    ],
)
def test_what_no_statement_may_do(town_on_server: Town, sql: str) -> None:
    from bank_node.operations.send_transfer import send_transfer

    town_on_server.alfa.do(send_transfer, an_order())
    town_on_server.deliver()
    bank = town_on_server.brvo if "decisions" in sql else town_on_server.alfa
    with pytest.raises(psycopg.errors.IntegrityError):
        bank.connection.execute(sql)


def test_a_bank_writes_into_its_own_schema_only(town_on_server: Town) -> None:
    with connect(town_on_server.alfa.settings) as connection:
        assert connection.execute("SHOW search_path").fetchone() == (schema_of("ALFA"),)


def test_the_driver_is_asked_for_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "bank_node.store.postgresql", None)
    monkeypatch.delattr("bank_node.store.postgresql")
    with pytest.raises(DatabaseProblem, match="driver is not installed"):
        open_database(settings("postgresql://localhost/bankfed"))


def test_the_writing_connection_is_in_charge_of_its_own_transactions(postgresql: PostgresqlForTests) -> None:
    engine = open_database(settings(postgresql.url()))
    connection = writing_connection(engine)
    engine.dispose()
    assert connection.autocommit
    connection.close()
