"""The loop's walk, step by step; the thread only where it is about the thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

from bank_node.broker.loop import BackOff, Loop


def loop_over(*turns: Any, **options: Any) -> Loop:
    """A loop whose ticks return or raise these, one after the other."""
    rest = iter(turns)

    def tick() -> int:
        turn = next(rest)
        if isinstance(turn, Exception):
            raise turn
        return int(turn)

    return Loop("test", tick, **{"idle_s": 9.0, "jitter": lambda: 1.0, **options})


def test_work_goes_on_at_once_and_idleness_waits() -> None:
    loop = loop_over(3, 0)
    assert [loop.step(), loop.step()] == [0.0, 9.0]


def test_backing_off_doubles_up_to_its_limit_and_starts_over_after_a_success() -> None:
    away = BackOff("away")
    loop = loop_over(away, away, away, away, 1, away, backoff_s_min=0.1, backoff_s_max=0.5)
    assert [loop.step() for _ in range(6)] == pytest.approx([0.1, 0.2, 0.4, 0.5, 0.0, 0.1])


def test_backing_off_is_jittered_down_to_half() -> None:
    loop = loop_over(BackOff("away"), backoff_s_min=0.1, jitter=lambda: 0.0)
    assert loop.step() == pytest.approx(0.05)


def test_an_unexpected_error_is_logged_and_retried(caplog: pytest.LogCaptureFixture) -> None:
    loop = loop_over(ZeroDivisionError("bug"), 1)
    assert loop.step() > 0
    assert "test failed and will be tried again" in caplog.text
    assert loop.step() == 0.0


def test_the_first_reason_to_wait_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    loop = loop_over(BackOff("broker away"), BackOff("broker away"))
    loop.step()
    loop.step()
    assert caplog.text.count("broker away") == 1


def run(tick: Callable[[], int], **options: Any) -> Loop:
    loop = Loop("test", tick, **{"idle_s": 60.0, **options})
    loop.start()
    return loop


def test_waking_ends_the_idle_wait_and_stopping_ends_the_thread() -> None:
    ticks = threading.Semaphore(0)
    closed = threading.Event()

    def tick() -> int:
        ticks.release()
        return 0

    loop = run(tick, close=closed.set)
    assert ticks.acquire(timeout=5)
    loop.wake()
    assert ticks.acquire(timeout=5)
    assert loop.stop(5)
    assert closed.is_set()


def test_a_wake_during_a_tick_is_not_lost() -> None:
    ticks = threading.Semaphore(0)
    loop: Loop

    def tick() -> int:
        ticks.release()
        if loop.failures == 0 and first.acquire(blocking=False):
            loop.wake()
        return 0

    first = threading.Semaphore(1)
    loop = Loop("test", tick, idle_s=60.0)
    loop.start()
    assert ticks.acquire(timeout=5)
    assert ticks.acquire(timeout=5)
    assert loop.stop(5)


def test_stopping_interrupts_a_tick_that_waits() -> None:
    in_tick, ended = threading.Event(), threading.Event()

    def tick() -> int:
        in_tick.set()
        ended.wait(60)
        return 0

    loop = run(tick, interrupt=ended.set)
    assert in_tick.wait(5)
    assert loop.stop(5)


def test_stopping_does_not_wait_for_a_back_off_to_end() -> None:
    failed = threading.Event()

    def tick() -> int:
        failed.set()
        raise BackOff("away")

    loop = run(tick, backoff_s_min=60.0, backoff_s_max=60.0)
    assert failed.wait(5)
    assert loop.stop(5)


def test_a_loop_that_was_never_started_closes_when_stopped() -> None:
    closed = threading.Event()
    assert Loop("test", lambda: 0, idle_s=1.0, close=closed.set).stop()
    assert closed.is_set()
