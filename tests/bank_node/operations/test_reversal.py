"""Undoing a mistake: once, on its day, with a reason, as a contra entry; a payment that has left is not undone."""

from __future__ import annotations

from typing import Any

import pytest

from bank_node.ledger.errors import Refusal
from bank_node.operations.business_day import DayOrder, close_day
from bank_node.operations.cash import CashOrder, deposit, withdraw
from bank_node.operations.claims import Claim
from bank_node.operations.drawers import DrawerClaim, DrawerCount, claim_drawer, close_drawer
from bank_node.operations.reversal import ReversalOrder, reverse
from bank_node.operations.send_transfer import send_transfer
from bank_node.store.reversals import reversal_about
from tests.support.cast import ALICE, CAROL, OPENING, Town, an_order


def cash(minor: int = 30_00, **other: Any) -> CashOrder:
    return CashOrder(ALICE, minor, "EUR", "okafor", **other)


def undo(town: Town, entry_id: int, reason: str = "wrong customer", actor: str = "okafor", **other: Any) -> Any:
    return town.alfa.do(reverse, ReversalOrder(entry_id, reason, actor, **other))


def refused(town: Town, code: str, entry_id: int, **other: Any) -> str:
    before = {table: town.alfa.count(table) for table in ("entries", "reversals", "audit_log")}
    with pytest.raises(Refusal) as refusal:
        undo(town, entry_id, **other)
    assert refusal.value.code == code
    assert before == {table: town.alfa.count(table) for table in before}
    town.lawful()
    return refusal.value.detail


@pytest.mark.parametrize("operation", [deposit, withdraw])
def test_cash_is_undone_by_the_opposite_entry(town: Town, operation: Any) -> None:
    vault = town.alfa.own_balance("vault")
    entry_id = town.alfa.do(operation, cash()).entry_id
    receipt = undo(town, entry_id)
    assert (town.alfa.balance(ALICE), town.alfa.own_balance("vault")) == (OPENING, vault)
    found = town.alfa.read(reversal_about, entry_id)
    assert (found.entry_id, found.reversal_id, found.reason) == (entry_id, int(receipt.id), "wrong customer")
    assert town.alfa.read(reversal_about, int(receipt.id)) == found
    town.lawful()


def test_a_payment_inside_the_bank_is_undone(town: Town) -> None:
    receipt = town.alfa.do(send_transfer, an_order(to_bank="ALFA", to_account=CAROL, actor="okafor"))
    undo(town, receipt.entry_id)
    assert (town.alfa.balance(ALICE), town.alfa.balance(CAROL)) == (OPENING, OPENING)
    town.lawful()


def test_a_reversal_sent_twice_is_booked_once_and_each_entry_is_undone_once(town: Town) -> None:
    entry_id, mine = town.alfa.do(deposit, cash()).entry_id, Claim("okafor:reversals", "k", "h")
    first, second = (undo(town, entry_id, claim=mine) for _ in range(2))
    assert (first.id, second.replayed) == (second.id, True)
    assert "reversed before, by entry" in refused(town, "final", entry_id)
    refused(town, "AG01", int(first.id))
    assert town.alfa.balance(ALICE) == OPENING


def test_a_payment_that_has_left_is_asked_back_instead(town: Town) -> None:
    entry_id = town.alfa.do(send_transfer, an_order(actor="okafor")).entry_id
    assert "ask for its return" in refused(town, "AG01", entry_id)


def test_a_tellers_own_entries_are_his_to_undo_others_a_supervisors(town: Town) -> None:
    entry_id = town.alfa.do(deposit, cash()).entry_id
    refused(town, "forbidden", entry_id, actor="other")
    undo(town, entry_id, actor="vogt", any_entry=True)
    assert town.alfa.balance(ALICE) == OPENING
    town.lawful()


def test_it_needs_a_reason_and_an_entry(town: Town) -> None:
    refused(town, "FF01", town.alfa.do(deposit, cash()).entry_id, reason=" ")
    refused(town, "not_found", 999)


def test_only_entries_of_this_business_day_are_undone(town: Town) -> None:
    entry_id = town.alfa.do(deposit, cash()).entry_id
    town.alfa.do(close_day, DayOrder(actor="okafor"))
    assert "another business day" in refused(town, "AG01", entry_id)


def test_the_clock_alone_makes_no_new_day_once_the_branch_has_spoken(town: Town) -> None:
    town.alfa.do(claim_drawer, DrawerClaim(1, {}, "vogt"))
    entry_id = town.alfa.do(deposit, cash()).entry_id
    town.clock.pass_ms(24 * 3_600_000)
    undo(town, entry_id)
    town.lawful()


def test_money_that_is_gone_again_cannot_be_taken_back(town: Town) -> None:
    entry_id = town.alfa.do(deposit, cash()).entry_id
    town.alfa.do(withdraw, cash(OPENING + 20_00))
    refused(town, "AM04", entry_id)


def test_cash_comes_back_to_the_drawer_it_came_from_or_to_where_its_teller_works_now(town: Town) -> None:
    first = int(town.alfa.do(claim_drawer, DrawerClaim(1, {}, "okafor")).id)
    one, two = (town.alfa.do(deposit, cash()).entry_id for _ in range(2))
    undo(town, one)
    assert -town.alfa.own_balance("drawer:1") == 30_00
    town.alfa.do(close_drawer, DrawerCount(first, {"EUR": {"1000": 3}}, actor="okafor"))
    town.alfa.do(claim_drawer, DrawerClaim(1, {}, "vogt"))
    town.alfa.do(claim_drawer, DrawerClaim(2, {"EUR": 30_00}, "okafor"))
    undo(town, two)
    assert (town.alfa.own_balance("drawer:1"), town.alfa.own_balance("drawer:2")) == (0, 0)
    town.lawful()


def test_a_drawer_without_the_cash_gives_none_back(town: Town) -> None:
    town.alfa.do(claim_drawer, DrawerClaim(1, {}, "okafor"))
    entry_id = town.alfa.do(deposit, cash()).entry_id
    town.alfa.do(withdraw, cash(10_00))
    refused(town, "drawer_short", entry_id)
