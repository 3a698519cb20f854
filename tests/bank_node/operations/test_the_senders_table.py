"""The sender's table of transitions, row by row: payments and returns alike, from every open state.

On SQLite alone: each operation has its own tests, and those run on both databases.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import orjson
import pytest

from bank_node.operations.cancel_transfer import Question, ask_again, cancel_by_hand
from bank_node.operations.cash import CashOrder, withdraw
from bank_node.operations.publishing import Published, mark_published
from bank_node.operations.redrive import redrive_due
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.operations.send_transfer import send_transfer
from bank_node.store import transfer_queries
from bank_node.store.unit import OutboxRow
from bank_node.transfers import messages
from tests.support.cast import ALICE, BOB, DIRECTORY, NOBODY, OPENING, SmallBank, Town, an_order, open_town

AMOUNT = 12_50
KINDS = ("payment", "return")
OPEN = ("PENDING", "SENT", "CANCELLING")
THIRD = "CHRL"


@dataclass
class Sent:
    """One open transfer at its sender; nobody has carried its message yet."""

    town: Town
    sender: SmallBank
    receiver: SmallBank
    id: str
    payer: str
    balance_before: int
    row: OutboxRow

    @property
    def state(self) -> str:
        return str(self.line.state)

    @property
    def line(self) -> Any:
        return self.sender.read(transfer_queries.transfer, self.id)

    def take(self, answer: bytes, times: int = 1) -> dict[Any, int]:
        return dict(self.sender.take(self.sender.record(answer), times))

    def accepted(self) -> bytes:
        """The other bank's own answer to the question."""
        return self._answer_to(self.row.body)

    def rejected(self) -> bytes:
        """The same, where it was asked to refuse what it had not seen."""
        question = messages.inquiry(self.row.body, now_us=0, event_id="e", cancel_if_unknown=True)
        return self._answer_to(question)

    def unknown(self) -> bytes:
        return self._answer_to(messages.inquiry(self.row.body, now_us=0, event_id="e", cancel_if_unknown=False))

    def _answer_to(self, question: bytes) -> bytes:
        self.receiver.take(self.receiver.record(question))
        return bytes(self.receiver.waiting.pop().body)


def a_sent(town: Town, kind: str, state: str) -> Sent:
    """A transfer of that kind, brought into that state."""
    payment = town.alfa.do(send_transfer, an_order(AMOUNT))
    sender, receiver, payer, id_ = town.alfa, town.brvo, ALICE, payment.id
    if kind == "return":
        town.deliver()
        sender, receiver, payer = town.brvo, town.alfa, BOB
        id_ = town.brvo.do(return_transfer, ReturnOrder("ALFA", payment.id)).id
    row = sender.waiting.pop()
    if state != "PENDING":
        sender.do(mark_published, [Published(row, 0, 1)])
    if state == "CANCELLING":
        sender.do(cancel_by_hand, Question(id_, "teller1"))
        sender.do(mark_published, [Published(sender.waiting.pop(), 0, 2)])
    sent = Sent(town, sender, receiver, id_, payer, sender.balance(payer) + AMOUNT, row)
    assert sent.state == state
    return sent


def lie(answer: bytes, **change: object) -> bytes:
    return orjson.dumps(orjson.loads(answer) | change)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = open_town(tmp_path, directory={**DIRECTORY, THIRD: "http://127.0.0.1:8003"})
    yield town
    town.close()


@pytest.fixture(params=list(product(KINDS, OPEN)), ids="-".join)
def sent(request: pytest.FixtureRequest, town: Town) -> Sent:
    return a_sent(town, *request.param)


@pytest.fixture(params=list(product(KINDS, ("COMPLETED", "REJECTED"))), ids="-".join)
def concluded(request: pytest.FixtureRequest, town: Town) -> tuple[Sent, bytes]:
    """And the answer that concluded it."""
    kind, state = request.param
    sent = a_sent(town, kind, "SENT")
    answer = sent.accepted() if state == "COMPLETED" else sent.rejected()
    sent.take(answer)
    assert sent.state == state
    return sent, answer


