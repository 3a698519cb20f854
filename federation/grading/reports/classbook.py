"""A class at a glance: one row per submission, as `class.html` and as `class.csv`.

The columns of the CSV are `submission, score, cap, held, scenarios, exit, first_sentence, report`; `exit` is the code
that grading it alone would have ended with. A submission that could not be graded has no score, and the reason as its
sentence. Cells that a spreadsheet would take for a formula begin with an apostrophe.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import quote

from markupsafe import Markup

from federation.failure import ExitCode
from federation.grading.course.outcome import Outcome
from federation.grading.reports.filing import REPORT
from federation.grading.reports.headline import verdict
from federation.grading.reports.page import SHEETS, environment
from federation.grading.reports.quoting import NAME, SENTENCE, shown
from federation.grading.score import PASS, rounded

PAGE, TABLE = "class.html", "class.csv"
COLUMNS = ("submission", "score", "cap", "held", "scenarios", "exit", "first_sentence", "report")
_FORMULA = tuple("=+-@\t\r")


@dataclass(frozen=True, slots=True)
class Pupil:
    """A row. `folder`: as it was handed in. `score` None: it could not be graded. `report`: relative to the page.
    `seed` None: the hidden one of its files."""

    folder: str
    name: str
    score: float | None
    cap: int | None
    held: int
    scenarios: int
    exit_code: int
    sentence: str
    report: str = ""
    profile: str = ""
    seed: int | None = None

    @property
    def shown_score(self) -> str:
        return "–" if self.score is None else f"{self.score:g}"


def pupil(folder: str, outcome: Outcome, report: str = "") -> Pupil:
    """`report`: of a submission whose reports lie in the folder of its own name, if nothing else is said."""
    score = outcome.score
    found = [run.result.sentence for run in outcome.failed()]
    return Pupil(
        folder,
        outcome.submission,
        rounded(score.total),
        score.cap,
        sum(line.verdict == PASS for line in score.lines),
        len(score.lines),
        int(score.exit_code),
        next((one for one in (score.first_line, *found) if one), verdict(score)),
        report or f"{quote(folder)}/{REPORT}",
        outcome.profile,
        None if outcome.seed_was_hidden else outcome.seed,
    )


def ungraded(folder: str, why: str, code: ExitCode = ExitCode.GRADER_ERROR) -> Pupil:
    return Pupil(folder, "", None, None, 0, 0, int(code), why)


def write_class(pupils: Sequence[Pupil], folder: Path, title: str = "A class") -> Path:
    """Gives the page. It may be written again and again while a class is graded."""
    for name, text in ((TABLE, class_csv(pupils)), (PAGE, class_page(pupils, title))):
        beside = folder / f".{name}.new"
        beside.write_text(text, encoding="utf-8", newline="")
        beside.replace(folder / name)
    return folder / PAGE


def class_csv(pupils: Iterable[Pupil]) -> str:
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    for one in pupils:
        score = "" if one.score is None else one.score
        cap = "" if one.cap is None else one.cap
        row = [one.folder, score, cap, one.held, one.scenarios, one.exit_code, one.sentence, one.report]
        writer.writerow([_cell(cell) for cell in row])
    return table.getvalue()


def class_page(pupils: Sequence[Pupil], title: str = "A class") -> str:
    """The lowest score last, those that could not be graded first; buttons sort it otherwise where scripts run."""
    script = (SHEETS / "class.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    scores = [one.score for one in pupils if one.score is not None]
    in_turn = sorted(pupils, key=lambda one: (one.score is not None, -(one.score or 0), one.folder))
    return (
        environment()
        .get_template("class.html")
        .render(
            title=shown(title, NAME),
            pupils=[
                (one, shown(one.folder, NAME), shown(one.name, NAME), shown(one.sentence, SENTENCE)) for one in in_turn
            ],
            script=Markup(script),  # noqa: S704 - our own file
            digest=digest,
            graded=len(scores),
            middle=f"{median(scores):g}" if scores else "",
            capped=sum(one.cap is not None for one in pupils),
            perfect=sum(one.exit_code == ExitCode.OK and one.score is not None for one in pupils),
        )
    )


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = shown(value, SENTENCE * 2)
    return f"'{text}" if text.startswith(_FORMULA) else text
