"""Plans: made from seeds, written down, read again; rolls that do not depend on one another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from federation.simulation.dice import Dice
from federation.simulation.plan import read_plan
from federation.simulation.planning import plan_of


def test_a_seed_is_a_plan() -> None:
    assert plan_of(7) == plan_of(7) != plan_of(8)


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = plan_of(7)
    plan.write(tmp_path / "plan.json")
    assert read_plan(json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))) == plan


@pytest.mark.parametrize("said", [{}, {"seed": 1, "banks": 3, "heal_ms": 1, "steps": [{"do": "send"}]}])
def test_what_is_no_plan_is_refused_in_words(said: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not a plan"):
        read_plan(said)


def test_every_plan_has_enough_of_both() -> None:
    for seed in range(1, 300):
        plan = plan_of(seed)
        assert sum(step.do == "send" for step in plan.steps) >= 30
        assert sum(step.id.startswith("f") and step.id[1:].isdigit() for step in plan.steps) >= 10
        assert len({step.id for step in plan.steps}) == len(plan.steps)


def test_a_roll_depends_on_what_is_rolled_for_and_on_nothing_else() -> None:
    dice = Dice(1)
    first = dice.roll(1_000_000, "a", 1)
    assert [dice.roll(6, "b", i) for i in range(3)]
    assert dice.roll(1_000_000, "a", 1) == first != Dice(2).roll(1_000_000, "a", 1)


def test_rolls_are_spread_evenly() -> None:
    dice = Dice(3)
    found = [dice.roll(10, "spread", i) for i in range(10_000)]
    assert all(900 < found.count(side) < 1_100 for side in range(10))
