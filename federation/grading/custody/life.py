"""One life of a process that nobody trusts, from the grader's side: its keeper is started here, is told and tells.

From start to end: whoever is started again has another life and another keeper. Ends with `close`, whatever happened.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import federation
from federation.grading.clock import now_us
from federation.grading.custody.kin import MARK, marked, strike, sweep
from federation.grading.custody.limits import Limits
from federation.grading.custody.register import enter
from federation.launcher.processes import Process

KEEPER = ("-P", "-m", "federation.grading.custody.keeper")
ORDER_S = 10.0  # a keeper that does not answer for so long is not there any more
START_S = 15.0
SWEEP_S = 70.0


@dataclass(frozen=True, slots=True)
class Charge:
    """What is to be run, where, within what."""

    command: Sequence[str]
    cwd: Path
    environment: Mapping[str, str]
    limits: Limits
    log: Path
    folders: Sequence[Path]  # whose size counts
    register: Path
    mark: str  # of this life alone


@dataclass(frozen=True, slots=True)
class Beyond:
    """A limit that it went beyond, for which it was ended. `of`: memory, processes or disk."""

    of: str
    amount: int
    most: int


@dataclass(frozen=True, slots=True)
class Over:
    """How it ended. `code` is below zero for a signal, and None where its keeper was killed under it."""

    code: int | None
    at_us: int
    left: int = 0  # processes that it left behind; they were ended
    still: int = 0  # processes that could not be ended


class Life:
    def __init__(self, charge: Charge, told: Callable[[dict[str, Any]], None] = lambda _: None) -> None:
        """`told` hears every report, in a thread of this life."""
        self.charge, self._told = charge, told
        self.process: Process | None = None
        self.refused = ""  # why it could not be started
        self.beyond: Beyond | None = None
        self.over: Over | None = None
        self._news, self._number = threading.Condition(), 0
        self._answers: dict[int, dict[str, Any]] = {}
        self._order_lock = threading.Lock()
        self._began, self._begun_us = False, now_us()
        charge.log.parent.mkdir(parents=True, exist_ok=True)
        self._keeper = subprocess.Popen(
            [sys.executable, *KEEPER],
            env=_of_the_keeper(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        keeper = Process.of(self._keeper.pid)
        if keeper:
            enter(charge.register, keeper)
        self._reader = threading.Thread(target=self._listen, name=f"life {charge.mark}", daemon=True)
        self._reader.start()
        try:
            self._say(_as_json(charge))
            with self._news:
                self._news.wait_for(lambda: self._began or self.over is not None, START_S)
        except BaseException:  # nobody knows of it yet who could close it
            self.close()
            raise

    @property
    def is_over(self) -> bool:
        return self.over is not None

    @property
    def seconds(self) -> float:
        """From its start to its end, or to now."""
        return ((self.over.at_us if self.over else now_us()) - self._begun_us) / 1e6

    def wait(self, seconds: float) -> bool:
        """True as soon as it is over."""
        with self._news:
            return self._news.wait_for(lambda: self.is_over, seconds)

    def pause(self) -> None:
        self._order("pause")

    def resume(self) -> None:
        self._order("resume")

    def kill(self) -> None:
        """SIGKILL to the node this instant, then to all that came of it. Returns when nothing is left."""
        if self.process and not self.is_over:
            strike(self.process, signal.SIGKILL)
        self._order("kill", wait=False)
        self._until_over()

    def end(self, seconds: float) -> float:
        """SIGTERM, and SIGKILL after so long; how long it took."""
        begun = time.monotonic()
        self._order("end", wait=False, seconds=seconds)
        with self._news:
            self._news.wait_for(lambda: self.is_over, seconds)
        took = time.monotonic() - begun
        self._until_over()
        return took

    def cap_files(self, most_bytes: int | None) -> bool:
        """Writes beyond this size fail, None: as before. False where this machine cannot do that."""
        return bool(self._order("cap", bytes=most_bytes).get("able"))

    def ports(self) -> list[int]:
        """What it listens on."""
        return [int(port) for port in self._order("ports").get("ports", [])]

    def close(self) -> None:
        """Nothing of it is left. Also after an error, and twice."""
        with suppress(OSError, ValueError):
            if self._keeper.stdin:
                self._keeper.stdin.close()  # the end of its orders
        self._until_over()
        if threading.current_thread() is not self._reader:  # who hears of an end may start anew at once
            self._reader.join(5)

    def _until_over(self) -> None:
        if not self.wait(SWEEP_S):
            self._keeper.kill()  # a keeper that was stopped, or worse
            self.wait(SWEEP_S)

    def _order(self, do: str, *, wait: bool = True, **more: Any) -> dict[str, Any]:
        with self._order_lock:
            self._number += 1
            number = self._number
            self._say({"number": number, "do": do, **more})
        if not wait:
            return {}
        with self._news:
            self._news.wait_for(lambda: number in self._answers or self.is_over, ORDER_S)
            return self._answers.pop(number, {})

    def _say(self, order: dict[str, Any]) -> None:
        assert self._keeper.stdin is not None
        with suppress(OSError, ValueError):  # it is over: the reader knows
            self._keeper.stdin.write(json.dumps(order).encode() + b"\n")
            self._keeper.stdin.flush()

    def _listen(self) -> None:
        assert self._keeper.stdout is not None
        said: dict[str, Any] = {}
        with self._keeper.stdout as reports:
            for line in reports:
                if not line.endswith(b"\n"):
                    break  # it was killed in the middle of a word
                said = json.loads(line)
                self._hear(said)
        self._keeper.wait()
        if said.get("what") not in ("over", "not_started"):
            self._without_keeper()
        with self._news:
            self._news.notify_all()

    def _hear(self, said: dict[str, Any]) -> None:
        with self._news:
            match said["what"]:
                case "started":
                    self.process, self._began = Process.from_json(said["process"]), True
                case "not_started":
                    self.refused, self.over = str(said["why"]), Over(None, now_us())
                case "beyond":
                    self.beyond = Beyond(said["of"], said["amount"], said["most"])
                case "over":
                    self.over = Over(said["code"], now_us(), said["left"], said["still"])
                case "done":
                    self._answers[said["order"]] = said
            self._news.notify_all()
        self._told(said)

    def _without_keeper(self) -> None:
        """It was killed: the node dies with it, and whoever does not is known by the mark of this life."""
        if self.process:
            strike(self.process, signal.SIGKILL)
            self.process.gone_within(1.0)
        left = len(marked(self.charge.mark))
        still = len(sweep(lambda: marked(self.charge.mark), SWEEP_S))
        with self._news:
            self.over = Over(None, now_us(), left, still)
        self._told({"what": "over", "code": None, "left": left, "still": still})


def _as_json(charge: Charge) -> dict[str, Any]:
    return {
        "command": list(charge.command),
        "cwd": str(charge.cwd),
        "environment": {**charge.environment, MARK: charge.mark},
        "limits": charge.limits.as_json(),
        "log": str(charge.log),
        "folders": [str(folder) for folder in charge.folders],
        "register": str(charge.register),
    }


def _of_the_keeper() -> dict[str, str]:
    """Its environment. With -P it imports this package, and nothing that lies in the folder where somebody grades."""
    own = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {**own, "PYTHONPATH": str(Path(federation.__file__).parent.parent)}
