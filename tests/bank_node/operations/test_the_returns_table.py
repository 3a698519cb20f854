"""The table of who receives a return, row by row: judged against the transfer this bank sent, whatever its state.
On SQLite alone: each operation has its own tests, and those run on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from bank_node.ledger.money import AMOUNT_MAX
from bank_node.operations.cancel_transfer import Question, cancel_by_hand
from bank_node.operations.cash import CashOrder, withdraw
from bank_node.operations.publishing import Published, mark_published
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.operations.send_transfer import send_transfer
from bank_node.store import transfer_queries
from bank_node.transfers import messages
from tests.support.cast import ALICE, BOB, CAROL, DIRECTORY, OPENING, Town, an_order, open_town

AMOUNT, PART = 12_50, 2_50
OPEN = ("PENDING", "SENT", "CANCELLING")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = open_town(tmp_path, directory={**DIRECTORY, "CHRL": "http://127.0.0.1:8003"})
    yield town
    town.close()


@dataclass
class Paid:
    """Alice's payment, credited to Bob; ALFA is in `state` about it, and BRVO's answer is on its way or was heard."""

    town: Town
    id: str
    answer: bytes

    @property
    def line(self) -> Any:
        return self.town.alfa.read(transfer_queries.transfer, self.id)

    def give_back(self, amount_minor: int | None = None) -> bytes:
        """BRVO returns so much of it; the message, carried by nobody yet."""
        self.town.brvo.do(return_transfer, ReturnOrder("ALFA", self.id, amount_minor))
        return bytes(self.town.brvo.waiting.pop().body)

    def take(self, body: bytes, times: int = 1) -> dict[Any, int]:
        return dict(self.town.alfa.take(self.town.alfa.record(body), times))

    def answers(self) -> list[dict[str, Any]]:
        rows = list(self.town.alfa.waiting)
        self.town.deliver()
        return [orjson.loads(row.body) for row in rows]


def a_payment(town: Town, state: str) -> Paid:
    id_ = town.alfa.do(send_transfer, an_order(AMOUNT)).id
    row = town.alfa.waiting.pop()
    town.brvo.take(town.brvo.record(row.body))
    answer = town.brvo.waiting.pop()
    town.brvo.do(mark_published, [Published(answer, 0, 1)])
    if state != "PENDING":
        town.alfa.do(mark_published, [Published(row, 0, 1)])
    if state == "CANCELLING":
        town.alfa.do(cancel_by_hand, Question(id_, "teller1"))
        town.alfa.do(mark_published, [Published(town.alfa.waiting.pop(), 0, 2)])
    if state == "DONE":
        town.alfa.take(town.alfa.record(answer.body))
    return Paid(town, id_, answer.body)


def changed(body: bytes, **change: object) -> bytes:
    fields = orjson.loads(body) | change
    fields.pop("content_hash", None)
    return orjson.dumps(fields)


def close_alice(town: Town) -> None:
    town.alfa.do(withdraw, CashOrder(ALICE, town.alfa.balance(ALICE), "EUR"))
    town.alfa.set_state(ALICE, "closed")


STRANGE: dict[str, dict[str, object]] = {
    "unknown": {"original_transaction_id": "never-sent"},
    "other hash": {"original_hash": "0" * 64},
    "other bank": {"from_bank": "CHRL"},
}


@pytest.mark.parametrize("state", [*OPEN, "DONE"])
@pytest.mark.parametrize("what", STRANGE)
def test_a_return_of_nothing_sent_there_is_refused_with_ms03(town: Town, state: str, what: str) -> None:
    paid = a_payment(town, state)
    before, balance = paid.line, town.alfa.balance(ALICE)
    assert paid.take(changed(paid.give_back(), **STRANGE[what]), times=2) == {"refused": 1, "repeat": 1}
    refusal = orjson.loads(town.alfa.waiting[0].body)
    assert (refusal["type"], refusal["reason"]["code"]) == ("transfer.rejected", "MS03")
    assert (paid.line.state, paid.line.returned_minor, town.alfa.balance(ALICE)) == (before.state, 0, balance)


def test_a_return_of_what_was_refunded_is_refused_with_ms03(town: Town) -> None:
    id_ = town.alfa.do(send_transfer, an_order(AMOUNT)).id
    request = town.alfa.waiting.pop().body
    question = messages.inquiry(request, now_us=0, event_id="e", cancel_if_unknown=True)
    town.brvo.take(town.brvo.record(question))
    town.deliver()
    assert town.alfa.read(transfer_queries.transfer, id_).state == "REJECTED"
    sample = a_payment(town, "DONE").give_back()
    forged = changed(sample, original_transaction_id=id_, original_hash=orjson.loads(request)["content_hash"])
    assert town.alfa.take(town.alfa.record(forged), 2) == {"refused": 1, "repeat": 1}
    assert orjson.loads(town.alfa.waiting[0].body)["reason"]["code"] == "MS03"
    assert town.alfa.balance(ALICE) == OPENING - AMOUNT, "the other payment, and no second refund of this one"


def test_a_return_of_a_return_is_refused_with_ms03(town: Town) -> None:
    paid = a_payment(town, "DONE")
    returned = paid.give_back()
    paid.take(returned)
    town.deliver()
    fields = orjson.loads(returned)
    ids = {"transaction_id": "a-return-of-it", "original_transaction_id": fields["transaction_id"]}
    banks = {"from_bank": "ALFA", "to_bank": "BRVO", "original_hash": fields["content_hash"]}
    assert town.brvo.take(town.brvo.record(changed(returned, **ids, **banks))) == {"refused": 1}
    assert orjson.loads(town.brvo.waiting[0].body)["reason"]["code"] == "MS03"
    assert town.brvo.balance(BOB) == OPENING


@pytest.mark.parametrize("state", [*OPEN, "DONE"])
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"original_hash": "short"}, "FF01"),
        ({"reference": "line\nbreak"}, "FF01"),
        ({"amount_minor": 0}, "AM12"),
        ({"amount_minor": AMOUNT_MAX + 1}, "AM12"),
        ({"currency": "USD"}, "AM03"),
    ],
)
def test_a_return_with_impossible_fields_is_refused(
    town: Town, state: str, change: dict[str, object], code: str
) -> None:
    paid = a_payment(town, state)
    assert paid.take(changed(paid.give_back(), **change), times=2) == {"refused": 1, "repeat": 1}
    assert orjson.loads(town.alfa.waiting[0].body)["reason"]["code"] == code
    assert paid.line.state == ("COMPLETED" if state == "DONE" else state)
    assert town.alfa.balance(ALICE) == OPENING - AMOUNT


@pytest.mark.parametrize("account", ["open", "debit_frozen", "blocked", "closed"])
@pytest.mark.parametrize("state", [*OPEN, "DONE"])
def test_a_return_that_fits_concludes_an_open_original_first_and_credits_its_payer(
    town: Town, state: str, account: str
) -> None:
    paid = a_payment(town, state)
    back = paid.give_back(PART)
    balance = town.alfa.balance(ALICE)
    if account == "closed":
        close_alice(town)
        balance = 0
    else:
        town.alfa.set_state(ALICE, account)
    assert paid.take(back, times=3) == {"credited": 1, "repeat": 2}
    assert (paid.line.state, paid.line.returned_minor) == ("COMPLETED", PART)
    assert town.alfa.own_balance("suspense:out") == 0
    assert town.alfa.own_balance("clearing:BRVO") == AMOUNT - PART
    assert town.alfa.own_balance("unclaimed") == (PART if account == "closed" else 0)
    assert town.alfa.balance(ALICE) == balance + (0 if account == "closed" else PART)
    town.lawful()
    assert paid.take(paid.answer, times=2) == {"same": 2}, "the answer that comes after it changes nothing"
    town.deliver()
    town.lawful()


@pytest.mark.parametrize("state", [*OPEN, "DONE"])
def test_more_than_the_remainder_is_refused_with_am02_and_an_open_original_stays_open(town: Town, state: str) -> None:
    paid = a_payment(town, state)
    too_much = changed(paid.give_back(), amount_minor=AMOUNT + 1)
    assert paid.take(too_much, times=2) == {"refused": 1, "repeat": 1}
    assert orjson.loads(town.alfa.waiting[0].body)["reason"]["code"] == "AM02"
    assert paid.line.state == ("COMPLETED" if state == "DONE" else state)
    assert paid.line.returned_minor == 0
    assert town.alfa.balance(ALICE) == OPENING - AMOUNT


def test_a_return_that_would_pass_the_ceiling_goes_to_unclaimed(town: Town) -> None:
    """A ceiling refuses fresh credits only: this money is Alice's already."""
    paid = a_payment(town, "DONE")
    back = paid.give_back()
    town.alfa.connection.execute(f"UPDATE accounts SET balance = {AMOUNT_MAX} WHERE code = '{ALICE}'")
    assert paid.take(back) == {"credited": 1}
    town.alfa.connection.execute(f"UPDATE accounts SET balance = {OPENING - AMOUNT} WHERE code = '{ALICE}'")
    assert town.alfa.own_balance("unclaimed") == AMOUNT
    town.deliver()
    town.lawful()


