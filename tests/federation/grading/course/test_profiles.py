"""The profiles and the score sheet belong together, and so do the sheet and the scenarios that were written."""

from __future__ import annotations

import pytest

from federation.failure import ExitCode, Failure
from federation.grading.course.profiles import COURSE, FULL, PROFILES, SMOKE, Profile, profile
from federation.grading.scenarios.table import scene, scenes
from federation.grading.sheet import POINTS, SCENARIOS, scenario


def test_smoke_is_ten_scenarios_of_the_sheet_on_two_banks() -> None:
    assert len(set(SMOKE.tried)) == 10
    assert SMOKE.banks == 2
    assert all(scenario(id_).points for id_ in SMOKE.tried)


@pytest.mark.parametrize("whole", [COURSE, FULL])
def test_course_and_full_try_all_hundred_points(whole: Profile) -> None:
    assert sum(scenario(id_).points for id_ in whole.tried) == POINTS


def test_every_scenario_of_the_sheet_is_written_and_stands_before_those_without_points() -> None:
    played = [id_ for scene in scenes().values() for id_ in (scene.id, *scene.also)]
    assert played[: len(SCENARIOS)] == [one.id for one in SCENARIOS]


def test_what_needs_another_broker_is_not_in_smoke() -> None:
    assert {scene(id_).nodes for id_ in SMOKE.tried} == {1}


def test_an_unknown_profile_or_scenario_is_named_and_what_there_is() -> None:
    with pytest.raises(Failure) as caught:
        profile("quick")
    assert (caught.value.code, caught.value.why) == (ExitCode.USAGE, f"there are {', '.join(PROFILES)}")
    with pytest.raises(Failure, match="there is no scenario N99"):
        scene("N99")
