"""A refund can never meet a late credit, in whatever order request, question and answers arrive."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import orjson
import pytest

from bank_node.ledger.errors import Refusal
from bank_node.operations.cancel_transfer import Question, ask_again, cancel_by_hand
from bank_node.operations.publishing import Published, mark_published
from bank_node.operations.redrive import redrive_due
from bank_node.operations.send_transfer import send_transfer
from bank_node.store import transfer_queries
from tests.support.cast import ALICE, BOB, OPENING, Town, an_order, open_town

SOON = "2026-11-21T10:00:10Z"


def a_sent_transfer(town: Town, **order: object) -> tuple[str, bytes]:
    """Its id and its message, acknowledged by the broker and carried by nobody yet."""
    town.alfa.do(send_transfer, an_order(**order))  # type: ignore[arg-type]
    row = town.alfa.waiting.pop()
    town.alfa.do(mark_published, [Published(row, 0, 1)])
    return str(row.transaction_id), row.body


def state_of(town: Town, transaction_id: str) -> str:
    return town.alfa.read(transfer_queries.transfer, transaction_id).state


def test_past_its_expiry_the_other_bank_is_asked_and_the_unseen_is_refunded(town: Town) -> None:
    id_, _ = a_sent_transfer(town, expires_at=SOON)
    town.clock.pass_ms(12_000)
    town.alfa.do(redrive_due, 10)
    assert state_of(town, id_) == "CANCELLING"
    assert town.alfa.balance(ALICE) == OPENING - 12_50, "nothing is refunded on the sender's own clock"
    assert town.deliver() == ["buried", "refunded"]
    assert town.alfa.balance(ALICE) == OPENING
    assert town.alfa.read(transfer_queries.transfer, id_).reason_code == "AB05"
    town.lawful()


def test_a_late_request_meets_the_tombstone(town: Town) -> None:
    _, request = a_sent_transfer(town, expires_at=SOON)
    town.clock.pass_ms(12_000)
    town.alfa.do(redrive_due, 10)
    town.deliver()
    assert town.brvo.take(town.brvo.record(request), times=3) == {"repeat": 3}
    assert town.deliver() == ["same"]
    assert town.brvo.balance(BOB) == OPENING
    town.lawful()


def test_a_transfer_credited_in_time_is_confirmed_by_the_question(town: Town) -> None:
    id_, request = a_sent_transfer(town, expires_at=SOON)
    town.brvo.take(town.brvo.record(request))
    town.brvo.waiting.clear()
    town.clock.pass_ms(12_000)
    town.alfa.do(redrive_due, 10)
    town.brvo.do(mark_published, [])
    town.brvo.connection.execute("UPDATE outbox SET published_us = 1")
    assert town.deliver() == ["repeat", "completed"]
    assert state_of(town, id_) == "COMPLETED"
    town.lawful()


def test_cancelling_never_goes_back_and_is_asked_for_ever(town: Town) -> None:
    id_, _ = a_sent_transfer(town, expires_at=SOON)
    town.clock.pass_ms(12_000)
    town.alfa.do(redrive_due, 10)
    inquiry = town.alfa.waiting.pop()
    town.alfa.do(mark_published, [Published(inquiry, 0, 2)])
    town.clock.pass_ms(-86_400_000)
    town.alfa.do(redrive_due, 10)
    (again,) = town.alfa.waiting
    assert (again.type, again.body, again.attempt) == ("transfer.inquiry", inquiry.body, 2)
    assert state_of(town, id_) == "CANCELLING"


def test_a_flagless_question_stores_nothing_and_does_not_block_the_tombstone(town: Town) -> None:
    id_, _ = a_sent_transfer(town)
    town.alfa.do(ask_again, Question(id_, "teller1"))
    question = town.alfa.waiting.pop()
    assert town.brvo.take(town.brvo.record(question.body), times=2) == {"unknown": 2}
    assert town.brvo.count("decisions") == 0
    town.alfa.do(cancel_by_hand, Question(id_, "teller1"))
    assert town.deliver()[-1] == "refunded"
    town.lawful()


def test_unknown_is_never_a_refusal_and_makes_the_transfer_due(town: Town) -> None:
    id_, _ = a_sent_transfer(town)
    town.alfa.do(ask_again, Question(id_, "teller1"))
    assert town.deliver() == ["unknown", "unknown"]
    assert state_of(town, id_) == "SENT"
    assert town.alfa.balance(ALICE) == OPENING - 12_50
    assert town.alfa.do(redrive_due, 10) == 1, "at once"
    assert town.deliver() == ["credited", "completed"]
    town.lawful()


def test_a_question_with_other_content_is_refused_with_am05_and_changes_nothing(town: Town) -> None:
    id_, request = a_sent_transfer(town)
    town.brvo.take(town.brvo.record(request))
    town.alfa.do(ask_again, Question(id_, "teller1"))
    fields = orjson.loads(town.alfa.waiting.pop().body) | {"amount_minor": 1, "cancel_if_unknown": True}
    del fields["content_hash"]
    assert town.brvo.take(town.brvo.record(orjson.dumps(fields))) == {"conflict": 1}
    assert town.brvo.balance(BOB) == OPENING + 12_50
    town.lawful()


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_in_any_order_of_arrival_either_credit_or_refund(tmp_path: Path, order: tuple[int, ...]) -> None:
    """Request and question each arrive twice, in every order, answers in between; the end is one of two."""
    town = open_town(tmp_path)
    id_, request = a_sent_transfer(town)
    town.alfa.do(cancel_by_hand, Question(id_, "teller1"))
    question = town.alfa.waiting.pop().body
    arrivals = [request, question, request, question]
    for place in order:
        town.brvo.take(town.brvo.record(arrivals[place]))
        town.lawful()
    town.deliver()
    credited, refunded = town.brvo.balance(BOB) - OPENING, town.alfa.balance(ALICE) - (OPENING - 12_50)
    assert sorted((credited, refunded)) == [0, 12_50]
    town.lawful()
    town.close()


def test_a_final_transfer_cannot_be_cancelled(town: Town) -> None:
    receipt = town.alfa.do(send_transfer, an_order())
    town.deliver()
    with pytest.raises(Refusal) as refused:
        town.alfa.do(cancel_by_hand, Question(receipt.id, "teller1"))
    assert refused.value.code == "final"
