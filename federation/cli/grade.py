"""Grades a bank's node, of whatever language: is its tellers, breaks its broker, kills it, looks where the money went.

FOLDER is a submission with a bank.toml; NAME is one that comes with bankfed: reference, m01 to m30, v1 to v6, c0.
`recheck FOLDER` judges the evidence of a run again, `matrix` tries the bundled ones on the scenarios that must catch
them, `soak` mixes everything for as long as it is told, `--all FOLDER` grades a class.
Exit code 0: all held; 6: something did not; 8: something could not be tried; 9: the grader itself came to grief.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from federation.cli.call import Answer, Call, verb
from federation.failure import ExitCode, Failure

if TYPE_CHECKING:
    from federation.grading.course.outcome import Run
    from federation.grading.course.profiles import Profile

ROOM = "grades"  # in the data folder
OTHERS = ("recheck", "matrix", "soak")
# What each of them heeds; the others would be overlooked in silence
HEEDED = {
    "grading one": {"--profile", "--scenario", "--seed", "--only", "--junit", "--out"},
    "recheck": set[str](),
    "matrix": {"--scenario", "--runs", "--out"},
    "soak": {"--seed", "--for", "--transfers", "--out"},
    "--all": {"--all", "--profile", "--seed", "--out"},
}


@dataclass(frozen=True, slots=True)
class Options:
    profile: str
    scenario: str
    seed: int | None
    only: tuple[str, ...]
    junit: Path | None
    out: Path | None
    runs: int = 1
    minutes: float | None = None
    transfers: int | None = None


def complete_words(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What is bundled, what else there is to do, and folders."""
    from federation.grading.submissions import NAMES

    first = (ctx.params.get("words") or ("",))[0]
    names = (*NAMES, *OTHERS) if not first else NAMES if first in ("matrix", "soak") else ()
    found = [CompletionItem(name) for name in names if name.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="dir")]


@verb(
    ("bankfed grade ~/my-bank", "a whole course"),
    ("bankfed grade reference --profile smoke", "the bank of this package, in a minute and a half"),
    ("bankfed grade ~/my-bank --scenario W4 --seed 3", "one scenario alone, as the course plays it with this seed"),
    ("bankfed grade recheck .bankfed/grades/my-bank/…", "the evidence of a run, judged again"),
    ("bankfed grade --all handed-in/", "a class; what was graded before is not graded again"),
    ("bankfed grade matrix m01 m02 --runs 20", "are the planted bugs caught, with seeds 1 to 20?"),
    ("bankfed grade soak reference --for 60", "everything at random for an hour, counted"),
)
@click.argument("words", nargs=-1, metavar="[FOLDER|NAME]", shell_complete=complete_words)
@click.option("--profile", default="course", show_default=True, help="smoke, course or full.")
@click.option("--scenario", default="", help="Only this one of the sheet.")
@click.option("--seed", type=click.IntRange(min=0), default=None, help="1 to 5 are for students.  [default: hidden]")
@click.option("--only", multiple=True, metavar="STEP", help="Of the plan only these orders and what belongs to them.")
@click.option("--junit", type=click.Path(path_type=Path), default=None, help="Write JUnit's XML into this file too.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Reports and evidence go here.")
@click.option("--all", "class_", type=click.Path(path_type=Path), default=None, help="Grade every submission in here.")
@click.option(
    "--runs", type=click.IntRange(min=1), default=1, show_default=True, help="Of the matrix: seeds 1 to this."
)
@click.option("--for", "minutes", type=float, default=None, metavar="MINUTES", help="Of soak: how long.")
@click.option("--transfers", type=click.IntRange(min=1), default=None, help="Of soak: until so many were accepted.")
def command(
    call: Call,
    *,
    words: tuple[str, ...],
    profile: str,
    scenario: str,
    seed: int | None,
    only: tuple[str, ...],
    junit: Path | None,
    out: Path | None,
    class_: Path | None,
    runs: int,
    minutes: float | None,
    transfers: int | None,
) -> Answer:
    from federation.cli import grade_many

    options = Options(profile, scenario, seed, only, junit, out, runs, minutes, transfers)
    others: dict[str, Callable[[Call, tuple[str, ...], Options], Answer]] = dict(
        zip(OTHERS, (_rechecked, grade_many.matrix, grade_many.soaked), strict=True)
    )
    try:
        _refuse_nonsense(words, class_, junit)
        if class_ is not None:
            return grade_many.whole_class(call, class_, options)
        if words and words[0] in others:
            return others[words[0]](call, words[1:], options)
        return _graded(call, only_one(words), options)
    except Failure as failure:
        if failure.code not in (ExitCode.USAGE, ExitCode.LAW_BROKEN):  # of a command line, of a recheck
            failure.code = ExitCode.GRADER_ERROR
        raise
    except Exception as error:
        if call.debug:
            raise
        why = f"{type(error).__name__}: {error}"
        do = "run it again with --debug and report what it shows"
        words_ = "the grader came to grief: this is no fault of the node"
        raise Failure(words_, why=why, do=do, code=ExitCode.GRADER_ERROR) from error


