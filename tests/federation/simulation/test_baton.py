"""Acts that stop in the middle: who runs when, and what becomes of errors."""

from __future__ import annotations

import pytest

from federation.simulation.baton import Runner


def test_an_act_that_hands_over_goes_on_where_it_was() -> None:
    seen: list[str] = []
    first, second = Runner(), Runner()

    def act(runner: Runner, name: str) -> None:
        seen.append(f"{name} begins")
        runner.hand_over()
        seen.append(f"{name} ends")

    assert not first.go(lambda: act(first, "first"))
    assert not second.go(lambda: act(second, "second"))
    assert not first.resting
    assert first.go()
    assert second.go()
    assert first.resting
    assert seen == ["first begins", "second begins", "first ends", "second ends"]


def test_what_an_act_raises_is_raised_where_it_was_let_go_on() -> None:
    runner = Runner()

    def act() -> None:
        runner.hand_over()
        raise ValueError("broken")

    runner.go(act)
    with pytest.raises(ValueError, match="broken"):
        runner.go()
    assert runner.resting
    assert runner.go(lambda: None)


def test_only_the_act_itself_is_running() -> None:
    runner, seen = Runner(), list[bool]()

    def act() -> None:
        seen.append(runner.is_running())
        runner.hand_over()

    assert not runner.is_running()
    runner.go(act)
    assert not runner.is_running()
    runner.go()
    assert seen == [True]