def test_a_refund_that_would_pass_the_ceiling_goes_to_unclaimed(town: Town) -> None:
    town.alfa.do(send_transfer, an_order(AMOUNT))
    question = messages.inquiry(town.alfa.waiting.pop().body, now_us=0, event_id="e", cancel_if_unknown=True)
    town.brvo.take(town.brvo.record(question))
    town.alfa.connection.execute(f"UPDATE accounts SET balance = {AMOUNT_MAX} WHERE code = '{ALICE}'")
    assert town.deliver(times=2) == ["refunded", "same"]
    town.alfa.connection.execute(f"UPDATE accounts SET balance = {OPENING - AMOUNT} WHERE code = '{ALICE}'")
    assert town.alfa.own_balance("unclaimed") == AMOUNT
    town.lawful()


def question(body: bytes, how: str) -> bytes:
    if how == "return":
        return body
    return messages.inquiry(body, now_us=0, event_id="a question", cancel_if_unknown=how == "inquiry + flag")


@pytest.mark.parametrize("how", ["return", "inquiry", "inquiry + flag"])
@pytest.mark.parametrize("decision", ["ACCEPTED", "REJECTED", "CANCELLED"])
def test_a_decided_return_gets_its_stored_answer_or_am05_for_another_content(
    town: Town, decision: str, how: str
) -> None:
    paid = a_payment(town, "DONE")
    back = paid.give_back(PART)
    if decision == "REJECTED":
        back = changed(back, original_hash="0" * 64)
    paid.take(question(back, "inquiry + flag" if decision == "CANCELLED" else "return"))
    first = orjson.loads(town.alfa.waiting.pop().body)
    town.alfa.connection.execute("UPDATE outbox SET published_us = 1")
    balance = town.alfa.balance(ALICE)

    assert paid.take(question(back, how)) == {"repeat": 1}
    assert orjson.loads(town.alfa.waiting.pop().body) == first | {"repeats_ignored": 1}

    other = changed(question(back, how), amount_minor=PART - 1)
    assert paid.take(other) == {"conflict": 1}
    am05 = orjson.loads(town.alfa.waiting.pop().body)
    assert (am05["reason"]["code"], am05["answers_hash"]) == ("AM05", messages.content_hash(orjson.loads(other)))
    assert town.alfa.balance(ALICE) == balance
    assert town.alfa.count("decisions") == 1


@pytest.mark.parametrize(("how", "outcome"), [("inquiry", "unknown"), ("inquiry + flag", "buried")])
def test_an_unseen_return_is_unknown_or_buried(town: Town, how: str, outcome: str) -> None:
    paid = a_payment(town, "DONE")
    back = paid.give_back(PART)
    assert paid.take(question(back, how)) == {outcome: 1}
    (answer,) = paid.answers()
    assert answer.get("reason", {}).get("code") == (None if how == "inquiry" else "AB05")
    assert paid.take(back) == {"credited" if how == "inquiry" else "repeat": 1}
    town.deliver()
    assert town.alfa.balance(ALICE) == OPENING - AMOUNT + (PART if how == "inquiry" else 0)
    assert town.brvo.balance(BOB) == OPENING + AMOUNT - (PART if how == "inquiry" else 0)
    town.lawful()


def test_the_money_goes_to_the_account_of_the_own_row_never_to_one_named_in_the_message(town: Town) -> None:
    paid = a_payment(town, "SENT")
    assert paid.take(changed(paid.give_back(), to_account=CAROL)) == {"credited": 1}
    assert (town.alfa.balance(ALICE), town.alfa.balance(CAROL)) == (OPENING, OPENING)
