from __future__ import annotations

import pytest

from bank_node.ledger.account import make_number
from bank_node.ledger.errors import Refusal
from bank_node.operations.claims import Claim
from bank_node.operations.send_transfer import send_transfer
from bank_node.store import transfer_queries
from tests.support.cast import ALICE, BOB, CAROL, OPENING, Town, an_order


def test_a_sent_transfer_debits_alice_and_waits_in_the_outbox(town: Town) -> None:
    receipt = town.alfa.do(send_transfer, an_order(12_50))
    assert (receipt.status, receipt.state) == ("pending", "PENDING")
    assert town.alfa.balance(ALICE) == OPENING - 12_50
    assert town.alfa.own_balance("suspense:out") == 12_50
    assert [row.key for row in town.alfa.waiting] == ["BRVO"]
    town.lawful()


def test_it_arrives_and_is_confirmed(town: Town) -> None:
    receipt = town.alfa.do(send_transfer, an_order(12_50))
    assert town.deliver() == ["credited", "completed"]
    assert town.brvo.balance(BOB) == OPENING + 12_50
    row = town.alfa.read(transfer_queries.transfer, receipt.id)
    assert (row.state, row.due_us) == ("COMPLETED", None)
    assert town.alfa.own_balance("clearing:BRVO") == 12_50
    assert town.brvo.own_balance("clearing:ALFA") == -12_50
    town.lawful()


def test_inside_the_bank_it_is_final_at_once_and_needs_no_message(town: Town) -> None:
    receipt = town.alfa.do(send_transfer, an_order(5_00, to_bank="ALFA", to_account=CAROL))
    assert receipt.status == "completed"
    assert (town.alfa.balance(ALICE), town.alfa.balance(CAROL)) == (OPENING - 5_00, OPENING + 5_00)
    assert town.alfa.waiting == []
    town.lawful()


def test_the_same_key_and_content_is_the_same_transfer(town: Town) -> None:
    order = an_order(claim=Claim("teller1 POST /transfers", "k1", "h1"))
    first, second = town.alfa.do(send_transfer, order), town.alfa.do(send_transfer, order)
    assert second.id == first.id
    assert (first.replayed, second.replayed) == (False, True)
    assert town.alfa.balance(ALICE) == OPENING - 12_50


def test_the_same_key_twice_in_one_unit_of_work_is_one_transfer(town: Town) -> None:
    order = an_order(claim=Claim("teller1", "k1", "h1"))
    first, second = town.alfa.do_all([(send_transfer, order), (send_transfer, order)])
    assert first.id == second.id
    assert town.alfa.balance(ALICE) == OPENING - 12_50


def test_a_used_key_with_other_content_is_refused(town: Town) -> None:
    town.alfa.do(send_transfer, an_order(claim=Claim("teller1", "k1", "h1")))
    with pytest.raises(Refusal) as refused:
        town.alfa.do(send_transfer, an_order(99, claim=Claim("teller1", "k1", "h2")))
    assert refused.value.code == "key_reused"
    assert town.alfa.balance(ALICE) == OPENING - 12_50


def test_a_refused_request_leaves_its_key_free(town: Town) -> None:
    claim = Claim("teller1", "k1", "h1")
    with pytest.raises(Refusal):
        town.alfa.do(send_transfer, an_order(OPENING + 1, claim=claim))
    assert town.alfa.do(send_transfer, an_order(1, claim=claim)).status == "pending"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount_minor": 0}, "AM12"),
        ({"amount_minor": -5}, "AM12"),
        ({"amount_minor": 10**15 + 1}, "AM12"),
        ({"amount_minor": 1.5}, "AM12"),
        ({"amount_minor": True}, "AM12"),
        ({"amount_minor": OPENING + 1}, "AM04"),
        ({"currency": "USD"}, "AM03"),
        ({"currency": "XXX"}, "AM03"),
        ({"to_bank": "ZULU"}, "unknown_bank"),
        ({"to_bank": "ALFA", "to_account": ALICE}, "same_account"),
        ({"to_bank": "ALFA", "to_account": make_number("ALFA", 99)}, "AC01"),
        ({"to_account": CAROL}, "BE04"),
        ({"to_account": "XF00BRVO0000000001"}, "BE04"),
        ({"from_account": make_number("ALFA", 99)}, "not_found"),
        ({"from_account": "nonsense"}, "BE04"),
        ({"reference": "x" * 141}, "FF01"),
        ({"reference": "line\nbreak"}, "FF01"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "AB05"),
        ({"expires_at": "tomorrow"}, "FF01"),
        ({"expires_at": "9999-12-31T23:59:59-14:00"}, "FF01"),
        ({"reference": "\u202e00.05"}, "FF01"),
    ],
)
def test_what_is_wrong_is_refused_and_moves_nothing(town: Town, change: dict[str, object], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        town.alfa.do(send_transfer, an_order(**{"amount_minor": 1, **change}))  # type: ignore[arg-type]
    assert refused.value.code == code
    assert town.alfa.balance(ALICE) == OPENING
    assert town.alfa.count("transfers") == 0
    assert town.alfa.count("outbox") == 0


@pytest.mark.parametrize("state", ["debit_frozen", "blocked"])
def test_a_frozen_account_sends_nothing(town: Town, state: str) -> None:
    town.alfa.set_state(ALICE, state)
    with pytest.raises(Refusal) as refused:
        town.alfa.do(send_transfer, an_order())
    assert refused.value.code == "AC06"


def test_forty_debits_of_an_account_that_covers_ten_give_ten(town: Town) -> None:
    results = town.alfa.do_all([(send_transfer, an_order(10_00))] * 40, keep_errors=True)
    refused = [result for result in results if isinstance(result, Refusal)]
    assert len(refused) == 30
    assert {refusal.code for refusal in refused} == {"AM04"}
    assert town.alfa.balance(ALICE) == 0
    town.lawful()
