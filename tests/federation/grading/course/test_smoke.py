"""The profile smoke on the reference, five planted bugs and two banks that are right another way: real processes, real
Kafka. Some three minutes on two processors; on a busy machine a fault may not bite, and that is no verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from federation.grading.course.grading import Told, Wish, grade, home
from federation.grading.course.matrix import Cell, play
from federation.grading.course.outcome import Outcome
from federation.grading.course.profiles import SMOKE
from federation.grading.ground.brokers import Brokers
from federation.grading.score import NOT_EXERCISED
from federation.grading.submissions import folder_of

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

BUGS = (("m01", "N11"), ("m09", "A3"), ("m12", "A2"), ("m20", "N25"), ("m28", "F2"))
OF_THE_RIGHT_ONES = ("A2", "A3", "N12", "F1")


@pytest.fixture(scope="module")
def brokers() -> Iterator[Brokers]:
    with Brokers(home()) as kept:
        yield kept


def smoked(name: str, out: Path, brokers: Brokers, scenarios: tuple[str, ...] | None = SMOKE.scenarios) -> Outcome:
    folder = folder_of(name)
    assert folder is not None
    return grade(Wish(folder, name, replace(SMOKE, scenarios=scenarios), out, 1), Told(), brokers)


def test_the_reference_loses_no_point(tmp_path: Path, brokers: Brokers) -> None:
    outcome = smoked("reference", tmp_path, brokers)
    assert [(run.scenario, run.result.sentence) for run in outcome.failed()] == []
    exercised = [run.scenario for run in outcome.runs if run.result.verdict != NOT_EXERCISED]
    assert len(exercised) >= 8, outcome.as_json()


@pytest.mark.parametrize("name", ["v1", "v4"])
def test_a_bank_that_is_right_another_way_loses_none_either(name: str, tmp_path: Path, brokers: Brokers) -> None:
    outcome = smoked(name, tmp_path, brokers, OF_THE_RIGHT_ONES)
    assert [step.complaint for step in outcome.gate_steps if step.complaint] == []
    assert [(run.scenario, run.result.sentence) for run in outcome.failed()] == []


def test_five_planted_bugs_are_caught_on_their_killers(tmp_path: Path) -> None:
    told: list[Cell] = []
    wanted = [(name, scenario, 1) for name, scenario in BUGS]
    list(play(wanted, tmp_path / "cells.jsonl", tmp_path, told.append))
    assert [(cell.submission, cell.verdict) for cell in told if not cell.is_right] == []
    assert all(cell.checkers for cell in told)
