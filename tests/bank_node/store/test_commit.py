from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bank_node.ledger.errors import Refusal
from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.send_transfer import send_transfer
from bank_node.store.commit import StoreUnavailable
from tests.support.cast import ALICE, OPENING, Town, an_order, open_town


@pytest.fixture
def sqlite_town(tmp_path: Path) -> Iterator[Town]:
    town = open_town(tmp_path)
    yield town
    town.close()


def fail(books: Any, now_us: int, ids: Any) -> None:
    books.ledger.credit(books.ledger.facts(ALICE).id, 1)
    raise RuntimeError("a bug")


def refuse_late(books: Any, now_us: int, ids: Any) -> None:
    books.ledger.credit(books.ledger.facts(ALICE).id, 1)
    raise Refusal("AG01", "too late to refuse")


def crash(books: Any, now_us: int, ids: Any) -> None:
    books.ledger.credit(books.ledger.facts(ALICE).id, 1)
    raise KeyboardInterrupt


@pytest.mark.parametrize("bad", [fail, refuse_late])
def test_only_the_bad_operation_of_a_batch_fails(town: Town, bad: Any) -> None:
    order = CashOrder(ALICE, 1_00, "EUR")
    first, middle, last = town.alfa.do_all([(deposit, order), (bad,), (deposit, order)], keep_errors=True)
    assert isinstance(middle, RuntimeError | Refusal)
    assert (first.balance_minor, last.balance_minor) == (OPENING + 1_00, OPENING + 2_00)
    assert town.alfa.balance(ALICE) == OPENING + 2_00
    town.lawful()


def test_a_refusal_costs_the_batch_nothing(town: Town) -> None:
    town.alfa.do_all([(send_transfer, an_order(1)), (send_transfer, an_order(0))], keep_errors=True)
    assert town.alfa.balance(ALICE) == OPENING - 1


def test_a_crash_in_the_middle_keeps_nothing_and_a_restart_goes_on(town: Town) -> None:
    with pytest.raises(KeyboardInterrupt):
        town.alfa.do_all([(deposit, CashOrder(ALICE, 1_00, "EUR")), (crash,)])
    assert town.alfa.balance(ALICE) == OPENING
    town.alfa.do(deposit, CashOrder(ALICE, 1_00, "EUR"))
    assert town.alfa.balance(ALICE) == OPENING + 1_00
    town.lawful()


def test_a_locked_database_is_said_and_nothing_is_kept(sqlite_town: Town) -> None:
    other = sqlite3.connect(sqlite_town.alfa.settings.data_dir / "bank.db", isolation_level=None)
    sqlite_town.alfa.connection.execute("PRAGMA busy_timeout=1")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        sqlite_town.alfa.do(deposit, CashOrder(ALICE, 1_00, "EUR"))
    other.execute("ROLLBACK")
    other.close()
    sqlite_town.alfa.do(deposit, CashOrder(ALICE, 1_00, "EUR"))
    assert sqlite_town.alfa.balance(ALICE) == OPENING + 1_00


def test_a_full_disk_is_said_and_nothing_is_kept(sqlite_town: Town) -> None:
    pages = sqlite_town.alfa.connection.execute("PRAGMA page_count").fetchone()[0]
    sqlite_town.alfa.connection.execute(f"PRAGMA max_page_count={pages}")
    results = sqlite_town.alfa.do_all([(deposit, CashOrder(ALICE, 1, "EUR"))] * 2000, keep_errors=True)
    assert {type(result) for result in results} == {StoreUnavailable}
    assert "full" in str(results[0])
    assert sqlite_town.alfa.balance(ALICE) == OPENING
    sqlite_town.alfa.connection.execute("PRAGMA max_page_count=1000000")
    sqlite_town.alfa.do(deposit, CashOrder(ALICE, 1, "EUR"))
    sqlite_town.lawful()
