"""Everything that a graded run hands out, put into its folder.

`report.html` · `results.json` (Gradescope) · `classroom.json`, `classroom.base64` (GitHub Classroom) · `junit.xml` ·
`outcome.json` (what `bankfed grade --json` prints). The evidence lies there already: `history.jsonl` was written while
it happened, the rest by `bundle.write_bundle`; here each bundle gets its seal (`recheck`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from federation.grading.course.outcome import Outcome
from federation.grading.reports.classroom import classroom, encoded
from federation.grading.reports.gradescope import gradescope
from federation.grading.reports.junit import junit
from federation.grading.reports.page import report
from federation.grading.reports.progress import Last, read_last
from federation.grading.reports.recheck import OUTCOME, seal

REPORT, RESULTS, JUNIT = "report.html", "results.json", "junit.xml"
CLASSROOM, CLASSROOM_ENCODED = "classroom.json", "classroom.base64"
NO_PAGE = "<!doctype html><meta charset=utf-8><title>No page</title><p>This page could not be drawn: see outcome.json."


def write_reports(outcome: Outcome, folder: Path, last: Last | None = None) -> Path:
    """Gives the page to be opened. `last`: the run to compare with; else whatever lies in the folder from before."""
    folder.mkdir(parents=True, exist_ok=True)
    compared = last or read_last(folder / RESULTS)
    trouble: list[str] = []
    texts = {
        REPORT: _tried(trouble, REPORT, lambda: report(outcome, compared)) or NO_PAGE,
        JUNIT: _tried(trouble, JUNIT, lambda: junit(outcome)),
        CLASSROOM: _tried(trouble, CLASSROOM, lambda: _json(classroom(outcome))),
        CLASSROOM_ENCODED: _tried(trouble, CLASSROOM_ENCODED, lambda: encoded(classroom(outcome))),
    }
    _tried(trouble, "the seal of the evidence", lambda: _sealed(outcome))
    outcome = replace(outcome, trouble=(*outcome.trouble, *trouble))
    _write(folder / OUTCOME, _json(outcome.as_json()))
    for name, text in texts.items():
        if text:
            _write(folder / name, text)
    _write(folder / RESULTS, _json(gradescope(outcome)))  # at last: whoever waits for it finds the others there
    return folder / REPORT


def _sealed(outcome: Outcome) -> str:
    seal(outcome)
    return ""


def _tried(trouble: list[str], what: str, make: Callable[[], str]) -> str:
    """Hours of grading are not lost for a page that cannot be drawn."""
    try:
        text = make()
        text.encode()
        return text
    except Exception as error:
        trouble.append(f"The grader could not write {what}: {type(error).__name__}: {error}")
        return ""


def _json(said: dict[str, Any]) -> str:
    """ASCII: half a surrogate pair in a node's answer is none in a file."""
    return json.dumps(said, indent=1, default=str) + "\n"


def _write(file: Path, text: str) -> None:
    """Whole or not at all: a class is graded for hours, and may be ended at any moment."""
    beside = file.with_name(f".{file.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)
