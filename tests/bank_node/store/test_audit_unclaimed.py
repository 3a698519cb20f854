"""Every item of unclaimed money is held against the entry that put it aside and the log's word about its payment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.operations.send_transfer import send_transfer
from bank_node.operations.unclaimed import PayOut, pay_out_unclaimed
from bank_node.store.books import Books
from tests.support.cast import ALICE, CAROL, NOBODY, Town, an_order, open_town
from tests.support.tampering import found, one, tamper


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Alice closes her account while all her money is away: 60.00 are refused, and paid out since; of 40.00 two halves
    come back as returns."""
    town = open_town(tmp_path)
    town.alfa.do(send_transfer, an_order(60_00, to_account=NOBODY))
    accepted = town.alfa.do(send_transfer, an_order(40_00)).id
    town.alfa.set_state(ALICE, "closed")
    town.deliver()
    for _ in range(2):
        town.brvo.do(return_transfer, ReturnOrder("ALFA", accepted, 20_00))
    town.deliver()
    town.alfa.do(pay_out_unclaimed, PayOut(1, CAROL, "supervisor"))
    yield town
    town.close()


def test_items_paid_and_not_paid_hold(town: Town) -> None:
    assert town.alfa.count("unclaimed") == 3
    town.lawful()
    town.alfa.do(pay_out_unclaimed, PayOut(3, None, "supervisor"))
    town.lawful()


ITEM = {
    "of which transfer": "transaction_id = 'another'",
    "whose": "account_id = account_id + 1",
    "currency": "currency = 'USD'",
    "amount": "amount = amount + 1",
    "entry": "entry_id = 1",
    "moment": "at_us = at_us - 1",
}
PAID = {"with which entry": "paid_entry_id = 1", "when": "paid_us = 1", "by whom": "paid_by = 'mallory'"}


@pytest.mark.parametrize("change", [*ITEM.values(), *PAID.values()], ids=[*ITEM, *PAID])
@pytest.mark.parametrize("id_", [1, 2, 3])
def test_an_item_that_was_changed_is_named(town: Town, id_: int, change: str) -> None:
    tamper(town.alfa, f"UPDATE unclaimed SET {change} WHERE id = ?", id_)
    assert ("unclaimed", str(id_)) in found(town.alfa)
    others = {str(other) for other in (1, 2, 3) if other != id_}
    assert not others & {row for _, row in found(town.alfa)}


def test_an_item_that_is_to_be_paid_again_is_named(town: Town) -> None:
    tamper(town.alfa, "UPDATE unclaimed SET paid_entry_id = NULL, paid_us = NULL, paid_by = NULL WHERE id = 1")
    assert found(town.alfa) == [("unclaimed", "1")]


def test_the_payment_of_an_item_moved_to_its_twin_is_named(town: Town) -> None:
    """Two items alike in transfer and amount: which of them was paid, only the log says."""
    town.alfa.do(pay_out_unclaimed, PayOut(2, None, "supervisor"))
    columns = "paid_entry_id, paid_us, paid_by"
    tamper(town.alfa, f"UPDATE unclaimed SET ({columns}) = (SELECT {columns} FROM unclaimed WHERE id = 2) WHERE id = 3")
    tamper(town.alfa, "UPDATE unclaimed SET paid_entry_id = NULL, paid_us = NULL, paid_by = NULL WHERE id = 2")
    assert found(town.alfa) == [("unclaimed", "2"), ("unclaimed", "3")]


def test_an_item_that_is_gone_is_named_by_its_entry(town: Town) -> None:
    entry_id = one(town.alfa, "SELECT entry_id FROM unclaimed WHERE id = 2")
    tamper(town.alfa, "DELETE FROM unclaimed WHERE id = 2")
    assert found(town.alfa) == [("unclaimed", f"of entry {entry_id}")]


def test_an_item_that_stands_there_twice_is_named(town: Town) -> None:
    columns = "transaction_id, account_id, currency, amount, entry_id, at_us"
    tamper(town.alfa, f"INSERT INTO unclaimed ({columns}) SELECT {columns} FROM unclaimed WHERE id = 2")
    assert found(town.alfa) == [("unclaimed", "4")]


@pytest.mark.parametrize("facts", ["{}", '{"unclaimed": []}', '{"unclaimed": "2"}'])
def test_a_forged_row_about_a_payment_never_stops_the_check(town: Town, facts: str) -> None:
    def forge(books: Books, *_: object) -> None:
        books.audit.note("unclaimed_paid_out", "subject", "mallory", orjson.loads(facts))

    town.alfa.do(forge)
    assert found(town.alfa) == [("audit_log", str(town.alfa.count("audit_log")))]
