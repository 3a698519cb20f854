"""A real Kafka of the grader's own, one node or three: in a folder of its own, for as long as the grader lives.

It is ended and its folder deleted by `close`; where the grader is killed, by `watcher`, a process that notices; and
what is left even so, by the next run (`end_leftovers`).
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import federation
from federation.brokers.broker import START_TIMEOUT_S, Progress, silent
from federation.brokers.kafka import KafkaBroker
from federation.brokers.kafka_settings import Layout
from federation.grading.ground.busy import slack
from federation.grading.ground.ports import free_block
from federation.launcher.processes import Process

PREFIX = "kafka-"
OWNER = "owner.json"
WATCHER = ("-P", "-m", "federation.grading.ground.watcher")
PORTS = 6  # three nodes, a controller each


class OwnBroker(AbstractContextManager["OwnBroker"]):
    def __init__(self, home: Path, nodes: int = 1) -> None:
        """Nothing runs yet. `home`: a folder of the grader's own, the same for all of its runs."""
        self.folder = home / f"{PREFIX}{secrets.token_hex(6)}"
        self.folder.mkdir(parents=True)
        owner = Process.of(os.getpid())
        assert owner is not None  # that is us
        (self.folder / OWNER).write_text(json.dumps(owner.as_json()), encoding="utf-8")
        self.broker = KafkaBroker(Layout(free_block(PORTS), nodes), self.folder / "broker", run_folder(self.folder))
        own = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self._watcher = subprocess.Popen(
            [sys.executable, *WATCHER, str(self.folder)],
            env={**own, "PYTHONPATH": str(Path(federation.__file__).parent.parent)},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def data(self) -> Path:
        """Where a broker of one node keeps its partitions."""
        return self.folder / "broker" / "data"

    def start(self, progress: Progress = silent) -> None:
        self.broker.start(progress=progress, timeout_s=START_TIMEOUT_S * slack())

    def close(self) -> None:
        """Nothing of it is left. Also after an error, and twice."""
        try:
            self.broker.kill()
        finally:
            end_broker(self.folder)
            with suppress(OSError):
                if self._watcher.stdin:
                    self._watcher.stdin.close()
            self._watcher.wait(10)

    def __exit__(self, *_: Any) -> None:
        self.close()


def run_folder(folder: Path) -> Path:
    return folder / "run"


def end_broker(folder: Path) -> None:
    """Kills whatever runs of the broker in this folder, and deletes the folder."""
    for process in _running(folder):
        process.send(signal.SIGKILL)
        process.gone_within(10.0)
    shutil.rmtree(folder, ignore_errors=True)


def end_leftovers(home: Path) -> int:
    """Brokers of graders that are no more: how many folders."""
    left = [folder for folder in home.glob(f"{PREFIX}*") if not _is_owned(folder)]
    for folder in left:
        end_broker(folder)
    return len(left)


def _is_owned(folder: Path) -> bool:
    owner = _read(folder / OWNER)
    return owner is not None and owner.alive


def _running(folder: Path) -> Iterable[Process]:
    for file in run_folder(folder).glob("*.json"):
        process = _read(file)
        if process is not None and process.alive:
            yield process


def _read(file: Path) -> Process | None:
    try:
        return Process.from_json(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None
