"""Calling a completed transfer back: asked once, said again until it is answered, concluded by the bank that was asked
and by nobody else. No money moves by it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from bank_node.ledger.errors import Refusal
from bank_node.operations.answer_recall import Agreement, RecallRefusal, agree_to_recall, refuse_recall
from bank_node.operations.publishing import Published, mark_published
from bank_node.operations.recall import RecallOrder, recall_transfer
from bank_node.operations.redrive import hasten, redrive_due, start_over
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.operations.send_transfer import send_transfer
from bank_node.operations.tidy import tidy
from bank_node.store import recall_queries, transfer_queries
from tests.support.cast import ALICE, BOB, CAROL, NOBODY, OPENING, Town, an_order

AMOUNT = 12_50
YEAR_MS = 365 * 24 * 3_600_000


def a_payment(town: Town, **order: Any) -> str:
    """Sent by Alice, credited to Bob, confirmed."""
    receipt = town.alfa.do(send_transfer, an_order(AMOUNT, **order))
    town.deliver()
    return str(receipt.id)


def call_back(town: Town, payment: str, reason: str | None = "sent twice") -> str:
    receipt = town.alfa.do(recall_transfer, RecallOrder(payment, reason, "teller1"))
    assert (receipt.kind, receipt.state, receipt.status) == ("recall", "ASKED", "pending")
    return str(receipt.id)


def the_recall(town: Town, payment: str) -> Any:
    (row,) = town.alfa.read(recall_queries.recalls_of_sent, payment)
    return row


def an_answer(town: Town, payment: str, verdict: str) -> bytes:
    """What BRVO's supervisor says, carried by nobody yet."""
    recall_id = call_back(town, payment)
    town.deliver()
    if verdict == "agreed":
        town.brvo.do(agree_to_recall, Agreement("ALFA", recall_id, actor="supervisor"))
    else:
        town.brvo.do(refuse_recall, RecallRefusal("ALFA", recall_id, "he will not", "supervisor"))
    answer = town.brvo.waiting.pop()
    assert answer.type == "recall.answered"
    town.brvo.do(mark_published, [Published(answer, 0, answer.seq)])
    return bytes(answer.body)


def changed(body: bytes, **change: object) -> bytes:
    fields = orjson.loads(body) | change
    fields.pop("content_hash", None)
    return orjson.dumps(fields)


def incidents(town: Town) -> list[str]:
    return [kind for (kind,) in town.alfa.connection.execute("SELECT kind FROM incidents").fetchall()]


def test_a_completed_transfer_is_asked_back_and_no_money_moves(town: Town) -> None:
    payment = a_payment(town)
    recall_id = call_back(town, payment)
    (row,) = town.alfa.waiting
    said, sent = orjson.loads(row.body), town.alfa.read(transfer_queries.transfer, payment)
    assert (row.topic, row.key, row.lane, row.type) == ("external-transfers", "BRVO", "money", "recall.requested")
    assert (said["transaction_id"], said["original_transaction_id"]) == (recall_id, payment)
    assert (said["original_hash"], said["reason"]) == (sent.content_hash, {"code": "FOCR", "text": "sent twice"})
    town.deliver(times=3)
    assert (town.alfa.balance(ALICE), town.brvo.balance(BOB)) == (OPENING - AMOUNT, OPENING + AMOUNT)
    assert town.alfa.read(transfer_queries.transfer, payment).state == "COMPLETED"
    assert the_recall(town, payment).state == "ASKED"
    town.lawful()


def test_who_asks_again_gets_the_same_recall(town: Town) -> None:
    payment = a_payment(town)
    assert call_back(town, payment) == call_back(town, payment, "asked once more")
    assert len(town.alfa.waiting) == 1
    assert the_recall(town, payment).reason == "sent twice"


def test_after_a_refusal_it_may_be_asked_again(town: Town) -> None:
    payment = a_payment(town)
    town.alfa.take(town.alfa.record(an_answer(town, payment, "refused")))
    again = call_back(town, payment)
    rows = town.alfa.read(recall_queries.recalls_of_sent, payment)
    assert {row.recall_id: row.state for row in rows}[again] == "ASKED"
    assert len(rows) == 2