def _refuse_nonsense(words: tuple[str, ...], class_: Path | None, junit: Path | None) -> None:
    """Before anything is started: a course takes minutes."""
    if class_ is not None and words:
        raise Failure(f"--all grades what is in {class_}, and not {words[0]} too", code=ExitCode.USAGE)
    what = "--all" if class_ is not None else words[0] if words and words[0] in OTHERS else "grading one"
    context = click.get_current_context()
    for parameter in context.command.params:
        name = parameter.opts[0]
        said = context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
        if said and name in set().union(*HEEDED.values()) - HEEDED[what]:
            do = f"leave it out, or see bankfed grade --help; heeded: {', '.join(sorted(HEEDED[what])) or 'none'}"
            raise Failure(f"{what} does not heed {name}", do=do, code=ExitCode.USAGE)
    if junit is not None and not junit.absolute().parent.is_dir():
        raise Failure(f"--junit {junit}: there is no such folder", do="make it first", code=ExitCode.USAGE)


def _graded(call: Call, submission: str, options: Options) -> Answer:
    from federation.cli.score_table import score_table
    from federation.grading.course.grading import Told, Wish, grade
    from federation.grading.course.school import keep
    from federation.grading.reports.classbook import pupil
    from federation.grading.reports.filing import JUNIT, RESULTS, write_reports
    from federation.grading.reports.progress import read_last

    wanted, folder = _profile(options), folder_of(submission)
    room = call.data / ROOM / folder.name
    before = max((file for file in room.glob(f"*/{RESULTS}")), default=None)
    out = options.out or room / time.strftime("%Y%m%d-%H%M%S")
    wish = Wish(folder, submission, wanted, out, options.seed, frozenset(options.only))
    outcome = grade(wish, Told(call.progress, lambda run: call.progress(line(run, call))))
    last = read_last(before) if before else None
    report = write_reports(outcome, out, last)
    keep(pupil(folder.name, outcome), out)
    if options.junit:
        shutil.copy(out / JUNIT, options.junit)
    fields = {"folder": str(out), "report": str(report), **outcome.as_json()}
    return Answer(fields, score_table(outcome, call.paint, report, last), outcome.score.exit_code)


def _rechecked(call: Call, words: tuple[str, ...], _options: Options) -> Answer:
    from federation.grading.reports.recheck import recheck

    found = recheck(Path(only_one(words)).expanduser().absolute())
    against = [result for result in found.results if result.against_the_node]
    said = [f"{call.paint.sign('ok')} judged again, it comes to the same: {len(found.results)} runs of scenarios"]
    said += [f"{call.paint.sign('bad')} {result.scenario}: {result.sentence}" for result in against]
    said += [f"  on trust: {sentence}" for sentence in found.on_trust]
    runs = [{"id": one.scenario, "verdict": one.verdict, "sentence": one.sentence} for one in found.results]
    score = {"score": None, "cap": None, "scenarios": runs} if found.score is None else found.score.as_json()
    fields = {
        **{name: score[name] for name in ("score", "cap", "scenarios")},
        "findings": found.findings,
        "on_trust": list(found.on_trust),
    }
    return Answer(fields, "\n".join(said))


def folder_of(submission: str) -> Path:
    """Of a bundled one, or as it is named. Raises Failure."""
    from federation.grading.submissions import folder_of as bundled

    folder = bundled(submission) or Path(submission).expanduser().absolute()
    if not folder.is_dir():
        do = "a folder with a bank.toml, or reference, m01 to m30, v1 to v6, c0"
        raise Failure(f"there is no submission {submission}", do=do, code=ExitCode.USAGE)
    return folder


def line(run: Run, call: Call) -> str:
    """As soon as it is known."""
    from federation.cli.score_table import SIGNS
    from federation.grading.reports.headline import WORDS
    from federation.grading.reports.quoting import shown

    verdict = run.result.verdict
    said = "" if verdict == "pass" else f": {shown(run.result.sentence)}"
    return f"{call.paint.sign(SIGNS[verdict])} {run.scenario:<5}{WORDS[verdict]}, {run.seconds:.1f} s{said}"


def _profile(options: Options) -> Profile:
    from federation.grading.course.profiles import ALONE, profile
    from federation.grading.scenarios.table import scene

    if not options.scenario:
        return profile(options.profile)
    base = ALONE if options.profile == "course" else profile(options.profile)
    one = scene(options.scenario)
    return replace(base, scenarios=(one.id, *one.also))


def only_one(words: tuple[str, ...]) -> str:
    if len(words) != 1:
        raise Failure("one folder or name, please", do="bankfed grade --help", code=ExitCode.USAGE)
    return words[0]
