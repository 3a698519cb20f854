"""Who was taken in and where, on the disk: pid and time of birth of each process, and the folder. So the next run finds
and ends what a grader left behind that was itself killed. One file for each stay, as long as it lasts.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from federation.grading.custody.kin import marked, sweep
from federation.grading.custody.lodging import delete
from federation.launcher.processes import Process

SUFFIX = ".custody"
SWEEP_S = 20.0


@dataclass(frozen=True, slots=True)
class Leftovers:
    processes: int
    folders: int


class Register:
    def __init__(self, home: Path, mark: str, folder: Path) -> None:
        """`mark`: what all processes of this run have in their environment."""
        self.file = home / f"{mark}{SUFFIX}"
        owner = Process.of(os.getpid())
        assert owner is not None  # that is us
        _append(self.file, {"owner": owner.as_json(), "mark": mark, "folder": str(folder)})

    def close(self) -> None:
        self.file.unlink(missing_ok=True)


def enter(file: Path, process: Process) -> None:
    """A process that was taken in: written before anything else can happen to it."""
    _append(file, process.as_json())


def end_leftovers(home: Path) -> Leftovers:
    """Ends the processes and deletes the folders of graders that are no more. Of living ones nothing is touched."""
    processes = folders = 0
    for file in home.glob(f"*{SUFFIX}"):
        said = list(_rows(file))
        first = said[0] if said else {}
        owner = Process.from_json(first.get("owner"))
        if owner is None or owner.alive:
            continue
        entered, mark = [*filter(None, map(Process.from_json, said[1:]))], f"{first.get('mark')}."
        processes += len(_living(entered, mark))
        sweep(partial(_living, entered, mark), SWEEP_S)
        folder = Path(str(first.get("folder")))
        if folder.is_dir() and folder.resolve().parent == home.resolve():  # never anything but what lies in here
            delete(folder)
            folders += 1
        file.unlink(missing_ok=True)
    return Leftovers(processes, folders)


def _living(entered: list[Process], mark: str) -> list[Process]:
    return [*{*(process for process in entered if process.alive), *marked(mark)}]


def _append(file: Path, row: Any) -> None:
    with file.open("a", encoding="utf-8") as register:
        register.write(json.dumps(row) + "\n")


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with suppress(OSError):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            with suppress(ValueError):  # half a line: its grader died while it wrote
                row = json.loads(line)
                if isinstance(row, dict):
                    yield row
