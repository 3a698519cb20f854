"""How a command reaches its supervisor, or its fault keeper: a file in a folder of run/, and a signal that says so.

No socket: a path may be longer than a socket's may be, and the folder's mode already says who may write. What became
of a request stands in state.json.
"""

from __future__ import annotations

import json
import os
import signal
import time
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from federation.failure import Failure
from federation.folder import Folder, write_json
from federation.launcher.processes import Process

READ_WAIT_S = 5.0
REQUESTS = "requests"  # the supervisor's box
Request = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Letter:
    path: Path
    request: Request


def post(folder: Folder, supervisor: Process, request: Request) -> None:
    """Hands in a request and waits until it was acted on. Raises Failure."""
    letter = drop(folder, REQUESTS, request)
    until = time.monotonic() + READ_WAIT_S
    supervisor.send(signal.SIGUSR1)
    while letter.exists():
        if not supervisor.alive or time.monotonic() > until:
            letter.unlink(missing_ok=True)
            raise Failure(
                "the supervisor does not listen",
                why=f"process {supervisor.pid} took no request within {READ_WAIT_S:.0f} s",
                do="bankfed down, then bankfed up",
                log=folder.log,
            )
        time.sleep(0.01)


def drop(folder: Folder, box: str, request: Request) -> Path:
    """Leaves it in this box, and signals nobody."""
    (folder.run / box).mkdir(mode=0o700, exist_ok=True)
    letter = folder.run / box / f"{time.time_ns()}-{uuid.uuid4().hex[:8]}.json"
    write_json(letter, request)
    return letter


def collect(folder: Folder, box: str = REQUESTS) -> list[Letter]:
    """What was handed in and not yet put away, oldest first."""
    letters: list[Letter] = []
    with suppress(FileNotFoundError):
        for name in sorted(os.listdir(folder.run / box)):
            if name.endswith(".json"):
                path = folder.run / box / name
                found: object = None
                with suppress(OSError, ValueError):
                    found = json.loads(path.read_text(encoding="utf-8"))
                letters.append(Letter(path, found if isinstance(found, dict) else {}))
    return letters


def put_away(letters: Iterable[Letter]) -> None:
    for letter in letters:
        letter.path.unlink(missing_ok=True)
