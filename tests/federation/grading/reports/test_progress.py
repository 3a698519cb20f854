"""Against the last run: each scenario by its verdict and its share of points; a file that is none is no last run."""

from __future__ import annotations

from pathlib import Path

import pytest

from federation.grading.reports.filing import write_reports
from federation.grading.reports.progress import Last, progress, read_last
from tests.support.outcomes import an_outcome, credited_twice

SHARES = {"W4": 0.0, "N1": 0.5, "A1": 1.0, "A2": 0.5, "A3": 0.0}


def test_each_scenario_is_marked() -> None:
    verdicts = {"W4": "pass", "N1": "late", "A1": "pass", "A2": "unsafe", "A3": "unsafe"}
    compared = progress(an_outcome({"W4": credited_twice()}).score, Last(50, "course", "", verdicts, SHARES))
    assert compared is not None
    assert compared.marked("newly broken") == ["W4"]
    assert compared.marked("newly fixed") == ["A2", "A3", "N1"]
    assert compared.marked("same") == ["A1"]
    assert "N4" in compared.marked("new")


def test_late_where_it_was_unsafe_is_better_and_the_reverse_is_worse() -> None:
    score = an_outcome({"W4": credited_twice()}).score
    compared = progress(score, Last(50, "course", "", {"W4": "late"}, {"W4": 0.5}))
    assert compared is not None
    assert compared.marks["W4"] == "worse"


def test_without_a_last_run_nothing_is_compared() -> None:
    assert progress(an_outcome().score, None) is None


def test_a_run_is_known_again_by_its_results(tmp_path: Path) -> None:
    write_reports(an_outcome({"W4": credited_twice()}), tmp_path)
    last = read_last(tmp_path / "results.json")
    assert last is not None
    assert (last.score, last.profile, last.verdicts["W4"], last.shares["A1"]) == (59.0, "course", "unsafe", 1.0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"extra_data": 3}',
        '{"extra_data": {"bankfed": {"shares": [], "verdicts": {}}}}',
        "\x00",
    ],
)
def test_a_file_that_is_none_is_no_last_run(tmp_path: Path, text: str) -> None:
    (tmp_path / "results.json").write_text(text, encoding="utf-8")
    assert read_last(tmp_path / "results.json") is None
