"""The accounts of an entry are found along the audit log, or without it; and a decision by its id alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bank_node.operations.cash import CashOrder, deposit, withdraw
from bank_node.operations.customers import NewCustomer, open_customer
from bank_node.operations.reversal import ReversalOrder, reverse
from bank_node.operations.send_transfer import send_transfer
from bank_node.store import counter_queries
from bank_node.store.moved import BOOKED_FROM, STEPS_MAX, accounts_moved
from bank_node.store.statements import ask
from bank_node.store.transfer_queries import decision
from tests.support.cast import ALICE, CAROL, Town, an_order, open_town


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """A bank in which people are opened between the entries, now one, now many."""
    town = open_town(tmp_path)
    for number in range(30):
        town.alfa.do(deposit, CashOrder(ALICE, 1_00 + number, "EUR"))
        for other in range(number % 7):
            town.alfa.do(open_customer, NewCustomer(f"Customer {number} {other}"))
        town.alfa.do(withdraw, CashOrder(CAROL, 1_00, "EUR"))
    return town


def _steps(town: Town, entry_id: int) -> tuple[Any, int]:
    steps = 0

    def find(connection: Any) -> Any:
        def look(place: dict[str, Any]) -> Any:
            nonlocal steps
            steps += 1
            return ask(connection, BOOKED_FROM, place).first()

        return accounts_moved(look, entry_id)

    return town.alfa.read(find), steps


def test_every_entry_is_found_in_few_steps(town: Town) -> None:
    rows = town.alfa.connection.execute("SELECT entry_id, group_concat(account_id) FROM postings GROUP BY entry_id")
    for entry_id, accounts in rows.fetchall():
        found, steps = _steps(town, entry_id)
        assert sorted(found) == sorted(map(int, accounts.split(",")))
        assert steps <= 10
    town.close()


def test_an_entry_that_the_log_does_not_know_is_found_without_it(town: Town) -> None:
    before = [town.alfa.read(counter_queries.entry, id_) for id_ in (1, 2, 40, 62)]
    connection = town.alfa.connection
    for trigger in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {trigger[0]}")
    connection.execute("DELETE FROM audit_log WHERE seq < 20")  # as of books that are older than their log
    found, steps = _steps(town, 1)
    assert (found, steps <= STEPS_MAX) == (None, True)
    connection.execute("UPDATE audit_log SET facts = '{\"entry\":nothing}' WHERE seq > 100")
    assert [town.alfa.read(counter_queries.entry, id_) for id_ in (1, 2, 40, 62)] == before
    assert all(len(row.postings) == 2 for row in before)
    town.close()


def test_a_log_that_names_half_of_an_entry_does_not_hide_the_other_half(town: Town) -> None:
    connection = town.alfa.connection
    for trigger in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {trigger[0]}")
    connection.execute(
        'UPDATE audit_log SET facts = \'{"entry":40,"postings":[[1,1]]}\' WHERE facts LIKE \'{"entry":40,%\''
    )
    row = town.alfa.read(counter_queries.entry, 40)
    assert sum(posting.amount_minor for posting in row.postings) == 0
    assert len(row.postings) == 2
    town.close()


def test_there_is_no_entry_beyond_the_last_one(town: Town) -> None:
    assert _steps(town, 10**9)[0] is None
    assert town.alfa.read(counter_queries.entry, 10**9) is None
    town.close()


def test_an_entry_of_this_very_unit_of_work_can_be_undone(town: Town) -> None:
    """Its row of the log is not written yet: every account is looked at."""

    def book_and_undo(books: Any, now_us: int, ids: Any) -> int:
        receipt = deposit(books, now_us, ids, CashOrder(ALICE, 5_00, "EUR", "okafor"))
        return int(reverse(books, now_us, ids, ReversalOrder(int(receipt.id), "a slip", "okafor")).id)

    balance = town.alfa.balance(ALICE)
    undone = town.alfa.do(book_and_undo)
    assert town.alfa.balance(ALICE) == balance
    assert {posting.code for posting in town.alfa.read(counter_queries.entry, undone).postings} == {ALICE, "vault"}
    town.lawful()
    town.close()


def test_a_payment_is_found_by_its_id_whichever_bank_it_came_from(town: Town) -> None:
    ids = [town.alfa.do(send_transfer, an_order(1_00 + number)).id for number in range(3)]
    town.deliver()
    for id_ in ids:
        assert town.brvo.read(decision, id_) == town.brvo.read(decision, id_, "ALFA")
        assert town.brvo.read(decision, id_, "CHRL") is None
    assert town.brvo.read(decision, "nothing") is None
    assert town.alfa.read(decision, ids[0]) is None  # nobody ever sent anything there
    town.close()
