"""Planted bugs: each is caught within two hundred seeds, shrunk to a few steps, and gone where it is not planted."""

from __future__ import annotations

import pytest

from federation.simulation.history import History, Violation
from federation.simulation.hunting import KNOWN, SEEDS, Catch, as_json, hunt, hunt_all, known_catches, law_of
from federation.simulation.mutants import MUTANTS, without_of
from federation.simulation.plan import Plan
from federation.simulation.planning import plan_of
from federation.simulation.play import play
from federation.simulation.workers import ITSELF, play_safely

FEW_STEPS, FEW_SECONDS = 5, 60.0
FEW_PERCENT = 90  # of the failures
ANEW = "bankfed sim --mutant all --json, and its `caught` into " + KNOWN.name


def test_the_table_names_every_mutant() -> None:
    assert list(known_catches()) == list(MUTANTS), ANEW
    assert all(catch.seed in SEEDS for catch in known_catches().values())


def test_most_of_them_were_shrunk_to_a_few_steps_in_a_minute() -> None:
    few = [catch for catch in known_catches().values() if catch.steps <= FEW_STEPS and catch.seconds < FEW_SECONDS]
    assert 100 * len(few) >= FEW_PERCENT * len(MUTANTS)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_is_caught_and_a_sound_bank_is_not(mutant: str) -> None:
    """First by the seed that is known to, so that this is quick; the plans may have changed since."""
    known = known_catches()[mutant].seed
    for seed in [known, *SEEDS]:
        plan = plan_of(seed)
        if law_of(play_safely(plan, mutant=mutant)):
            assert play_safely(plan).violations == []
            return
    pytest.fail(f"no plan catches {mutant}: a hole in the plans")


@pytest.mark.parametrize("mutant", [name for name in MUTANTS if without_of(name)])
def test_what_comes_with_a_mutant_is_harmless_by_itself_where_it_is_caught(mutant: str) -> None:
    beside, plan = without_of(mutant), plan_of(known_catches()[mutant].seed)
    assert beside is not None
    if law_of(play_safely(plan, mutant=mutant)):
        assert play(plan, mend=beside).violations == []


def test_a_mutant_that_fails_by_itself_is_not_caught() -> None:
    history = History(Plan(1, 2, (), 1_000))
    assert law_of(history) == ""
    history.violations.append(Violation("C3", "TypeError: it takes 2 arguments", 0))
    assert law_of(history) == ""
    history.violations[:] = [Violation(ITSELF, "ZeroDivisionError", 0)]
    assert law_of(history) == ""
    history.violations[:] = [Violation("I4", "came from nowhere", 0)]
    assert law_of(history) == "I4"


def test_a_hunt_says_who_was_caught_and_who_was_not() -> None:
    caught = hunt("m12", range(4))
    assert caught is not None
    assert (caught.mutant, caught.law) == ("m12", "I4")
    assert caught.steps <= FEW_STEPS
    assert hunt("m19", range(2)) is None
    assert as_json({"m12": caught, "m19": None}) == [
        {name: getattr(caught, name) for name in ("mutant", "seed", "law", "steps", "runs", "seconds")}
    ]


@pytest.mark.slow
def test_every_mutant_is_caught_within_two_hundred_seeds_from_the_first_on() -> None:
    found: dict[str, Catch | None] = dict(hunt_all())
    assert [name for name, catch in found.items() if catch is None] == []
    few = [catch for catch in found.values() if catch and catch.steps <= FEW_STEPS]
    assert 100 * len(few) >= FEW_PERCENT * len(MUTANTS), as_json(found)
