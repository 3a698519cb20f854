"""`report.html`: one file for whoever was graded and knows nothing of grading. Nothing in it is loaded or run.

What it shows is prepared here and in `chapter`; `sheets/report.html` has the words around it. Every text goes through
Jinja's autoescape, and the page forbids itself all scripts and all addresses (Content-Security-Policy).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from federation.grading.course.outcome import Outcome
from federation.grading.reports.chapter import chapters
from federation.grading.reports.headline import MEANINGS, WORDS, headline, points, verdict
from federation.grading.reports.progress import SAME, Last, progress
from federation.grading.reports.quoting import NAME, SENTENCE, brief, shown
from federation.grading.score import Line
from federation.grading.sheet import GROUPS, Scenario
from federation.grading.telling import times

SHEETS = Path(__file__).parent / "sheets"
CELL = SENTENCE // 2
FEW = 5
MARKS = ("newly broken", "newly fixed", "worse", "better")


@dataclass(frozen=True, slots=True)
class Row:
    """A scenario on the sheet. `mark`: against the last run; empty if nothing changed."""

    line: Line
    sentence: str
    mark: str
    has_chapter: bool


@dataclass(frozen=True, slots=True)
class Group:
    id: str
    title: str
    points: str
    of: str
    rows: tuple[Row, ...]


def report(outcome: Outcome, last: Last | None = None) -> str:
    told = chapters(outcome)
    compared = progress(outcome.score, last)
    marks = {} if compared is None else {id_: mark for id_, mark in compared.marks.items() if mark != SAME}
    sentences = {chapter.line.scenario.id: chapter.sentence for chapter in told}
    return (
        environment()
        .get_template("report.html")
        .render(
            outcome=outcome,
            name=shown(outcome.submission, NAME),
            given=shown(outcome.given, NAME),
            headline=headline(outcome.score),
            verdict=verdict(outcome.score),
            first_line=shown(brief(outcome.score.first_line, _ids(outcome)), SENTENCE * 2),
            groups=groups(outcome, marks, sentences),
            chapters=told,
            progress=compared,
            changes=[(mark, compared.marked(mark)) for mark in MARKS if compared.marked(mark)] if compared else [],
            versions=[(shown(name, NAME), shown(said, NAME)) for name, said in outcome.versions.items()],
            complaints=[shown(one) for one in outcome.complaints],
            notes=[shown(one) for one in outcome.notes],
            trouble=[shown(one) for one in outcome.trouble],
            not_tried=not_tried(outcome),
            gate=[(shown(step.what), shown(step.complaint)) for step in outcome.gate_steps],
        )
    )


def groups(outcome: Outcome, marks: dict[str, str], sentences: dict[str, str]) -> list[Group]:
    """The sheet, group by group; without those of which nothing was tried. `sentences`: of those with a chapter."""
    found, ids = [], _ids(outcome)
    for id_, title in GROUPS.items():
        lines = [line for line in outcome.score.lines if line.scenario.group == id_]
        if lines:
            rows = tuple(
                Row(
                    one,
                    sentences.get(one.scenario.id) or shown(brief(one.sentence, ids), CELL),
                    marks.get(one.scenario.id, ""),
                    one.scenario.id in sentences,
                )
                for one in lines
            )
            got, of = (sum((getattr(one, name) for one in lines), start=0 * lines[0].of) for name in ("points", "of"))
            found.append(Group(id_, title, points(got), points(of), rows))
    return found


def not_tried(outcome: Outcome) -> list[tuple[str, list[str]]]:
    """By reason; few are named with their title, many by their id alone."""
    found: dict[str, list[Scenario]] = {}
    for scenario, why in outcome.score.not_tried:
        found.setdefault(why, []).append(scenario)
    return [
        (why, [one.id if len(of_one) > FEW else f"{one.id} {one.title}" for one in of_one])
        for why, of_one in found.items()
    ]


def _ids(outcome: Outcome) -> set[str]:
    return {id_ for run in outcome.runs for one in run.result.findings for id_ in one.finding.transfers}


@lru_cache(maxsize=1)
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(SHEETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["points"] = points
    made.filters["shown"] = shown
    made.filters["times"] = times
    made.globals["verdict_words"] = WORDS
    made.globals["verdict_meanings"] = MEANINGS
    made.globals["style"] = Markup((SHEETS / "report.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file
    return made
