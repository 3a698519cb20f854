"""Whole histories: lawful, the same each time, and told apart from unlawful ones."""

from __future__ import annotations

import pytest

from federation.simulation.accounts import BANKS
from federation.simulation.plan import Plan, Step
from federation.simulation.planning import HEAL_MS, KNOBS, plan_of
from federation.simulation.play import play
from federation.simulation.trace import Trace
from tests.federation.simulation.culprits import decides_anew


def a_plan(*steps: Step, **other: object) -> Plan:
    return Plan(**{"seed": 1, "banks": 2, "steps": steps, "heal_ms": 25_000, "knobs": KNOBS, **other})


def a_send(number: int = 1, at_ms: int = 100, **facts: object) -> Step:
    said = {"from": 1, "to": "BRVO", "account": 1, "amount": 12_50, **facts}
    return Step(at_ms, "send", f"s{number:02d}", "ALFA", said)


def test_one_transfer_is_completed_and_nothing_is_broken() -> None:
    history = play(a_plan(a_send()))
    assert (history.violations, history.transfers) == ([], 1)
    assert history.branches["completed.SENT"] == history.branches["payment.ACCEPTED"] == 1


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5, 6, 7, 50])
def test_histories_of_many_faults_are_lawful(seed: int) -> None:
    history = play(plan_of(seed))
    assert history.violations == []
    assert history.transfers >= 30
    assert history.faults.total() >= 10


def test_the_same_seed_is_the_same_history() -> None:
    first, second = Trace(), Trace()
    play(plan_of(11), first)
    play(plan_of(12))
    play(plan_of(11), second)
    assert first.listing() == second.listing()
    assert first.digest() == second.digest() != ""


def test_a_plan_of_a_file_keeps_its_databases_in_files_and_is_the_same_history() -> None:
    plan = plan_of(3)
    in_memory, in_files = Trace(), Trace()
    play(plan, in_memory)
    play(Plan(**{**{name: getattr(plan, name) for name in plan.__slots__}, "on_file": True}), in_files)
    assert in_memory.listing() == in_files.listing()


@pytest.mark.parametrize("banks", [2, 4])
def test_there_may_be_other_numbers_of_banks(banks: int) -> None:
    assert play(plan_of(21, banks=banks)).violations == []


def test_a_bank_that_decides_anew_each_time_is_caught() -> None:
    replay = Step(20_000, "replay", "f01", "BRVO", {"records": 9})
    broken = play(a_plan(a_send(), replay), mend=decides_anew).violations
    assert {violation.law for violation in broken} >= {"I4", "I10"}


def test_steps_for_banks_that_are_not_there_are_left_out() -> None:
    strange = Step(100, "kill", "f01", "CHRL", {"for_ms": 100})
    assert play(a_plan(a_send(), strange)).faults.total() == 0


def test_the_default_plan_is_for_the_first_three_banks() -> None:
    plan = plan_of(1)
    assert {step.bank for step in plan.steps} == set(BANKS[:3])
    assert plan.heal_ms == HEAL_MS
