"""Money that comes back: whole or in part, never more than was sent, to the payer's own account."""

from __future__ import annotations

import orjson
import pytest

from bank_node.ledger.errors import Refusal
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.operations.send_transfer import send_transfer
from bank_node.store import transfer_queries
from bank_node.transfers.states import chip
from tests.support.cast import ALICE, BOB, CAROL, OPENING, Town, an_order


def a_payment(town: Town, amount_minor: int = 12_50) -> str:
    """Sent by Alice, credited to Bob, confirmed."""
    receipt = town.alfa.do(send_transfer, an_order(amount_minor))
    town.deliver()
    return str(receipt.id)


def give_back(town: Town, payment: str, amount_minor: int | None = None) -> str:
    return str(town.brvo.do(return_transfer, ReturnOrder("ALFA", payment, amount_minor, "not mine")).id)


def word_of(town: Town, payment: str) -> str:
    row = town.alfa.read(transfer_queries.transfer, payment)
    return chip(row.state, row.amount_minor, row.returned_minor).word


def test_all_of_it_comes_back(town: Town) -> None:
    payment = a_payment(town)
    give_back(town, payment)
    assert town.brvo.balance(BOB) == OPENING
    town.lawful()
    assert town.deliver() == ["credited", "completed"]
    assert town.alfa.balance(ALICE) == OPENING
    assert word_of(town, payment) == "Returned"
    town.lawful()


def test_a_repeated_return_gives_back_once(town: Town) -> None:
    payment = a_payment(town)
    give_back(town, payment, 2_50)
    assert town.deliver(times=3).count("credited") == 1
    assert town.alfa.balance(ALICE) == OPENING - 10_00
    assert word_of(town, payment) == "Partly returned"
    town.lawful()


def test_parts_never_sum_to_more_than_was_sent(town: Town) -> None:
    payment = a_payment(town)
    give_back(town, payment, 10_00)
    with pytest.raises(Refusal) as refused:
        give_back(town, payment, 2_51)
    assert refused.value.code == "AM02"
    give_back(town, payment, 2_50)
    with pytest.raises(Refusal):
        give_back(town, payment)
    town.deliver()
    assert town.alfa.balance(ALICE) == OPENING
    town.lawful()


def test_a_return_of_an_open_transfer_concludes_it_first(town: Town) -> None:
    receipt = town.alfa.do(send_transfer, an_order())
    town.brvo.take(town.brvo.record(town.alfa.waiting.pop().body))
    answer = town.brvo.waiting.pop()
    give_back(town, receipt.id, 2_50)
    town.alfa.take(town.alfa.record(town.brvo.waiting.pop().body))
    assert town.alfa.read(transfer_queries.transfer, receipt.id).state == "COMPLETED"
    assert town.alfa.take(town.alfa.record(answer.body)) == {"same": 1}, "the late answer finds it done"
    assert town.alfa.balance(ALICE) == OPENING - 10_00
    town.deliver()
    town.lawful()


@pytest.mark.parametrize("state", ["blocked", "debit_frozen"])
def test_a_frozen_payer_gets_it_too(town: Town, state: str) -> None:
    payment = a_payment(town)
    town.alfa.set_state(ALICE, state)
    give_back(town, payment)
    town.deliver()
    assert town.alfa.balance(ALICE) == OPENING


def test_what_comes_back_to_a_closed_account_is_unclaimed(town: Town) -> None:
    payment = a_payment(town, OPENING)
    town.alfa.set_state(ALICE, "closed")
    give_back(town, payment, 40_00)
    town.deliver()
    assert town.alfa.own_balance("unclaimed") == 40_00
    town.lawful()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"original_transaction_id": "never-sent"}, "MS03"),
        ({"original_hash": "0" * 64}, "MS03"),
        ({"original_hash": "short"}, "FF01"),
        ({"amount_minor": 12_51}, "AM02"),
        ({"amount_minor": 0}, "AM12"),
        ({"currency": "USD"}, "AM03"),
    ],
)
def test_a_return_that_does_not_fit_is_refused_and_bobs_bank_takes_it_back(
    town: Town, change: dict[str, object], code: str
) -> None:
    payment = a_payment(town)
    give_back(town, payment)
    fields = orjson.loads(town.brvo.waiting.pop().body) | change
    del fields["content_hash"]
    assert town.alfa.take(town.alfa.record(orjson.dumps(fields)), times=2) == {"refused": 1, "repeat": 1}
    assert orjson.loads(town.alfa.waiting[0].body)["reason"]["code"] == code
    assert town.alfa.balance(ALICE) == OPENING - 12_50


def test_a_refused_return_goes_back_to_bob_and_frees_what_was_set_aside(town: Town) -> None:
    payment = a_payment(town)
    give_back(town, payment, 2_50)
    returned = town.brvo.waiting.pop()
    town.alfa.connection.execute(f"UPDATE transfers SET to_bank = 'CHRL' WHERE transaction_id = '{payment}'")
    town.alfa.take(town.alfa.record(returned.body))
    town.alfa.connection.execute(f"UPDATE transfers SET to_bank = 'BRVO' WHERE transaction_id = '{payment}'")
    assert town.deliver() == ["refunded"]
    assert town.brvo.balance(BOB) == OPENING + 12_50
    give_back(town, payment)
    town.deliver()
    assert town.alfa.balance(ALICE) == OPENING
    town.lawful()


def test_the_account_named_in_the_message_is_never_looked_at(town: Town) -> None:
    payment = a_payment(town)
    give_back(town, payment)
    fields = orjson.loads(town.brvo.waiting.pop().body) | {"to_account": CAROL}
    del fields["content_hash"]
    town.alfa.take(town.alfa.record(orjson.dumps(fields)))
    assert (town.alfa.balance(ALICE), town.alfa.balance(CAROL)) == (OPENING, OPENING)


def test_a_return_cannot_be_returned(town: Town) -> None:
    returned = give_back(town, a_payment(town))
    town.deliver()
    with pytest.raises(Refusal) as refused:
        town.alfa.do(return_transfer, ReturnOrder("BRVO", returned))
    assert refused.value.code == "not_found"


def test_who_spent_the_money_cannot_give_it_back(town: Town) -> None:
    payment = a_payment(town)
    town.brvo.do(send_transfer, an_order(OPENING + 12_00, from_account=BOB, to_bank="ALFA", to_account=CAROL))
    with pytest.raises(Refusal) as refused:
        give_back(town, payment)
    assert refused.value.code == "AM04"
    town.lawful()