def test_what_was_never_credited_here_cannot_be_returned(town: Town) -> None:
    from bank_node.ledger.errors import Refusal

    refused = town.alfa.do(send_transfer, an_order(to_account=NOBODY)).id
    town.deliver()
    buried = town.alfa.do(send_transfer, an_order()).id
    question = messages.inquiry(town.alfa.waiting.pop().body, now_us=0, event_id="e", cancel_if_unknown=True)
    town.brvo.take(town.brvo.record(question))
    for payment in (refused, buried, "never-sent"):
        with pytest.raises(Refusal) as why:
            town.brvo.do(return_transfer, ReturnOrder("ALFA", payment, 1))
        assert why.value.code == "not_found"
    assert town.brvo.count("transfers") == 0
    town.lawful()


def test_the_relays_mark_moves_pending_to_sent_and_nothing_else(sent: Sent) -> None:
    before = sent.state
    sent.sender.do(mark_published, [Published(sent.row, 0, 3)])
    assert sent.state == ("SENT" if before == "PENDING" else before)
    sent.town.lawful()


def test_the_relays_mark_never_opens_what_is_final(concluded: tuple[Sent, bytes]) -> None:
    sent, _ = concluded
    before = sent.state
    sent.sender.do(mark_published, [Published(sent.row, 0, 3)])
    assert sent.state == before
    sent.town.lawful()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("state", ["SENT", "CANCELLING"])
def test_the_same_message_is_said_again_with_its_stored_type_and_hash(town: Town, kind: str, state: str) -> None:
    sent = a_sent(town, kind, state)
    town.clock.pass_ms(400_000)
    assert sent.sender.do(redrive_due, 10) == 1
    (again,) = sent.sender.waiting
    fields = orjson.loads(again.body)
    said = {"payment": "transfer.requested", "return": "transfer.returned"}[kind]
    assert again.type == fields["type"] == ("transfer.inquiry" if state == "CANCELLING" else said)
    assert fields.get("cancel_if_unknown") is (True if state == "CANCELLING" else None)
    assert messages.content_hash(fields) == fields["content_hash"] == sent.line.content_hash
    assert again.attempt == 2
    assert sent.state == state


def test_a_return_never_expires(town: Town) -> None:
    sent = a_sent(town, "return", "SENT")
    town.clock.pass_ms(400 * 24 * 3_600_000)
    sent.sender.do(redrive_due, 10)
    assert [row.type for row in sent.sender.waiting] == ["transfer.returned"]
    assert sent.state == "SENT"
    town.deliver()
    assert (sent.state, town.alfa.balance(ALICE)) == ("COMPLETED", OPENING)
    town.lawful()


def test_asked_by_hand_an_inquiry_goes_out_and_the_state_stays(sent: Sent) -> None:
    before = sent.state
    sent.sender.do(ask_again, Question(sent.id, "teller1"))
    (question,) = sent.sender.waiting
    fields = orjson.loads(question.body)
    assert (fields["type"], fields["content_hash"]) == ("transfer.inquiry", sent.line.content_hash)
    assert fields.get("cancel_if_unknown") is (True if before == "CANCELLING" else None)
    assert sent.state == before
    sent.town.lawful()


def test_accepted_completes_from_every_open_state_once(sent: Sent) -> None:
    assert sent.take(sent.accepted(), times=3) == {"completed": 1, "same": 2}
    assert sent.state == "COMPLETED"
    assert sent.sender.own_balance("suspense:out") == 0
    assert sent.sender.balance(sent.payer) == sent.balance_before - AMOUNT
    sent.town.lawful()


@pytest.mark.parametrize("account", ["open", "debit_frozen", "blocked"])
def test_rejected_refunds_from_every_open_state_once_also_a_frozen_payer(sent: Sent, account: str) -> None:
    answer = sent.rejected()
    sent.sender.set_state(sent.payer, account)
    assert sent.take(answer, times=3) == {"refunded": 1, "same": 2}
    assert sent.state == "REJECTED"
    assert sent.sender.own_balance("suspense:out") == 0
    assert sent.sender.balance(sent.payer) == sent.balance_before
    sent.town.lawful()


def test_a_rejected_return_frees_what_it_had_set_aside(town: Town) -> None:
    sent = a_sent(town, "return", "SENT")
    sent.take(sent.rejected())
    payment = orjson.loads(sent.row.body)["original_transaction_id"]
    assert town.brvo.do(return_transfer, ReturnOrder("ALFA", payment, AMOUNT)).status == "pending", "all of it again"
    town.deliver()
    assert town.alfa.balance(ALICE) == OPENING
    town.lawful()


