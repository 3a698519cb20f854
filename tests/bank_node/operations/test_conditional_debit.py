"""Conditional debit: done only if so much is available; otherwise nothing, and the refusal says which it was."""

from __future__ import annotations

from typing import Any

import pytest

from bank_node.ledger.errors import Refusal
from bank_node.operations.cash import CashOrder, withdraw
from bank_node.operations.claims import Claim
from bank_node.operations.holds import HoldOrder, place_hold
from bank_node.operations.send_transfer import send_transfer
from tests.support.cast import ALICE, CAROL, OPENING, Town, an_order

WAYS = {
    "cash": lambda minor, **other: (withdraw, CashOrder(ALICE, minor, "EUR", **other)),
    "inside": lambda minor, **other: (send_transfer, an_order(minor, to_bank="ALFA", to_account=CAROL, **other)),
    "away": lambda minor, **other: (send_transfer, an_order(minor, **other)),
}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Any:
    return WAYS[request.param]


def refusal(town: Town, call: Any) -> Refusal:
    before = {table: town.alfa.count(table) for table in ("entries", "outbox", "transfers", "claims")}
    with pytest.raises(Refusal) as refused:
        town.alfa.do(*call)
    assert before == {table: town.alfa.count(table) for table in before}
    town.lawful()
    return refused.value


def test_it_is_done_where_so_much_is_available(town: Town, way: Any) -> None:
    town.alfa.do(*way(10_00, only_if_available_minor=OPENING))
    assert town.alfa.balance(ALICE) == OPENING - 10_00
    town.lawful()


def test_it_is_not_done_where_less_is(town: Town, way: Any) -> None:
    found = refusal(town, way(10_00, only_if_available_minor=OPENING + 1))
    assert (found.code, found.field) == ("condition_not_met", "only_if_available_minor")
    assert found.detail == "100.00 EUR are available; it was to be done only with 100.01 or more"


def test_what_is_held_is_not_available(town: Town, way: Any) -> None:
    town.alfa.do(place_hold, HoldOrder(ALICE, 1, "EUR", "a claim"))
    assert refusal(town, way(10_00, only_if_available_minor=OPENING)).code == "condition_not_met"


def test_without_the_money_it_is_the_money_that_lacks(town: Town, way: Any) -> None:
    assert refusal(town, way(OPENING + 1, only_if_available_minor=1)).code == "AM04"


def test_the_second_of_two_sees_what_the_first_took(town: Town, way: Any) -> None:
    call = way(10_00, only_if_available_minor=OPENING)
    first, second = town.alfa.do_all([call, call], keep_errors=True)
    assert (first.entry_id is not None, second.code) == (True, "condition_not_met")
    town.lawful()


def test_sent_twice_with_one_key_it_is_done_once(town: Town, way: Any) -> None:
    call = way(10_00, only_if_available_minor=OPENING, claim=Claim("okafor:x", "k", "h"))
    assert town.alfa.do(*call).id == town.alfa.do(*call).id
    assert town.alfa.balance(ALICE) == OPENING - 10_00
    town.lawful()