def test_an_open_transfer_is_cancelled_as_before(town: Town) -> None:
    payment = town.alfa.do(send_transfer, an_order(AMOUNT)).id
    receipt = town.alfa.do(recall_transfer, RecallOrder(payment, None, "teller1"))
    assert (receipt.kind, receipt.id, receipt.state) == ("transfer", payment, "CANCELLING")
    assert town.alfa.count("recalls") == 0
    town.deliver()
    town.lawful()


def test_what_cannot_be_called_back_is_refused_in_words(town: Town) -> None:
    inside = town.alfa.do(send_transfer, an_order(1, to_bank="ALFA", to_account=CAROL)).id
    rejected = a_payment(town, to_account=NOBODY)
    returned = a_payment(town)
    back = town.brvo.do(return_transfer, ReturnOrder("ALFA", returned)).id
    town.deliver()
    for bank, id_, code in (
        (town.alfa, "never-sent", "not_found"),
        (town.alfa, inside, "not_found"),
        (town.alfa, rejected, "final"),
        (town.alfa, returned, "AM02"),
        (town.brvo, back, "AG01"),
    ):
        with pytest.raises(Refusal) as refused:
            bank.do(recall_transfer, RecallOrder(id_, None, "teller1"))
        assert refused.value.code == code
    with pytest.raises(Refusal) as refused:
        town.alfa.do(recall_transfer, RecallOrder(a_payment(town), "line\nbreak", "teller1"))
    assert refused.value.code == "FF01"
    assert town.alfa.count("recalls") == 0


@pytest.mark.parametrize("verdict", ["agreed", "refused"])
def test_the_answer_concludes_the_recall_once_however_often_it_comes(town: Town, verdict: str) -> None:
    payment = a_payment(town)
    answer = an_answer(town, payment, verdict)
    balance = town.alfa.balance(ALICE)
    assert town.alfa.take(town.alfa.record(answer), times=3) == {"recall_answered": 1, "same": 2}
    row = the_recall(town, payment)
    assert (row.state, row.answer_text) == (verdict.upper(), "he will not" if verdict == "refused" else None)
    assert town.alfa.balance(ALICE) == balance, "the answer moves no money; the return does"
    town.lawful()
    town.deliver()
    assert town.alfa.balance(ALICE) == (OPENING if verdict == "agreed" else OPENING - AMOUNT)
    town.lawful()


def test_the_return_may_come_before_the_answer(town: Town) -> None:
    payment = a_payment(town)
    answer = an_answer(town, payment, "agreed")
    town.deliver(times=2)
    assert (town.alfa.balance(ALICE), the_recall(town, payment).state) == (OPENING, "ASKED")
    assert town.alfa.take(town.alfa.record(answer), times=2) == {"recall_answered": 1, "same": 1}
    assert the_recall(town, payment).state == "AGREED"
    town.lawful()


@pytest.mark.parametrize(("first", "then"), [("agreed", "refused"), ("refused", "agreed")])
def test_a_contradiction_changes_nothing_and_is_an_incident(town: Town, first: str, then: str) -> None:
    payment = a_payment(town)
    answer = an_answer(town, payment, first)
    town.alfa.take(town.alfa.record(answer))
    assert town.alfa.take(town.alfa.record(changed(answer, verdict=then)), times=2) == {"conflict": 2}
    assert the_recall(town, payment).state == first.upper()
    assert set(incidents(town)) == {"recall_contradicted"}
    town.deliver()
    town.lawful()


@pytest.mark.parametrize("what", ["of another bank", "to another question"])
def test_an_answer_that_does_not_answer_it_is_an_incident(town: Town, what: str) -> None:
    payment = a_payment(town)
    forged = an_answer(town, payment, "refused")
    if what == "to another question":
        forged = changed(forged, answers_hash="0" * 64)
    else:
        town.alfa.connection.execute("UPDATE recalls SET to_bank = 'CHRL'")
    assert town.alfa.take(town.alfa.record(forged), times=2) == {"conflict": 2}
    assert the_recall(town, payment).state == "ASKED"
    assert set(incidents(town)) == {"wrong_answer"}
    town.alfa.connection.execute("UPDATE recalls SET to_bank = 'BRVO'")
    town.lawful()


