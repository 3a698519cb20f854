"""The score sheet in the terminal, as `bankfed grade` ends: the first line is the money cap's, if there is one."""

from __future__ import annotations

from pathlib import Path

from federation.cli.show import Paint, table
from federation.grading.course.outcome import Outcome, Run
from federation.grading.reports.headline import WORDS, headline, points, verdict
from federation.grading.reports.progress import BETTER, NEWLY_BROKEN, NEWLY_FIXED, WORSE, Last, progress
from federation.grading.reports.quoting import NAME, SENTENCE, shown
from federation.grading.score import NOT_EXERCISED, PASS, Line
from federation.grading.sheet import GROUPS

SIGNS = {PASS: "ok", "late": "warn", "unsafe": "bad", NOT_EXERCISED: "skip"}
SENTENCES_MAX = 5  # below the table; the report has all


def score_table(outcome: Outcome, paint: Paint, report: Path | None = None, last: Last | None = None) -> str:
    score = outcome.score
    parts = [
        paint.red(paint.bold(shown(score.first_line, SENTENCE))) if score.first_line else "",
        "" if score.at_gate else _sheet(outcome, paint),
        f"{paint.bold(headline(score))}  {_whose(outcome)}",
        verdict(score),
        _progress(outcome, last),
        _failures(outcome, paint),
        _not_tried(outcome, paint),
        f"report  {report}" if report else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _whose(outcome: Outcome) -> str:
    return f"{shown(outcome.submission, NAME)}, profile {outcome.profile}, seed {outcome.seed}"


def _sheet(outcome: Outcome, paint: Paint) -> str:
    rows = []
    for id_, title in GROUPS.items():
        lines = [line for line in outcome.score.lines if line.scenario.group == id_]
        if lines:
            got, of = (sum((getattr(one, name) for one in lines), start=0 * lines[0].of) for name in ("points", "of"))
            rows.append([paint.bold(id_), paint.bold(title), points(got), points(of), ""])
            rows += [_row(line, paint) for line in lines]
    return table(["", "scenario", "points", "of", "verdict"], rows, paint, right=(2, 3))


def _row(line: Line, paint: Paint) -> list[str]:
    words = f"{paint.sign(SIGNS[line.verdict])} {WORDS[line.verdict]}"
    flaky = paint.dim(" (not in each run)") if line.flaky else ""
    return [line.scenario.id, line.scenario.title, points(line.points), points(line.of), words + flaky]


def _progress(outcome: Outcome, last: Last | None) -> str:
    compared = progress(outcome.score, last)
    if compared is None:
        return ""
    marks = (NEWLY_BROKEN, NEWLY_FIXED, WORSE, BETTER)
    said = [f"{mark}: {', '.join(ids)}" for mark in marks if (ids := compared.marked(mark))]
    return f"last run {compared.last.score:g}; {'; '.join(said) if said else 'no scenario came out differently'}"


def _failures(outcome: Outcome, paint: Paint) -> str:
    """Of each scenario that fell the first run, as long as there is room."""
    first: dict[str, Run] = {}
    for run in outcome.failed():
        first.setdefault(run.scenario, run)
    lines = []
    for run in list(first.values())[:SENTENCES_MAX]:
        lines.append(f"{paint.sign(SIGNS[run.result.verdict])} {run.scenario:<5}{shown(run.result.sentence)}")
        lines += [paint.dim(f"       {shown(run.repro)}")] if run.repro else []
    more = len(first) - SENTENCES_MAX
    return "\n".join(lines + ([paint.dim(f"  … and {more} more scenarios in the report")] if more > 0 else []))


def _not_tried(outcome: Outcome, paint: Paint) -> str:
    """Without those that the profile leaves out: whoever chose it knows."""
    said = [f"not tried: {one.id} {one.title} ({why})" for one, why in outcome.score.not_tried if "profile" not in why]
    return "\n".join(paint.dim(shown(one)) for one in (*said, *outcome.notes, *outcome.trouble))
