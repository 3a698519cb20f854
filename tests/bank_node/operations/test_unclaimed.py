"""Money whose account is gone: kept item by item, each paid out once, to an account or in cash."""

from __future__ import annotations

from typing import Any

import pytest

from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import AMOUNT_MAX
from bank_node.operations.accounts import NewAccount, open_account
from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.claims import Claim
from bank_node.operations.drawers import DrawerClaim, claim_drawer
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.operations.send_transfer import send_transfer
from bank_node.operations.unclaimed import PayOut, pay_out_unclaimed
from bank_node.store.audit_check import check_chain
from bank_node.store.unclaimed import unclaimed
from tests.support.cast import ALICE, BOB, CAROL, NOBODY, OPENING, Town, an_order


def ownerless(town: Town) -> list[Any]:
    """Alice closes her account while all her money is away: 60.00 are refused by BRVO, 40.00 come back as a return."""
    refused = town.alfa.do(send_transfer, an_order(60_00, to_account=NOBODY)).id
    accepted = town.alfa.do(send_transfer, an_order(40_00)).id
    town.alfa.set_state(ALICE, "closed")
    town.deliver(times=2)
    town.brvo.do(return_transfer, ReturnOrder("ALFA", accepted))
    town.deliver(times=2)
    items = town.alfa.read(unclaimed)
    assert [(item.transaction_id, item.amount_minor) for item in items] == [(accepted, 40_00), (refused, 60_00)]
    town.lawful()
    return list(items)


def pay(town: Town, item_id: int, to_account: str | None = None, claim: Claim | None = None) -> Any:
    return town.alfa.do(pay_out_unclaimed, PayOut(item_id, to_account, "supervisor", claim))


def test_each_item_names_its_transfer_and_its_last_owner(town: Town) -> None:
    for item in ownerless(town):
        assert (item.account, item.owner, item.currency) == (ALICE, "Alice", "EUR")
        assert (item.paid_us, item.paid_by) == (None, None)
    assert town.alfa.own_balance("unclaimed") == OPENING


def test_a_return_that_the_other_bank_refused_is_kept_too(town: Town) -> None:
    payment = town.alfa.do(send_transfer, an_order(40_00)).id
    town.deliver()
    town.brvo.do(return_transfer, ReturnOrder("ALFA", payment))
    town.brvo.do(send_transfer, an_order(OPENING, from_account=BOB, to_bank="ALFA", to_account=CAROL))
    town.brvo.set_state(BOB, "closed")
    town.alfa.connection.execute(f"UPDATE transfers SET to_bank = 'CHRL' WHERE transaction_id = '{payment}'")
    town.deliver()
    town.alfa.connection.execute(f"UPDATE transfers SET to_bank = 'BRVO' WHERE transaction_id = '{payment}'")
    (item,) = town.brvo.read(unclaimed)
    assert (item.account, item.owner, item.amount_minor) == (BOB, "Bob", 40_00)
    town.lawful()


def test_it_is_paid_to_a_customers_account(town: Town) -> None:
    item = ownerless(town)[0]
    receipt = pay(town, item.id, CAROL)
    assert receipt.balance_minor == town.alfa.balance(CAROL) == OPENING + 40_00
    paid, kept = town.alfa.read(unclaimed)
    assert (paid.paid_entry_id, paid.paid_by, kept.paid_us) == (receipt.entry_id, "supervisor", None)
    assert town.alfa.read(unclaimed, paid=False) == [kept]
    assert town.alfa.read(unclaimed, paid=True) == [paid]
    town.lawful()


def test_it_is_paid_in_cash_from_the_vault_and_counts_as_a_withdrawal(town: Town) -> None:
    vault = town.alfa.own_balance("vault")
    for item in ownerless(town):
        assert pay(town, item.id).balance_minor is None
        town.lawful()
    assert town.alfa.own_balance("vault") == vault + OPENING, "credit-positive: there is less in it"
    assert town.alfa.own_balance("unclaimed") == 0
    assert town.alfa.read(check_chain).ok


def test_it_is_paid_once(town: Town) -> None:
    item = ownerless(town)[0]
    claim = Claim("supervisor:pay-out", "key-1", "the same request")
    receipt = pay(town, item.id, CAROL, claim)
    assert pay(town, item.id, CAROL, claim).id == receipt.id, "the same request has the stored answer"
    for to_account in (CAROL, None):
        with pytest.raises(Refusal) as refused:
            pay(town, item.id, to_account)
        assert refused.value.code == "final"
    outcomes = town.alfa.do_all(
        [(pay_out_unclaimed, PayOut(ownerless_id, None)) for ownerless_id in (1, 1)], keep_errors=True
    )
    assert [type(outcome).__name__ for outcome in outcomes] == ["Receipt", "Refusal"]
    assert town.alfa.balance(CAROL) == OPENING + 40_00
    town.lawful()


def test_what_cannot_be_paid_out_stays_kept_and_says_why(town: Town) -> None:
    item = ownerless(town)[0]
    town.alfa.set_state(CAROL, "blocked")
    for item_id, to_account, code in (
        (999, CAROL, "not_found"),
        (item.id, BOB, "not_found"),
        (item.id, "Carol", "BE04"),
        (item.id, ALICE, "AC04"),
        (item.id, CAROL, "AC06"),
    ):
        with pytest.raises(Refusal) as refused:
            pay(town, item_id, to_account)
        assert refused.value.code == code
    town.alfa.set_state(CAROL, "debit_frozen")
    town.alfa.connection.execute(f"UPDATE accounts SET balance = {AMOUNT_MAX} WHERE code = '{CAROL}'")
    with pytest.raises(Refusal) as refused:
        pay(town, item.id, CAROL)
    assert refused.value.code == "AM02", "money that is paid out is a fresh credit"
    town.alfa.connection.execute(f"UPDATE accounts SET balance = {OPENING} WHERE code = '{CAROL}'")
    dollars = town.alfa.do(open_account, NewAccount(2, "current", "USD")).id
    with pytest.raises(Refusal) as refused:
        pay(town, item.id, dollars)
    assert refused.value.code == "AM03"
    town.lawful()
    assert town.alfa.own_balance("unclaimed") == OPENING


def test_what_was_paid_out_no_statement_takes_back(town: Town) -> None:
    item = ownerless(town)[0]
    pay(town, item.id, CAROL)
    with pytest.raises(Exception, match=r"paid out|never changes"):
        town.alfa.connection.execute(f"UPDATE unclaimed SET paid_us = NULL WHERE id = {item.id}")


def test_in_cash_it_comes_out_of_the_drawer_of_who_pays_it_and_never_out_of_an_empty_one(town: Town) -> None:
    item = next(item for item in ownerless(town) if item.amount_minor == 40_00)
    town.alfa.do(claim_drawer, DrawerClaim(1, {"EUR": 39_99}, "supervisor"))
    with pytest.raises(Refusal, match=r"39\.99"):
        pay(town, item.id)
    town.alfa.do(deposit, CashOrder(CAROL, 1, "EUR", "supervisor"))
    pay(town, item.id)
    assert town.alfa.own_balance("drawer:1") == 0
    town.lawful()
