"""`classroom.json`: what GitHub Classroom's reporter (autograding-grading-reporter) reads of a runner.

    {"version": 1, "status": "fail", "max_score": 100,
     "tests": [{"name": "…", "status": "pass", "score": 4.0, "message": null, "test_code": "…", "filename": "",
                "line_no": 0, "execution_time": 12.5}]}

The reporter takes it in base64 from the environment variable `<RUNNER>_RESULTS`: `encoded` is that. It adds up the
tests' own scores, so these are rounded so that they add up, and the money cap is a test of its own, with points below
zero. GitHub has ended Classroom itself; the reporter, and whatever follows its format, reads this as before.
"""

from __future__ import annotations

import base64
import json
from fractions import Fraction
from typing import Any

from federation.failure import ExitCode
from federation.grading.course.outcome import Outcome
from federation.grading.reports.quoting import shown
from federation.grading.score import NOT_EXERCISED, PASS, Line, rounded
from federation.grading.sheet import POINTS

_STATUS = {PASS: "pass", NOT_EXERCISED: "error"}


def classroom(outcome: Outcome) -> dict[str, Any]:
    score = outcome.score
    tests, before = [], Fraction(0)
    for line in score.lines:
        tests.append(_line(outcome, line, rounded(before + line.points) - rounded(before)))
        before += line.points
    if score.total != score.uncapped:
        below = rounded(score.total) - rounded(score.uncapped)
        tests.append(_test("Money is not explained", "fail", below, score.first_line, "", 0.0))
    if score.at_gate:
        tests.insert(0, _test("The first contact", "fail", 0.0, score.first_line, "", 0.0))
    status = {ExitCode.OK: "pass", ExitCode.NOT_EXERCISED: "error"}.get(score.exit_code, "fail")
    return {"version": 1, "status": status, "max_score": POINTS, "tests": tests}


def encoded(said: dict[str, Any]) -> str:
    return base64.b64encode(json.dumps(said).encode()).decode("ascii")


def _line(outcome: Outcome, line: Line, points: float) -> dict[str, Any]:
    runs = outcome.runs_of(line.scenario.id)
    status = _STATUS.get(line.verdict, "fail")
    name = f"{line.scenario.id} {line.scenario.title}"
    repro = runs[0].repro if runs else ""
    seconds = sum(run.seconds for run in runs)
    return _test(name, status, points, "" if line.verdict == PASS else line.sentence, repro, seconds)


def _test(name: str, status: str, score: float, message: str, code: str, seconds: float) -> dict[str, Any]:
    return {
        "name": name,
        "status": status,
        "score": round(score, 1),
        "message": shown(message) if message else None,
        "test_code": shown(code),
        "filename": "",
        "line_no": 0,
        "execution_time": round(seconds, 2),
    }
