"""One bank's life: started, crashed and started again, stopped and left alone, given up."""

from __future__ import annotations

import signal

from federation.launcher.keeper import TERM_WAIT_S, TRIES_MAX, Keeper, State, Step

KILLED, REFUSED = -signal.SIGKILL, 3


def running(now_s: float = 0.0) -> Keeper:
    keeper = Keeper("ALFA")
    assert keeper.step(now_s) is Step.START
    keeper.started(100)
    keeper.answered(now_s)
    return keeper


def test_a_wanted_bank_is_started_once() -> None:
    keeper = Keeper("ALFA")
    assert keeper.step(0) is Step.START
    assert keeper.step(1) is None
    keeper.started(100)
    assert keeper.step(2) is None
    assert (keeper.state, keeper.pid) == (State.STARTING, 100)


def test_a_bank_that_crashed_is_started_again_almost_at_once() -> None:
    keeper = running()
    assert "SIGKILL" in keeper.ended(KILLED, now_s=60)
    assert keeper.state is State.CRASHED
    assert keeper.step(60.05) is None
    assert keeper.step(60.11) is Step.START
    assert keeper.restarts == 1


def test_a_bank_that_is_killed_twenty_times_comes_back_twenty_times() -> None:
    now_s, keeper = 0.0, running()
    for _ in range(20):
        keeper.ended(KILLED, now_s + 0.3)
        now_s += 1.4
        assert keeper.step(now_s) is Step.START
        keeper.started(100)
        keeper.answered(now_s)
    assert keeper.restarts == 20


def test_a_bank_that_never_came_up_is_given_up_after_a_few_tries() -> None:
    now_s, keeper = 0.0, Keeper("ALFA")
    for _ in range(TRIES_MAX):
        now_s += 10
        assert keeper.step(now_s) is Step.START
        keeper.started(100)
        words = keeper.ended(REFUSED, now_s)
    assert keeper.state is State.FAILED
    assert "given up" in words
    assert keeper.step(now_s + 1000) is None


def test_a_bank_that_once_worked_is_never_given_up_but_tried_more_and_more_seldom() -> None:
    now_s, keeper, pauses = 0.0, running(), []
    for _ in range(10):
        keeper.ended(REFUSED, now_s)
        began = now_s
        while keeper.step(now_s) is None:
            now_s += 0.1
        pauses.append(round(now_s - began, 1))
        keeper.started(100)
    assert pauses == sorted(pauses)
    assert 30 <= pauses[-1] < 31


def test_a_stopped_bank_stays_down_until_it_is_started() -> None:
    keeper = running()
    keeper.stop()
    assert keeper.step(1) is Step.TERM
    assert keeper.ended(0, 2) == "stopped"
    assert keeper.state is State.STOPPED
    assert keeper.step(1000) is None
    keeper.start()
    assert keeper.step(1001) is Step.START


def test_a_bank_stopped_in_an_earlier_life_is_not_started() -> None:
    keeper = Keeper("ALFA", wanted=False)
    assert keeper.state is State.STOPPED
    assert keeper.step(1) is None


def test_a_stubborn_bank_is_killed_after_the_grace_and_it_is_said() -> None:
    keeper = running()
    keeper.stop()
    assert keeper.step(0) is Step.TERM
    assert keeper.step(TERM_WAIT_S - 1) is None
    assert keeper.step(TERM_WAIT_S) is Step.KILL
    assert keeper.step(TERM_WAIT_S + 1) is None
    assert keeper.ended(KILLED, TERM_WAIT_S + 1) == "killed, because it had not ended 10 s after SIGTERM"


def test_stop_with_kill_gives_no_warning() -> None:
    keeper = running()
    keeper.stop(kill=True)
    assert keeper.step(0) is Step.KILL
    assert keeper.ended(KILLED, 0) == "killed"


def test_a_second_order_to_end_at_once_overtakes_the_first() -> None:
    keeper = running()
    keeper.stop()
    assert keeper.step(0) is Step.TERM
    keeper.stop(kill=True)
    assert keeper.step(0.1) is Step.KILL
    assert keeper.step(0.2) is None


def test_a_bank_stopped_while_its_fork_is_under_way_ends_when_it_is_there() -> None:
    keeper = Keeper("ALFA")
    keeper.step(0)
    keeper.stop()
    assert keeper.step(0.1) is None
    keeper.started(100)
    assert keeper.step(0.2) is Step.TERM
    keeper.ended(0, 0.3)
    assert keeper.state is State.STOPPED


def test_a_restart_is_no_crash() -> None:
    keeper = running()
    keeper.restart()
    assert keeper.step(1) is Step.TERM
    keeper.ended(0, 2)
    assert keeper.step(2) is Step.START
    assert keeper.restarts == 0
