"""The score: a hundred points, half for what is late, none for what is unsafe, at most 59 where a cent is missing."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

import pytest

from federation.failure import ExitCode
from federation.grading.blame import Blame, Blamed
from federation.grading.checkers.finding import DIAGNOSIS, LATE, UNSAFE, Finding, Weight
from federation.grading.reports.headline import headline
from federation.grading.score import NOT_EXERCISED, PASS, Gate, Result, Score, rounded, score
from federation.grading.sheet import GROUPS, SCENARIOS, scenario


def a_finding(
    weight: Weight = UNSAFE, cents: int = 0, blame: Blame = Blame.NODE, sentence: str = "It broke."
) -> Blamed:
    return Blamed(Finding("Q05", sentence, "once", "twice", ("t1",), weight, cents), blame, "the proxy ended")


def all_pass(**instead: Result | None) -> list[Result]:
    """A result for each scenario; those named are others, or missing."""
    results = [instead.get(one.id, Result(one.id, proof="it bit")) for one in SCENARIOS]
    return [result for result in results if result is not None]


def line_of(found: Score, id_: str) -> Any:
    return next(line for line in found.lines if line.scenario.id == id_)


def test_the_sheet_has_a_hundred_points_in_the_groups_of_the_design() -> None:
    points = Counter[str]()
    for one in SCENARIOS:
        points[one.group] += one.points
    assert points == {"A": 10, "B": 30, "C": 15, "D": 20, "E": 12, "F": 8, "G": 5}
    assert set(points) == set(GROUPS)
    assert len({one.id for one in SCENARIOS}) == len(SCENARIOS)


def test_whoever_passes_everything_has_a_hundred_points() -> None:
    found = score(all_pass())
    assert (found.total, found.cap, found.first_line, found.exit_code) == (100, None, "", ExitCode.OK)
    assert found.as_json()["score"] == 100


def test_safe_but_late_is_half() -> None:
    found = score(all_pass(N4=Result("N4", (a_finding(LATE),))))
    assert (found.total, line_of(found, "N4").points, line_of(found, "N4").verdict) == (98, 2, LATE)
    assert found.exit_code is ExitCode.LAW_BROKEN


def test_unsafe_is_nothing_and_says_why() -> None:
    found = score(all_pass(N4=Result("N4", (a_finding(LATE), a_finding(sentence="It is gone.")))))
    line = line_of(found, "N4")
    assert (found.total, line.points, line.verdict, line.sentence) == (96, 0, UNSAFE, "It is gone.")


def test_one_cent_that_nothing_explains_caps_the_score_and_is_the_first_line() -> None:
    finding = a_finding(cents=1, sentence="0.01 appeared from nowhere.")
    found = score(all_pass(A1=Result("A1", (finding,))))
    assert (found.total, found.uncapped, found.cap) == (59, 98, 59)
    assert found.first_line.endswith("0.01 appeared from nowhere.")
    assert found.as_json()["cap"] == 59


def test_a_cap_lifts_nobody() -> None:
    results = [Result(one.id, (a_finding(cents=5),)) for one in SCENARIOS]
    assert score(results).total == 0


@pytest.mark.parametrize("blame", [Blame.BROKER, Blame.GRADER])
def test_what_is_not_the_nodes_fault_caps_nothing(blame: Blame) -> None:
    assert score(all_pass(N4=Result("N4", (a_finding(cents=1, blame=blame),)))).cap is None


def test_what_the_broker_did_costs_nothing() -> None:
    assert score(all_pass(N4=Result("N4", (a_finding(blame=Blame.BROKER),)))).total == 100


def test_diagnosis_costs_nothing() -> None:
    assert score(all_pass(N4=Result("N4", (a_finding(DIAGNOSIS, cents=3),)))).total == 100


def test_a_fault_that_never_bit_is_no_pass_and_is_flagged() -> None:
    found = score(all_pass(N4=Result("N4", exercised=False, proof="only 3 transfers were accepted meanwhile")))
    line = line_of(found, "N4")
    assert (found.total, line.verdict, line.sentence) == (96, NOT_EXERCISED, "only 3 transfers were accepted meanwhile")
    assert found.exit_code is ExitCode.NOT_EXERCISED


def test_a_scenario_that_was_not_run_is_not_exercised() -> None:
    found = score(all_pass(N4=None))
    assert (line_of(found, "N4").verdict, line_of(found, "N4").sentence) == (NOT_EXERCISED, "it was not run")


def test_the_graders_own_trouble_is_not_exercised_either() -> None:
    found = score(all_pass(N4=Result("N4", (a_finding(blame=Blame.GRADER),))))
    assert (line_of(found, "N4").verdict, line_of(found, "N4").sentence) == (NOT_EXERCISED, "the proxy ended")


def test_what_is_unsafe_is_unsafe_even_where_the_fault_never_bit() -> None:
    found = score(all_pass(N4=Result("N4", (a_finding(),), exercised=False)))
    assert line_of(found, "N4").verdict == UNSAFE


def test_of_several_runs_the_worst_counts_and_it_is_told_that_they_differ() -> None:
    runs = [Result("N4"), Result("N4", (a_finding(LATE),)), Result("N4", exercised=False)]
    line = line_of(score([*all_pass(N4=None), *runs]), "N4")
    assert (line.points, line.verdict, line.flaky) == (2, LATE, True)
    same = line_of(score([*all_pass(), Result("N4")]), "N4")
    assert (same.verdict, same.flaky) == (PASS, False)


def test_points_of_what_the_node_does_not_offer_go_to_the_rest() -> None:
    found = score(all_pass(N23=None, N24=None), lacks={"database", "clock_offset"})
    assert found.total == 100
    assert {one.id: why for one, why in found.not_tried} == {
        "N23": "the node offers no database",
        "N24": "the node offers no clock offset",
    }
    assert line_of(found, "N4").of == Fraction(400, 98)
    assert sum(line.of for line in found.lines) == 100


def test_a_small_profile_is_worth_a_hundred_too() -> None:
    found = score([Result("A2"), Result("N2", (a_finding(LATE),))], profile={"A2", "N2"})
    assert (found.total, [line.scenario.id for line in found.lines]) == (75, ["A2", "N2"])
    assert len(found.not_tried) == len(SCENARIOS) - 2


def test_without_the_gate_there_is_nothing_to_grade() -> None:
    found = score(all_pass(), Gate(False, ("Your transfer answer has no id.",)))
    assert (found.total, found.exit_code) == (0, ExitCode.LAW_BROKEN)
    assert found.first_line == "The gate was not passed: Your transfer answer has no id."


def test_the_json_has_what_programs_depend_on() -> None:
    said = score(all_pass()).as_json()
    assert {"ok", "score", "cap", "scenarios"} <= set(said)
    assert {"id", "points", "of", "verdict", "sentence"} <= set(said["scenarios"][0])


@pytest.mark.parametrize(
    ("points", "said"), [(Fraction(97), 97.0), (Fraction(975, 10), 97.5), (Fraction(1, 3), 0.3), (Fraction(1, 20), 0.1)]
)
def test_points_are_told_to_a_tenth(points: Fraction, said: float) -> None:
    assert rounded(points) == said


def test_every_scenario_teaches_something() -> None:
    assert all(one.lesson and one.title for one in SCENARIOS)
    assert scenario("N4").points == 4


def test_what_is_only_diagnosed_has_a_line_and_an_exit_code_and_no_points() -> None:
    held = score([Result("N30", proof="it slept")], profile=("N30",))
    assert [(line.scenario.id, line.of, line.verdict) for line in held.lines] == [("N30", 0, PASS)]
    assert (held.total, held.exit_code) == (0, ExitCode.OK)
    fell = score([Result("N18", (a_finding(),))], profile=("N18",))
    assert (fell.lines[0].verdict, fell.exit_code) == (UNSAFE, ExitCode.LAW_BROKEN)
    never = score([Result("N18", exercised=False)], profile=("N18",))
    assert never.exit_code is ExitCode.NOT_EXERCISED
    assert headline(fell) == "Diagnosis, no points"
