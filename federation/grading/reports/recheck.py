"""Evidence judged again: a bundle, or all of a run's. The checkers, the blame and the score are asked as if for the
first time, and what they say must be what was said then.

A bundle is the history of one federation, on which several scenarios were played. `seal` puts beside it what was found
in which of them (`verdict.json`) and the hashes of its files:

    {"runs": [{"id": "W4", "run": 1, "exercised": true, "proof": "…",
               "findings": [{"checker": "Q05", "sentence": "…", …, "blame": "node", "why": ""}]}],
     "files": {"history.jsonl": "<sha256>", …}}

Hashes find what was changed by accident or by a hand that is not careful; who writes them anew has to make a history
that comes to the same verdict. What custody said (a process that did not stay) is in no history, and believed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from federation.failure import ExitCode, Failure
from federation.grading.blame import Blame, Blamed, blamed
from federation.grading.bundle import BOOKS, HISTORY, PLAN, SEEN, TOPIC, read_bundle
from federation.grading.checkers import CHECKERS, check
from federation.grading.checkers.finding import Finding
from federation.grading.course.outcome import Outcome
from federation.grading.replay import Disagreed, replay
from federation.grading.score import Gate, Result, Score, score
from federation.grading.sheet import SCENARIOS

VERDICT, OUTCOME, EVIDENCE = "verdict.json", "outcome.json", "evidence"
FILES = (PLAN, HISTORY, SEEN, TOPIC, BOOKS)
FILE_BYTES_MAX = 1024 * 1024 * 1024  # of a stranger's bundle: larger ones are not opened
CUSTODY, REPLAY = "custody", "replay"  # as a course calls whoever else may say something
_CHECKED = {checker.id for checker in CHECKERS}


@dataclass(frozen=True, slots=True)
class Rechecked:
    """`results`: a run each. `score`: of a whole run only. `on_trust`: what no evidence tells, in words."""

    results: tuple[Result, ...]
    score: Score | None
    findings: int
    on_trust: tuple[str, ...]


def seal(outcome: Outcome) -> None:
    """Each bundle of a run gets its verdict, at the end of all."""
    for bundle in {run.bundle for run in outcome.runs if run.bundle is not None and (run.bundle / SEEN).exists()}:
        runs = [run.as_json() for run in outcome.runs if run.bundle == bundle]
        kept = ("id", "run", "exercised", "proof", "findings")
        said = {"runs": [{name: run[name] for name in kept} for run in runs], "files": _hashes(bundle)}
        (bundle / VERDICT).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


def recheck(folder: Path) -> Rechecked:
    """`folder`: of a run, or one bundle. Raises Failure in words: where it is neither, where it was changed, and where
    the verdict is another one now."""
    try:
        return _bundle(folder) if (folder / SEEN).exists() else _run(folder)
    except Failure:
        raise
    except FileNotFoundError as error:
        raise _unfit(folder, f"there is no {Path(error.filename or folder).name} in it") from error
    except (OSError, RecursionError, MemoryError) as error:
        raise _unfit(folder, f"{type(error).__name__}: {error}") from error
    except Exception as error:  # of whatever checkers make of a history that somebody may have written
        raise _unfit(folder, f"it cannot be judged: {type(error).__name__}: {error}") from error


def _bundle(folder: Path) -> Rechecked:
    said = _read(folder / VERDICT)
    _are_unchanged(folder, said["files"])
    _, evidence = read_bundle(folder)
    recorded = [_result(run) for run in said["runs"]]
    known = [one for result in recorded for one in result.findings if one.finding.checker in _CHECKED]
    trusted = [one for result in recorded for one in result.findings if one.finding.checker not in _CHECKED]
    again = [] if _died(trusted) else list(blamed(check(evidence), evidence))
    if not again and not _died(trusted):
        known_to_model = [one.finding.sentence for one in trusted if one.finding.checker == REPLAY]
        _is_replayed(folder, replay(evidence), known_to_model)
    for one in again:
        _is_known(folder, one.finding.sentence, [k.finding.sentence for k in known if _same(k, one)])
    for one in known:
        if one.blame is Blame.NODE and not any(_same(one, other) for other in again):
            raise _differs(folder, f"it does not show any more: {one.finding.sentence}")
    on_trust = tuple(one.finding.sentence for one in trusted)
    return Rechecked(tuple(recorded), None, len(again), on_trust)


def _run(folder: Path) -> Rechecked:
    """All bundles of a run, and the score."""
    said = _read(folder / OUTCOME)
    bundles = sorted(path.parent for path in (folder / EVIDENCE).glob(f"*/{SEEN}"))
    told = [_bundle(bundle) for bundle in bundles]
    there = {bundle.name for bundle in bundles}
    alone = [_result(run) for run in said["runs"] if run["bundle"] not in there]
    results = tuple(result for one in told for result in one.results) + tuple(alone)
    if bare := [one.scenario for one in alone if not _leaves_no_evidence(one)]:
        raise _differs(folder, f"there is no evidence any more of {', '.join(bare)}")
    if len(results) != len(said["runs"]):
        raise _differs(folder, f"{len(said['runs'])} runs were judged, and there is evidence of {len(results)}")
    left_out = {one["id"] for one in said["not_tried"]}
    tried = [one.id for one in SCENARIOS if one.id not in left_out]
    gate = Gate() if said["gate"] else Gate(False, (str(said["first_line"]),))
    now = score(results, gate, profile=tried)
    if now.as_json()["score"] != said["score"] or now.cap != said["cap"]:
        raise _differs(folder, f"the score was {said['score']}, and is {now.as_json()['score']}")
    trusted = (sentence for one in told for sentence in one.on_trust)
    return Rechecked(results, now, sum(one.findings for one in told), (*trusted, *(one.proof for one in alone)))


def _leaves_no_evidence(result: Result) -> bool:
    """A federation that never stood, or on which the grader came to grief at once."""
    if result.findings:
        return all(one.finding.checker not in _CHECKED for one in result.findings)
    return not result.exercised


def _are_unchanged(folder: Path, hashes: dict[str, str]) -> None:
    now = _hashes(folder)
    changed = sorted(name for name in {*now, *hashes} if now.get(name) != hashes.get(name))
    if changed:
        raise Failure(
            f"{folder.name} is not as it was written",
            why=f"changed, missing or added: {', '.join(changed)}",
            do="judge the bundle that the run itself wrote",
            code=ExitCode.LAW_BROKEN,
        )


def _hashes(folder: Path) -> dict[str, str]:
    return {name: _hash(folder / name) for name in FILES if (folder / name).exists()}


def _hash(file: Path) -> str:
    if file.stat().st_size > FILE_BYTES_MAX:
        raise _unfit(file.parent, f"{file.name} is larger than a run's")
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _result(run: dict[str, Any]) -> Result:
    found = tuple(_blamed(one) for one in run["findings"])
    return Result(str(run["id"]), found, bool(run["exercised"]), str(run["proof"]))


def _blamed(said: dict[str, Any]) -> Blamed:
    named = {name: said[name] for name in ("checker", "sentence", "expected", "seen", "weight", "cents")}
    return Blamed(Finding(**named, transfers=tuple(said["transfers"])), Blame(said["blame"]), str(said["why"]))


def _same(one: Blamed, other: Blamed) -> bool:
    """As a course tells them apart: the words may be others by the end of a longer history."""
    mine, its = one.finding, other.finding
    alike = mine.sentence == its.sentence or (bool(mine.transfers) and mine.transfers == its.transfers)
    return mine.checker == its.checker and alike and one.blame == other.blame


def _died(trusted: Iterable[Blamed]) -> bool:
    """Then nothing else was asked."""
    return any(one.finding.checker == CUSTODY for one in trusted)


def _is_replayed(folder: Path, told: Disagreed | None, known: Sequence[str]) -> None:
    """The model is asked only where no checker finds anything."""
    if told is not None:
        _is_known(folder, told.sentence, [one for one in known if one == told.sentence])
    elif known:
        raise _differs(folder, f"it does not show any more: {known[0]}")


def _is_known(folder: Path, sentence: str, known: Sequence[str]) -> None:
    if not known:
        raise _differs(folder, f"nobody told then: {sentence}")


def _differs(folder: Path, why: str) -> Failure:
    words = f"judged again, {folder.name} comes to another verdict"
    return Failure(words, why=why, do="compare with the report that was handed out", code=ExitCode.LAW_BROKEN)


def _unfit(folder: Path, why: str) -> Failure:
    words = "name the folder that bankfed grade wrote, or one of those in its folder evidence"
    return Failure(f"{folder} is no evidence of a graded run", why=why[:400], do=words, code=ExitCode.USAGE)


def _read(file: Path) -> Any:
    if file.exists() and file.stat().st_size > FILE_BYTES_MAX:
        raise _unfit(file.parent, f"{file.name} is larger than a run's")
    return json.loads(file.read_text(encoding="utf-8"))