def test_an_answer_to_no_recall_is_set_aside_with_an_incident(town: Town) -> None:
    forged = changed(an_answer(town, a_payment(town), "agreed"), transaction_id="never-asked")
    assert town.alfa.take(town.alfa.record(forged)) == {"quarantined": 1}
    assert incidents(town) == ["answer_to_nothing"]
    town.deliver()
    town.lawful()


def test_it_is_said_again_until_it_is_answered_however_long_that_takes(town: Town) -> None:
    payment = a_payment(town)
    call_back(town, payment)
    first = orjson.loads(town.alfa.waiting[0].body)
    assert town.alfa.do(redrive_due, 100) == 0
    town.clock.pass_ms(15_000)
    assert town.alfa.do(redrive_due, 100) == 0, "it still waits to be sent"
    town.alfa.do(send_transfer, an_order(1, to_account=NOBODY))  # the newest message is kept for its number's sake
    town.brvo.take(town.brvo.record(town.alfa.waiting.pop().body))
    town.alfa.take(town.alfa.record(town.brvo.waiting.pop().body))
    for attempt in range(2, 9):
        (row,), town.alfa.waiting = town.alfa.waiting, []
        town.alfa.do(mark_published, [Published(row, 0, row.seq)])
        town.clock.pass_ms(YEAR_MS if attempt == 5 else 400_000)
        town.alfa.do(tidy)
        assert town.alfa.do(redrive_due, 100) == 1
        assert orjson.loads(town.alfa.waiting[0].body) == first, "the same message, the same event_id"
        assert (town.alfa.waiting[0].attempt, the_recall(town, payment).attempt) == (attempt, attempt)
    town.deliver()
    recall_id = the_recall(town, payment).recall_id
    town.brvo.do(refuse_recall, RecallRefusal("ALFA", recall_id, "he will not", "supervisor"))
    town.deliver()
    town.clock.pass_ms(YEAR_MS)
    assert town.alfa.do(redrive_due, 100) == 0, "answered"
    town.lawful()


def test_back_off_doubles_up_to_the_longest_and_is_the_shortest_again_when_the_broker_is_heard(town: Town) -> None:
    payment = a_payment(town)
    call_back(town, payment)

    def due_in_s() -> float:
        (due_us,) = town.alfa.connection.execute("SELECT due_us FROM recalls").fetchone()
        return float(due_us - town.clock.at_us) / 1_000_000

    waits = [due_in_s()]
    for _ in range(7):
        town.deliver()
        town.clock.pass_ms(360_000)
        town.alfa.do(redrive_due, 100)
        waits.append(due_in_s())
    assert waits[0] == 15
    assert all(low <= wait <= low * 1.2 for low, wait in zip([15, 30, 60, 120, 240, 300, 300, 300], waits, strict=True))
    assert town.alfa.do(hasten) == 1
    assert due_in_s() == 15
    town.deliver()
    assert town.alfa.do(start_over, "another topic") == 1
    assert town.alfa.do(redrive_due, 100) == 1


def test_after_a_clock_that_jumped_back_it_is_due_at_once(town: Town) -> None:
    call_back(town, a_payment(town))
    town.deliver()
    town.clock.pass_ms(-YEAR_MS)
    assert town.alfa.do(redrive_due, 100) == 1


def test_it_is_written_down_who_asked_and_what_was_answered(town: Town) -> None:
    payment = a_payment(town)
    town.alfa.take(town.alfa.record(an_answer(town, payment, "agreed")))
    rows = town.alfa.connection.execute(
        f"SELECT action, actor FROM audit_log WHERE subject = '{payment}' AND action LIKE 'recall%' ORDER BY seq"
    ).fetchall()
    assert [tuple(row) for row in rows] == [("recall_asked", "teller1"), ("recall_answered", "BRVO")]
    history = [event.kind for event in town.alfa.read(transfer_queries.transfer_events, payment)]
    assert history == ["recall_asked", "recall_agreed"]