def test_rejected_goes_to_unclaimed_where_the_payer_has_closed_his_account(sent: Sent) -> None:
    answer = sent.rejected()
    sent.sender.do(withdraw, CashOrder(sent.payer, sent.sender.balance(sent.payer), "EUR"))
    sent.sender.set_state(sent.payer, "closed")
    assert sent.take(answer, times=3) == {"refunded": 1, "same": 2}
    assert sent.state == "REJECTED"
    assert sent.sender.own_balance("unclaimed") == AMOUNT
    sent.town.lawful()


def test_unknown_is_never_a_refusal_and_makes_an_open_one_due(sent: Sent) -> None:
    before = sent.state
    assert sent.take(sent.unknown(), times=2) == {"unknown": 2}
    assert sent.state == before
    assert sent.sender.balance(sent.payer) == sent.balance_before - AMOUNT
    assert sent.line.due_us <= sent.town.clock.at_us
    sent.town.lawful()


def test_unknown_changes_nothing_that_is_final(concluded: tuple[Sent, bytes]) -> None:
    sent, answer = concluded
    before, balance = sent.line, sent.sender.balance(sent.payer)
    unknown = lie(answer, type="transfer.unknown")
    assert sent.take(unknown, times=2) == {"unknown": 2}
    assert sent.line == before
    assert sent.sender.balance(sent.payer) == balance


def test_the_equal_answer_changes_nothing_that_is_final(concluded: tuple[Sent, bytes]) -> None:
    sent, answer = concluded
    balance = sent.sender.balance(sent.payer)
    assert sent.take(answer, times=3) == {"same": 3}
    assert sent.sender.balance(sent.payer) == balance
    assert sent.sender.count("incidents") == 0
    sent.town.lawful()


def test_the_other_answer_leaves_state_and_money_and_is_an_incident(concluded: tuple[Sent, bytes]) -> None:
    sent, answer = concluded
    before, balance = sent.state, sent.sender.balance(sent.payer)
    other = {"COMPLETED": "transfer.rejected", "REJECTED": "transfer.accepted"}[before]
    assert sent.take(lie(answer, type=other), times=2) == {"conflict": 2}
    assert (sent.state, sent.line.conflict) == (before, True)
    assert sent.sender.balance(sent.payer) == balance
    assert sent.sender.count("incidents") >= 1
    sent.town.lawful()


ANSWERS = ("transfer.accepted", "transfer.rejected", "transfer.unknown")


@pytest.mark.parametrize("type_", ANSWERS)
@pytest.mark.parametrize("change", [{"answers_hash": "0" * 64}, {"from_bank": THIRD}], ids=["hash", "bank"])
def test_an_answer_with_another_hash_or_from_another_bank_concludes_nothing(
    sent: Sent, type_: str, change: dict[str, str]
) -> None:
    before, due = sent.state, sent.line.due_us
    assert sent.take(lie(sent.unknown(), type=type_, **change)) == {"conflict": 1}
    assert (sent.state, sent.line.due_us) == (before, due)
    assert sent.sender.balance(sent.payer) == sent.balance_before - AMOUNT
    assert sent.sender.count("incidents") == 1
    sent.town.lawful()


@pytest.mark.parametrize("type_", ANSWERS)
@pytest.mark.parametrize("change", [{"answers_hash": "0" * 64}, {"from_bank": THIRD}], ids=["hash", "bank"])
def test_nor_does_it_change_what_is_final(concluded: tuple[Sent, bytes], type_: str, change: dict[str, str]) -> None:
    sent, answer = concluded
    before, balance = sent.state, sent.sender.balance(sent.payer)
    assert sent.take(lie(answer, type=type_, **change)) == {"conflict": 1}
    assert (sent.state, sent.sender.balance(sent.payer)) == (before, balance)
    sent.town.lawful()


def test_the_refusal_am05_of_another_content_is_no_refusal_of_this_one(sent: Sent) -> None:
    """Somebody used the id before; the refusal names the hash of what was refused, and that was not ours."""
    used = messages.content_hash(orjson.loads(sent.row.body) | {"amount_minor": 1})
    refusal = lie(sent.unknown(), type="transfer.rejected", answers_hash=used, reason={"code": "AM05", "text": "used"})
    before = sent.state
    assert sent.take(refusal) == {"conflict": 1}
    assert sent.state == before
    assert sent.sender.balance(sent.payer) == sent.balance_before - AMOUNT
    sent.town.lawful()
