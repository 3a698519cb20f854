"""`results.json` as Gradescope's autograders write it (`/autograder/results/results.json`).

    {"score": 83.5, "execution_time": 412, "output": "…", "output_format": "text", "test_output_format": "text",
     "test_name_format": "text", "visibility": "visible", "stdout_visibility": "hidden",
     "tests": [{"name": "N5 Acknowledgements and requests are lost", "number": "N5", "score": 2.0, "max_score": 4.0,
                "status": "failed", "output": "…", "tags": ["B", "late"], "visibility": "visible"}],
     "extra_data": {"bankfed": {"score": 83.5, "profile": "course", "begun_at": "…", "verdicts": {}, "shares": {}}}}

`score` stands above the tests' own, as the money cap needs. All formats are "text": what a node answered is never taken
for HTML or Markdown. By `extra_data` the next run knows this one (`progress`).
"""

from __future__ import annotations

from typing import Any

from federation.grading.course.outcome import Outcome
from federation.grading.reports.headline import WORDS, headline, verdict
from federation.grading.reports.progress import remembered
from federation.grading.reports.quoting import SENTENCE, shown
from federation.grading.score import NOT_EXERCISED, PASS, Line, rounded


def gradescope(outcome: Outcome) -> dict[str, Any]:
    score = outcome.score
    said = [one for one in (score.first_line, f"{headline(score)}. {verdict(score)}", *outcome.notes) if one]
    return {
        "score": rounded(score.total),
        "execution_time": round(outcome.seconds),
        "output": "\n".join(shown(one, SENTENCE * 2) for one in said),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",  # a node's output is no part of the verdict, and none of a reader's
        "tests": [_test(outcome, line) for line in score.lines],
        "extra_data": {"bankfed": remembered(score, outcome.profile, outcome.begun_at)},
    }


def _test(outcome: Outcome, line: Line) -> dict[str, Any]:
    said = [f"{WORDS[line.verdict]}: {line.sentence}" if line.sentence else WORDS[line.verdict]]
    if line.verdict != PASS:
        said.append(f"What it teaches: {line.scenario.lesson}")
        said += [f"Try it again: {run.repro}" for run in outcome.runs_of(line.scenario.id)[:1] if run.repro]
    test: dict[str, Any] = {
        "name": f"{line.scenario.id} {line.scenario.title}",
        "number": line.scenario.id,
        "score": rounded(line.points),
        "max_score": rounded(line.of),
        "output": "\n".join(shown(one) for one in said),
        "tags": [line.scenario.group, line.verdict],
        "visibility": "visible",
    }
    if line.verdict != NOT_EXERCISED:  # Gradescope has no third word
        test["status"] = "passed" if line.verdict == PASS else "failed"
    return test
