"""Grades a bank's node, of whatever language: is its tellers, breaks its broker, kills it, looks where the money went.

FOLDER is a submission with a bank.toml; NAME is one that comes with bankfed: reference, m01 to m30, v1 to v6, c0.
Exit code 0: all held; 6: something did not; 8: something could not be tried; 9: the grader itself came to grief.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from federation.cli.call import Answer, Call, verb
from federation.cli.show import Paint, table
from federation.failure import ExitCode, Failure

if TYPE_CHECKING:
    from federation.grading.course.outcome import Outcome, Run
    from federation.grading.course.profiles import Profile

ROOM = "grades"  # in the data folder


@verb(
    ("bankfed grade reference --profile smoke", "the bank of this package, in a minute and a half"),
    ("bankfed grade ~/my-bank", "a whole course"),
    ("bankfed grade ~/my-bank --scenario W4 --seed 3", "one scenario alone, as the course plays it with this seed"),
)
@click.argument("submission", metavar="FOLDER|NAME")
@click.option("--profile", "profile_name", default="course", show_default=True, help="smoke, course or full.")
@click.option("--scenario", default="", help="Only this one of the sheet.")
@click.option("--seed", type=click.IntRange(min=0), default=None, help="1 to 5 are for students.  [default: hidden]")
@click.option("--only", multiple=True, metavar="STEP", help="Of the plan only these orders and what belongs to them.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Reports and evidence go here.")
def command(
    call: Call,
    *,
    submission: str,
    profile_name: str,
    scenario: str,
    seed: int | None,
    only: tuple[str, ...],
    out: Path | None,
) -> Answer:
    from federation.grading.course.grading import Told, Wish, grade

    wanted = _profile(profile_name, scenario)
    folder = _folder(submission)
    out = out or call.data / ROOM / f"{Path(submission).name}-{time.strftime('%Y%m%d-%H%M%S')}"
    wish = Wish(folder, submission, wanted, out, seed, frozenset(only))
    try:
        outcome = grade(wish, Told(call.progress, lambda run: call.progress(_line(run, call.paint))))
    except Failure as failure:
        if failure.code == ExitCode.FAILED:
            failure.code = ExitCode.GRADER_ERROR
        raise
    return Answer({"folder": str(out), **outcome.as_json()}, words(outcome, call.paint), outcome.score.exit_code)


def _folder(submission: str) -> Path:
    from federation.grading.submissions import folder_of

    bundled = folder_of(submission)
    folder = bundled or Path(submission).expanduser().absolute()
    if not folder.is_dir():
        do = "a folder with a bank.toml, or reference, m01 to m30, v1 to v6, c0"
        raise Failure(f"there is no submission {submission}", do=do, code=ExitCode.USAGE)
    return folder


def _profile(name: str, scenario: str) -> Profile:
    from federation.grading.course.profiles import ALONE, profile
    from federation.grading.scenarios.table import scene

    if not scenario:
        return profile(name)
    base = ALONE if name == "course" else profile(name)
    return replace(base, name=base.name, scenarios=(scene(scenario).id,))


def _line(run: Run, paint: Paint) -> str:
    """As soon as it is known."""
    verdict, sign = run.result.verdict, {"pass": "ok", "unsafe": "bad"}.get(run.result.verdict, "warn")
    said = "" if verdict == "pass" else f" {run.result.sentence}"
    return f"{paint.sign(sign)} {run.scenario} {verdict.replace('_', ' ')} in {run.seconds:.1f} s{said}"


def words(outcome: Outcome, paint: Paint) -> str:
    """What a run came to."""
    lines = outcome.score.lines
    rows = [
        [line.scenario.id, line.scenario.title, f"{float(line.points):g}", f"{float(line.of):.3g}", line.verdict]
        for line in lines
    ]
    failed = [f"{paint.sign('bad')} {run.scenario}: {run.result.sentence}\n    {run.repro}" for run in outcome.failed()]
    first = [paint.red(paint.bold(outcome.score.first_line))] if outcome.score.first_line else []
    gate = [f"{paint.sign('bad')} {step.complaint}" for step in outcome.gate_steps if step.complaint]
    total = f"{float(outcome.score.total):.1f} of 100 points, {outcome.seconds:.0f} s, seed {outcome.seed}"
    shown = table(("", "scenario", "points", "of", "verdict"), rows, paint, (2, 3))
    return "\n\n".join([*first, *gate, shown, *failed, paint.bold(total)])
