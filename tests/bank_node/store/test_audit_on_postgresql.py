"""The audit log on PostgreSQL: the same chain, also where two processes write in turns, and the same eye on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bank_node.ledger.chain import first_broken
from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.send_transfer import send_transfer
from bank_node.store.audit_check import check_chain
from bank_node.store.audit_queries import rows_after
from bank_node.store.postgresql import schema_of
from tests.support.cast import ALICE, CAROL, Town, an_order, open_small_bank, open_town
from tests.support.postgresql import PostgresqlForTests

pytestmark = pytest.mark.postgresql


@pytest.fixture
def town(tmp_path: Path, postgresql: PostgresqlForTests) -> Iterator[Town]:
    town = open_town(tmp_path, postgresql.url())
    town.alfa.do(send_transfer, an_order(12_50))
    town.deliver()
    yield town
    town.close()


def found(town: Town, bank: str) -> list[tuple[str, str]]:
    return [(finding.table, finding.row) for finding in town.banks[bank].read(check_chain).findings]


def tamper(postgresql: PostgresqlForTests, bank: str, table: str, sql: str) -> None:
    with postgresql.connection() as connection:
        connection.execute(f"SET search_path = {schema_of(bank)}")
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        assert connection.execute(sql).rowcount == 1
        connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")  # the next test has the same tables


def test_untouched_books_hold(town: Town) -> None:
    assert (found(town, "ALFA"), found(town, "BRVO")) == ([], [])


def test_two_processes_that_write_in_turns_make_one_chain(
    town: Town, tmp_path: Path, postgresql: PostgresqlForTests
) -> None:
    other = open_small_bank(tmp_path / "ALFA", "ALFA", {}, town.clock, postgresql.url())
    for amount in range(1, 10):
        town.alfa.do(deposit, CashOrder(ALICE, amount, "EUR"))
        other.do_all([(deposit, CashOrder(CAROL, amount, "EUR")), (send_transfer, an_order(amount))])
    rows = town.alfa.read(rows_after, 0, 1_000)
    assert first_broken(rows) is None
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert found(town, "ALFA") == []
    other.close()


@pytest.mark.parametrize(
    ("bank", "table", "sql", "row"),
    [
        ("ALFA", "audit_log", "UPDATE audit_log SET actor = 'mallory' WHERE seq = 3", "3"),
        ("ALFA", "entries", "UPDATE entries SET actor = 'mallory' WHERE id = 1", "1"),
        ("ALFA", "postings", "UPDATE postings SET amount = amount + 1 WHERE entry_id = 1 AND amount > 0", "/1"),
        ("ALFA", "transfers", "UPDATE transfers SET amount = amount + 1", ""),
        ("BRVO", "decisions", "UPDATE decisions SET amount = amount + 1", ""),
    ],
)
def test_a_row_that_was_changed_is_named(
    town: Town, postgresql: PostgresqlForTests, bank: str, table: str, sql: str, row: str
) -> None:
    tamper(postgresql, bank, table, sql)
    ((table_found, row_found),) = found(town, bank)
    assert table_found == table
    assert row_found.endswith(row)


@pytest.mark.parametrize("id_", [-(2**63), 0, 10**12, 2**63 - 1])
def test_an_entry_is_named_whatever_number_it_bears(town: Town, postgresql: PostgresqlForTests, id_: int) -> None:
    entry = f"INSERT INTO entries (id, kind, currency, actor, at_us) VALUES ({id_}, 'deposit', 'EUR', 'mallory', 1)"
    tamper(postgresql, "ALFA", "entries", entry)
    assert found(town, "ALFA") == [("entries", str(id_))]
