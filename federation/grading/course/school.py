"""A class: one submission after the other, each graded by a process of its own, so that nothing of one run is left for
the next, and what ends one grader ends no other. A class that was ended goes on where it stood.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from federation.failure import ExitCode, Failure
from federation.grading.reports.classbook import Pupil, ungraded
from federation.grading.submission import FILE

ROW = "pupil.json"
ERRORS = "grader.log"
Graders = Callable[[Path, Path], list[str]]  # of a submission's folder and where its reports go: the command


def submissions(folder: Path) -> list[Path]:
    """Every folder in it that has a bank.toml. Raises Failure where there is none."""
    found = sorted(one for one in folder.iterdir() if (one / FILE).is_file()) if folder.is_dir() else []
    if not found:
        do = "a folder of submissions, each a folder with a bank.toml"
        raise Failure(f"there is no submission in {folder}", do=do, code=ExitCode.USAGE)
    return found


def grade_all(
    handed_in: Sequence[Path],
    out: Path,
    command: Graders,
    seconds_max: float,
    profile: str = "",
    seed: int | None = None,
) -> Iterator[Pupil]:
    """A row each, as soon as it is known; of those that were graded so before, with this profile and seed, at once."""
    for folder in handed_in:
        room = out / folder.name
        room.mkdir(parents=True, exist_ok=True)
        known = _known(room)
        if known is None or (known.profile, known.seed) != (profile, seed):
            (room / ROW).unlink(missing_ok=True)
            known = _graded(folder, room, command(folder, room), seconds_max)
        yield known


def keep(row: Pupil, room: Path) -> None:
    """Whoever grades leaves it there as the last thing it does."""
    half = room / f".{ROW}.new"
    half.write_text(json.dumps(asdict(row)), encoding="utf-8")
    half.replace(room / ROW)


def _known(room: Path) -> Pupil | None:
    try:
        return Pupil(**json.loads((room / ROW).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _graded(folder: Path, room: Path, command: list[str], seconds_max: float) -> Pupil:
    log = room / ERRORS
    with log.open("wb") as errors:
        grader = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, start_new_session=True
        )
        try:
            code = grader.wait(seconds_max)
        except subprocess.TimeoutExpired:
            return ungraded(folder.name, f"grading it took more than {seconds_max:.0f} s and was ended")
        finally:
            if grader.poll() is None:  # too long, or we are told to end: its keepers end with it
                with suppress(ProcessLookupError):
                    os.killpg(grader.pid, signal.SIGKILL)
                grader.wait()
    known = _known(room) if code >= 0 else None  # who ends the grader may have left a row of his own there
    if known is None:
        (room / ROW).unlink(missing_ok=True)
    return known or ungraded(folder.name, _why(log), _code(code))


def _why(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    said = next((line.removeprefix("✗ ") for line in lines if line.startswith("✗")), "")
    return said or (lines[-1] if lines else "the grader said nothing")


def _code(code: int) -> ExitCode:
    try:
        return ExitCode(code)
    except ValueError:
        return ExitCode.GRADER_ERROR


def grader_of(profile: str, seed: int | None, data: Path) -> Graders:
    """`bankfed grade` itself, as a process."""
    own = [sys.executable, "-m", "federation.cli", "grade"]
    drawn = ["--seed", str(seed)] if seed is not None else []

    def command(folder: Path, room: Path) -> list[str]:
        return [*own, str(folder), "--profile", profile, "--out", str(room), "--data", str(data), *drawn]

    return command
