"""A payment went to the wrong account and was credited. Its sender asks for it back; the other bank's staff decide."""

from __future__ import annotations

import pytest

from bank_node.ledger.errors import Refusal
from bank_node.operations.accounts import StateChange, change_state
from bank_node.operations.answer_recall import Agreement, RecallRefusal, agree_to_recall, refuse_recall
from bank_node.operations.cash import CashOrder, withdraw
from bank_node.operations.recall import RecallOrder, recall_transfer
from bank_node.operations.unclaimed import PayOut, pay_out_unclaimed
from bank_node.store import recall_queries
from bank_node.store.recall_queries import AskedRow, RequestRow
from bank_node.store.unclaimed import UnclaimedRow, unclaimed
from tests.support.cast import ALICE, BOB, CAROL, OPENING
from tests.support.running import Federation


def asked(federation: Federation, payment: str) -> AskedRow:
    with federation.alfa.bank.readers.connection() as connection:
        return recall_queries.recalls_of_sent(connection, payment)[0]


def on_the_desk(federation: Federation) -> list[RequestRow]:
    with federation.brvo.bank.readers.connection() as connection:
        return recall_queries.requests(connection, state="OPEN")


def ownerless(federation: Federation) -> list[UnclaimedRow]:
    with federation.alfa.bank.readers.connection() as connection:
        return unclaimed(connection, paid=False)


def called_back(federation: Federation) -> str:
    """A payment of 12.50 from Alice to Bob, completed; its recall lies on the desk of Bob's bank."""
    payment = str(federation.alfa.send(12_50).result().id)
    federation.until(lambda: federation.alfa.state(payment) == "COMPLETED")
    federation.alfa.bank.submit_and_wait(recall_transfer, RecallOrder(payment, "the wrong Bob", "teller1"))
    federation.until(lambda: len(on_the_desk(federation)) == 1)
    assert federation.brvo.balance(BOB) == OPENING + 12_50, "a recall moves no money"
    return payment


def test_they_agree_and_the_money_comes_back(federation: Federation) -> None:
    payment = called_back(federation)
    (item,) = on_the_desk(federation)
    assert (item.reason, item.amount_minor) == ("the wrong Bob", 12_50)

    federation.brvo.bank.submit_and_wait(agree_to_recall, Agreement("ALFA", item.recall_id, None, "supervisor"))
    federation.until(lambda: asked(federation, payment).state == "AGREED")
    federation.until_quiet()

    assert (federation.alfa.balance(ALICE), federation.brvo.balance(BOB)) == (OPENING, OPENING)
    with pytest.raises(Refusal) as refused:
        federation.alfa.bank.submit_and_wait(recall_transfer, RecallOrder(payment, None, "teller1"))
    assert refused.value.code == "AM02"
    federation.lawful()


def test_they_refuse_and_it_stays_where_it_is(federation: Federation) -> None:
    payment = called_back(federation)
    (item,) = on_the_desk(federation)

    refusal = RecallRefusal("ALFA", item.recall_id, "Bob says it is his", "supervisor")
    federation.brvo.bank.submit_and_wait(refuse_recall, refusal)
    federation.until(lambda: asked(federation, payment).state == "REFUSED")

    assert asked(federation, payment).answer_text == "Bob says it is his"
    assert federation.brvo.balance(BOB) == OPENING + 12_50
    federation.lawful()


def test_what_comes_back_for_a_closed_account_waits_for_its_owner(federation: Federation) -> None:
    called_back(federation)
    (item,) = on_the_desk(federation)
    federation.alfa.bank.submit_and_wait(withdraw, CashOrder(ALICE, OPENING - 12_50, "EUR"))
    federation.alfa.bank.submit_and_wait(change_state, StateChange(ALICE, "closed"))

    federation.brvo.bank.submit_and_wait(agree_to_recall, Agreement("ALFA", item.recall_id, None, "supervisor"))
    federation.until(lambda: len(ownerless(federation)) == 1)
    federation.until_quiet()

    (kept,) = ownerless(federation)
    assert (kept.owner, kept.account, kept.amount_minor) == ("Alice", ALICE, 12_50)
    federation.lawful()
    federation.alfa.bank.submit_and_wait(pay_out_unclaimed, PayOut(kept.id, CAROL, "supervisor"))
    assert federation.alfa.balance(CAROL) == OPENING + 12_50
    assert ownerless(federation) == []
    federation.lawful()
