from __future__ import annotations

import orjson

from bank_node.operations.publishing import Published, mark_published
from bank_node.operations.redrive import hasten, redrive_due, start_over
from bank_node.operations.send_transfer import send_transfer
from bank_node.store import transfer_queries
from tests.support.cast import BOB, OPENING, Town, an_order


def a_lost_request(town: Town) -> bytes:
    """Sent, acknowledged, and never seen again."""
    town.alfa.do(send_transfer, an_order())
    row = town.alfa.waiting.pop()
    town.alfa.do(mark_published, [Published(row, 0, 7)])
    return row.body


def test_what_stays_quiet_is_said_again_with_the_same_content(town: Town) -> None:
    lost = a_lost_request(town)
    assert town.alfa.do(redrive_due, 100) == 0, "not yet"
    town.clock.pass_ms(15_000)
    assert town.alfa.do(redrive_due, 100) == 1
    (again,) = town.alfa.waiting
    assert (again.body, again.attempt) == (lost, 2)
    town.deliver()
    assert town.brvo.balance(BOB) == OPENING + 12_50
    town.lawful()


def test_the_back_off_doubles_up_to_five_minutes(town: Town) -> None:
    a_lost_request(town)
    waits = []
    for _ in range(8):
        due_us = town.alfa.read(transfer_queries.transfers)[0].due_us
        waits.append((due_us - town.clock.at_us) // 1_000_000)
        town.clock.at_us = due_us
        town.alfa.do(redrive_due, 100)
        town.alfa.do(mark_published, [Published(town.alfa.waiting.pop(), 0, 8)])
    assert waits[0] == 15
    assert all(30 <= wait <= 36 for wait in waits[1:2])
    assert all(300 <= wait <= 360 for wait in waits[5:])


def test_what_still_waits_in_the_outbox_is_not_queued_twice(town: Town) -> None:
    town.alfa.do(send_transfer, an_order())
    town.clock.pass_ms(15_000)
    assert town.alfa.do(redrive_due, 100) == 0
    assert len(town.alfa.waiting) == 1


def test_a_lost_answer_is_given_again_after_the_request_came_again(town: Town) -> None:
    town.alfa.do(send_transfer, an_order())
    request = town.alfa.waiting.pop()
    town.alfa.do(mark_published, [Published(request, 0, 1)])
    town.brvo.take(town.brvo.record(request.body))
    answer = town.brvo.waiting.pop()
    town.brvo.do(mark_published, [Published(answer, 0, 1)])
    town.clock.pass_ms(15_000)
    town.alfa.do(redrive_due, 100)
    assert town.deliver() == ["repeat", "completed"]
    town.lawful()


def test_final_transfers_are_left_alone(town: Town) -> None:
    town.alfa.do(send_transfer, an_order())
    town.deliver()
    town.clock.pass_ms(3_600_000)
    assert town.alfa.do(redrive_due, 100) == 0


def test_when_the_broker_is_heard_again_everything_open_is_due_soon(town: Town) -> None:
    a_lost_request(town)
    for _ in range(6):
        town.clock.pass_ms(400_000)
        town.alfa.do(redrive_due, 100)
        town.alfa.do(mark_published, [Published(town.alfa.waiting.pop(), 0, 8)])
    assert town.alfa.do(hasten) == 1
    town.clock.pass_ms(15_000)
    assert town.alfa.do(redrive_due, 100) == 1


def test_a_clock_that_jumped_back_stops_nothing(town: Town) -> None:
    a_lost_request(town)
    town.clock.pass_ms(-86_400_000)
    assert town.alfa.do(redrive_due, 100) == 1


def test_the_page_is_told_of_each_attempt(town: Town) -> None:
    a_lost_request(town)
    town.clock.pass_ms(15_000)
    town.alfa.do(redrive_due, 100)
    id_ = orjson.loads(town.alfa.waiting[0].body)["transaction_id"]
    (event,) = town.alfa.read(transfer_queries.transfer_events, id_)
    assert event.kind == "sent_again"
    assert event.facts["offset"] == 7


def test_when_the_broker_forgot_everything_open_is_said_at_once_and_then_patiently(town: Town) -> None:
    a_lost_request(town)
    assert town.alfa.do(start_over, "the topic is another one") == 1
    assert town.alfa.do(redrive_due, 100) == 1
    town.alfa.do(mark_published, [Published(town.alfa.waiting.pop(), 0, 8)])
    town.clock.pass_ms(14_000)
    assert town.alfa.do(redrive_due, 100) == 0, "the back-off begins anew, at its shortest"
    town.clock.pass_ms(5_000)
    assert town.alfa.do(redrive_due, 100) == 1
