"""When steps are asked: each at its event, at once with those of the same one, whoever is slow."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from federation.failure import Failure
from federation.grading.calls import INFO, OK, READ_ACCOUNT, READ_STATEMENT, READ_TRANSFER
from federation.grading.clock import now_us
from federation.grading.drawing import at_once
from federation.grading.driver import playing
from federation.grading.plan import OF, REPEAT, Step
from tests.support.fake_bank import Asked, Driven, driven

PATIENCE_S = 20.0


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Driven]:
    with driven(tmp_path) as town:
        yield town


class Gate:
    """Whoever asks ALFA for money waits here until it is opened."""

    def __init__(self, town: Driven) -> None:
        self.opened, self._waiting = threading.Event(), threading.Semaphore(0)
        town.alfa.odd = self.odd

    def odd(self, asked: Asked) -> None:
        if asked.key:
            self._waiting.release()
            assert self.opened.wait(PATIENCE_S)

    def until_waiting(self, count: int) -> None:
        for _ in range(count):
            assert self._waiting.acquire(timeout=PATIENCE_S)


def test_a_slow_bank_holds_nobody_back(town: Driven) -> None:
    gate = Gate(town)
    steps = [town.order(event, bank) for event in range(20) for bank in ("ALFA", "BRVO")]
    with town.drive.play(steps, event_s=0.001) as play:
        gate.until_waiting(20)  # all of them, and none was answered
        play.until(19)
        assert not [call for call in play.calls() if call.bank == "ALFA"]
        gate.opened.set()
        play.finish()
        assert play.accepted() == 40
    assert play.events == 20


def test_steps_of_one_event_begin_at_once_each_on_its_own_connection(town: Driven) -> None:
    gate = Gate(town)
    with town.drive.play([town.order() for _ in range(40)]) as play:
        gate.until_waiting(40)
        gate.opened.set()
        play.finish()
    assert play.accepted() == 40


def test_only_so_many_are_under_way_at_once_and_the_rest_is_timed_from_its_turn(town: Driven) -> None:
    together, most, lock = 0, 0, threading.Lock()

    def odd(asked: Asked) -> None:
        nonlocal together, most
        if not asked.key:
            return
        with lock:
            together += 1
            most = max(most, together)
        with lock:
            together -= 1

    town.alfa.odd = odd
    calls = town.played(*(town.order() for _ in range(100)), in_flight=4)
    assert {call.outcome for call in calls} == {OK}
    assert most <= 4
    under_way = [sum(other.begun_us <= c.begun_us < (other.ended_us or 0) for other in calls) for c in calls]
    assert max(under_way) <= 4


def test_an_event_can_be_waited_for(town: Driven) -> None:
    gate = Gate(town)
    with town.drive.play([town.order(0), town.order(3)], event_s=0.01) as play:
        play.until(0)
        gate.until_waiting(1)
        play.until(3)
        gate.until_waiting(1)
        play.until(1000)  # there are not so many: the last
        gate.opened.set()
    play.finish()
    play.until(3)
    assert play.accepted() == 2


def test_a_repeat_comes_from_the_same_teller_under_the_same_key(town: Driven) -> None:
    first = town.order(client="teller02")
    calls = town.played(*at_once(first, 5))
    assert {call.transaction_id for call in calls} == {"t1"}
    orders = [one for one in town.alfa.asked if one.key]
    assert {(one.key, one.token) for one in orders} == {("k1", "teller2-ALFA-1")}
    assert len(orders) == 5
    assert len(town.alfa.made) == 1


def test_a_reading_uses_the_id_that_the_step_was_answered_with(town: Driven) -> None:
    order = town.order()
    calls = town.played(order, town.look(READ_TRANSFER, 1, **{OF: order.id}))
    assert calls[1].request == {"transaction_id": "t1"}
    assert (calls[1].outcome, calls[1].status) == (OK, "completed")


def test_of_an_order_that_was_refused_nothing_is_read(town: Driven) -> None:
    order = town.order(amount_minor=10**9)
    strange = town.look(READ_TRANSFER, 1, **{OF: "of another plan"})
    assert len(town.played(order, town.look(READ_TRANSFER, 1, **{OF: order.id}), strange)) == 1


def test_who_looks_for_what_he_did_waits_for_his_own_answer_only(town: Driven) -> None:
    gate = Gate(town)
    mine = town.look(READ_STATEMENT, 1, client="teller01")
    others = [town.look(READ_STATEMENT, 1), town.look(READ_STATEMENT, 1, client="teller03")]
    with town.drive.play([town.order(), mine, *others], event_s=0.001) as play:
        gate.until_waiting(1)
        until(lambda: len(play.calls()) == 2)
        assert {call.client for call in play.calls()} == {"reader-ALFA", "teller03"}
        gate.opened.set()
        play.finish()
    (order,) = (call for call in play.calls() if call.key)
    (look,) = (call for call in play.calls() if call.client == "teller01" and not call.key)
    assert look.begun_us >= (order.ended_us or 0)
    assert [line.transaction_id for line in look.lines] == ["t1"]


def until(holds: Any) -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < give_up_at
        time.sleep(0.005)


def test_who_is_told_that_it_is_sent_can_rely_on_it_and_nothing_is_read_before_he_returns(town: Driven) -> None:
    arrived, answered = threading.Event(), threading.Event()

    def odd(asked: Asked) -> None:
        if asked.key:
            arrived.set()

    heard: list[tuple[str, str]] = []

    def on_sent(step: Step) -> None:
        assert arrived.wait(PATIENCE_S)  # the loop stands still, and yet the bank has the request
        assert not answered.is_set()
        heard.append(("sent", step.id))

    def on_answered(step: Step) -> None:
        answered.set()
        heard.append(("answered", step.id))

    town.alfa.odd = odd
    with town.drive.play([town.order()], on_sent=on_sent, on_answered=on_answered) as play:
        play.finish()
    assert heard == [("sent", "s1"), ("answered", "s1")]


def test_a_bank_killed_when_the_request_has_left_leaves_an_unknown_order(town: Driven) -> None:
    Gate(town)
    with town.drive.play([town.order()], on_sent=lambda _: town.alfa.close()) as play:
        play.finish()
    assert [(call.outcome, call.http_status) for call in play.calls()] == [(INFO, None)]


def test_a_bank_killed_when_the_answer_is_there_has_answered(town: Driven) -> None:
    with town.drive.play([town.order()], on_answered=lambda _: town.alfa.close()) as play:
        play.finish()
    assert [(call.outcome, call.http_status) for call in play.calls()] == [(OK, 202)]


@pytest.mark.parametrize("error", [Failure("there is no such bank"), KeyError("BRAVO")])
def test_what_goes_wrong_in_a_scenario_there_is_its_own_trouble_and_no_answer_of_the_bank(
    error: Exception, town: Driven
) -> None:
    def on_sent(_step: Step) -> None:
        raise error

    with pytest.raises(type(error)), town.drive.play([town.order()], on_sent=on_sent) as play:
        play.finish()
    assert play.accepted() == 1


def test_who_leaves_in_the_middle_leaves_what_is_under_way_without_an_answer(town: Driven) -> None:
    gate = Gate(town)
    with suppress(KeyError), town.drive.play([town.order(), town.order(10_000)]):
        gate.until_waiting(1)
        raise KeyError
    gate.opened.set()
    town.played(town.look(READ_ACCOUNT))  # whatever was still to come would have come by then
    (order,) = (call for call in town.history.calls() if call.key)
    assert (order.outcome, order.ended_us) == (INFO, None)


def test_who_waits_for_his_turn_for_ever_gives_up(town: Driven, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "GIVE_UP_S", 0.05)
    gate = Gate(town)
    calls = town.played(*(town.order() for _ in range(3)), in_flight=1)
    gate.opened.set()
    assert not calls
    assert len([call for call in town.history.calls() if call.key]) == 1


def test_nothing_to_do_is_done_at_once(town: Driven) -> None:
    with town.drive.play([]) as play:
        play.until(5)
        play.finish()
    assert (play.events, play.calls(), play.accepted()) == (0, (), 0)


def test_a_repeat_may_come_while_nobody_knows_yet(town: Driven) -> None:
    gate = Gate(town)
    first, again = at_once(town.order(), 2)
    assert again.kind == REPEAT
    look = town.look(READ_TRANSFER, 1, **{OF: first.id})
    with town.drive.play([first, again, look, town.look(READ_ACCOUNT, 2)], event_s=0.001) as play:
        gate.until_waiting(2)
        gate.opened.set()
        play.finish()
    assert len(play.calls()) == 4
    assert play.accepted() == 1


@pytest.mark.parametrize("killed", [False, True])
def test_who_takes_his_time_when_he_is_told_makes_no_answer_late(
    killed: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with driven(tmp_path, timeout_s=0.5) as town:
        gate, (first, second) = Gate(town), (town.order(0), town.order(1))

        def slow(step: Step) -> None:
            if step.id == second.id:
                gate.until_waiting(2)
                town.alfa.close() if killed else gate.opened.set()
                threading.Event().wait(0.7)  # all that time the loop stands still

        calls = town.played(first, second, on_sent=slow)
        assert {call.outcome for call in calls} == {INFO if killed else OK}
    gc.collect()
    assert not caplog.records  # nobody's exception was left lying about


def test_the_plan_stands_still_while_somebody_is_told(town: Driven) -> None:
    def slow(step: Step) -> None:
        if step.event == 0:
            threading.Event().wait(0.1)

    town.played()  # all have signed in
    begun_us = now_us()
    _, second = town.played(town.order(0), town.order(200), on_sent=slow)
    assert second.begun_us - begun_us >= 300_000  # 0.1 s and 200 events
