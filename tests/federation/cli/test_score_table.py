"""The score sheet in the terminal: the cap first, a line for each scenario, nothing that a terminal would obey."""

from __future__ import annotations

from pathlib import Path

from federation.cli.score_table import score_table
from federation.cli.show import Paint
from federation.grading.reports.progress import Last
from tests.support.outcomes import an_outcome, at_the_gate, credited_twice

PLAIN = Paint(False)


def test_the_first_line_is_the_money_cap_s() -> None:
    told = score_table(an_outcome({"W4": credited_twice()}), PLAIN, Path("report.html")).splitlines()
    assert told[0].startswith("Money is not explained, so the score is at most 59: Transfer t17 of 2.50")
    assert "W4    Killed with a foreign record in hand                 0   2  ✗ unsafe" in told
    assert "D     Node faults                                         18  20" in told
    assert "59 of 100  My bank, profile course, seed 812" in told
    assert "42 of 43 scenarios held; 1 unsafe. Without the cap it would be 98." in told
    assert "       bankfed grade my-bank --scenario W4 --seed 812 --only s017" in told
    assert told[-1] == "report  report.html"


def test_who_fails_at_the_gate_sees_no_sheet_of_zeros() -> None:
    told = score_table(at_the_gate(), PLAIN)
    assert told.startswith("The gate was not passed: Your answer to a sign-in has no access_token.")
    assert "Plain work" not in told


def test_what_changed_since_the_last_run_is_one_line() -> None:
    last = Last(99, "course", "", {"W4": "pass", "N1": "late"}, {"W4": 1.0, "N1": 0.5})
    assert "last run 99; newly broken: W4; newly fixed: N1" in score_table(
        an_outcome({"W4": credited_twice()}), PLAIN, last=last
    )


def test_what_a_node_cannot_be_tried_on_is_said() -> None:
    told = score_table(an_outcome(lacks=("database",)), PLAIN)
    assert "not tried: N23 The database is locked for 10 s (the node offers no database)" in told


def test_a_stranger_s_name_moves_no_cursor() -> None:
    assert "\x1b" not in score_table(an_outcome({"W4": credited_twice("t\x1b[2J")}, submission="a\x1b[2Jb"), PLAIN)
