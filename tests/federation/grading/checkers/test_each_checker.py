"""Each of the nineteen checkers falls by a history that breaks exactly it, and stands by one that nearly does."""

from __future__ import annotations

import pytest

from federation.grading.checkers import CHECKERS, check
from tests.federation.grading.checkers.broken_days import DAYS
from tests.support.graded_run import a_good_day


def test_a_good_day_breaks_nothing() -> None:
    assert check(a_good_day().evidence()) == []


def test_there_are_nineteen_checkers_and_a_broken_day_for_each() -> None:
    assert [checker.id for checker in CHECKERS] == [f"Q{number:02d}" for number in range(1, 20)]
    assert list(DAYS) == [checker.id for checker in CHECKERS]


@pytest.mark.parametrize("checker", DAYS)
def test_its_broken_day_breaks_exactly_this_checker(checker: str) -> None:
    broken, _ = DAYS[checker]
    story = a_good_day()
    broken(story)
    assert story.broken() == [checker]


@pytest.mark.parametrize("checker", DAYS)
def test_a_day_that_nearly_breaks_it_breaks_nothing(checker: str) -> None:
    _, nearly = DAYS[checker]
    story = a_good_day()
    nearly(story)
    assert check(story.evidence()) == []
