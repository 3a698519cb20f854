"""Ratios, goals, rounds in turns, and the stable JSON shape of a bench."""

from __future__ import annotations

from federation.bench.figure import BenchReport, Figure, Goal, in_turns

FIGURE = Figure("P1", "writer against raw", "transfers/s", [60.0, 70.0, 80.0], [100.0, 90.0, 110.0], Goal(0.6))


def test_the_ratio_is_median_over_median() -> None:
    assert FIGURE.median == 70.0
    assert FIGURE.yardstick_median == 100.0
    assert FIGURE.ratio == 0.7
    assert FIGURE.met


def test_a_goal_is_at_least_or_at_most() -> None:
    assert Goal(0.6).met_by(0.6)
    assert not Goal(0.6).met_by(0.59)
    assert Goal(4, at_least=False).met_by(4)
    assert not Goal(4, at_least=False).met_by(4.1)
    assert (str(Goal(0.6)), str(Goal(4, at_least=False))) == ("≥ 0.6", "≤ 4")


def test_the_sides_take_turns_and_the_first_round_does_not_count() -> None:
    order: list[str] = []
    said: list[str] = []

    def side(name: str) -> float:
        order.append(name)
        return float(len(order))

    taken = in_turns(2, said.append, a=lambda: side("a"), b=lambda: side("b"))
    assert "".join(order) == "ababab"
    assert taken == {"a": [3.0, 5.0], "b": [4.0, 6.0]}
    assert said == ["round 1: a 3   b 4", "round 2: a 5   b 6"]


def test_a_report_has_the_documented_members() -> None:
    shape = BenchReport("store", [FIGURE], 1.5, conserved=True).as_json()
    assert {"name", "rounds", "median", "yardstick_median", "ratio", "goal", "cpu_seconds", "conserved"} <= set(shape)
    assert (shape["name"], shape["ratio"], shape["goal"]) == ("store", 0.7, "≥ 0.6")


def test_a_report_passes_only_with_its_goals_met_its_books_balanced_and_no_errors() -> None:
    missed = Figure("P1", "", "", [1.0], [100.0], Goal(0.6))
    assert BenchReport("store", [FIGURE], 1.0, conserved=True).passed
    assert not BenchReport("store", [FIGURE, missed], 1.0, conserved=True).passed
    assert not BenchReport("store", [FIGURE], 1.0, conserved=False).passed
    assert not BenchReport("store", [FIGURE], 1.0, conserved=True, errors=1).passed
