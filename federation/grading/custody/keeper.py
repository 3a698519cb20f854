"""The process between the grader and one life of a node: starts it within its limits, looks after all that comes of it,
and ends all of it, also when the grader dies: its orders then end. `python -m federation.grading.custody.keeper`.

Whoever kills his parent kills a keeper, and himself with it. Orders and reports are JSON, a line each; the node holds
neither end. What the node prints is kept up to a size, and read by nobody here.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from federation.grading.custody.kin import (
    descendants,
    living,
    memory_mib,
    ports,
    resident_mib,
    strike,
    sweep,
    tasks_of_user,
)
from federation.grading.custody.limits import MIB, Limits, adopt, cap_files, confine, first_in_turn
from federation.grading.custody.register import enter
from federation.launcher.processes import Process, set_title

LOOK_S = 0.1
TELL_S = 1.0
DISK_SHARE = 20  # a measurement of a folder is paid for with twenty times its duration of rest
DISK_S_MIN = 0.5
GRACE_S = 0.5  # for children to end with their parent, before they count as left behind
SWEEP_S = 60.0
CHUNK = 256 * 1024


class Keeper:
    def __init__(self, said: dict[str, Any], report: Callable[[dict[str, Any]], None]) -> None:
        self.said, self.report = said, report
        self.limits = Limits(**said["limits"])
        self.folders, self.register = [Path(one) for one in said["folders"]], Path(said["register"])
        self.log = os.open(said["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.room = self.limits.log_mib * MIB - os.fstat(self.log).st_size
        self.grader = os.getppid()
        self.known: set[int] = set()
        self.selector = selectors.DefaultSelector()
        self.node: subprocess.Popen[bytes] | None = None
        self.half = b""  # of an order
        self.kill_at: float | None = None  # SIGTERM was sent: until then it may end by itself
        self.next_told = self.next_disk = 0.0
        self.disk_mib = 0.0

    def start(self) -> bool:
        """False where there is nothing that could be run."""
        program, path = self.said["command"][0], self.said["environment"]["PATH"]
        if "/" not in program and shutil.which(program, path=path) is None:  # the system's own words may be others
            self.report({"what": "not_started", "why": "there is no such program on this machine"})
            return False
        try:
            self.node = subprocess.Popen(
                self.said["command"],
                cwd=self.said["cwd"],
                env=self.said["environment"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=partial(confine, self.limits, tasks_of_user()),  # noqa: PLW1509 - there is one thread here
            )
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            self.report({"what": "not_started", "why": getattr(error, "strerror", None) or str(error)})
            return False
        self._enter([self.node.pid])
        process = Process.of(self.node.pid)  # its remains stay until we are gone: the number is its own so long
        self.report(
            {"what": "started", "process": process.as_json() if process else {"pid": self.node.pid, "birth": 0}}
        )
        return True

    def keep(self) -> None:
        """Until its life is over."""
        assert self.node is not None
        assert self.node.stdout is not None
        woken, wake = os.pipe()
        for end in (woken, wake, 0, self.node.stdout.fileno()):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self.selector.register(woken, selectors.EVENT_READ, lambda: os.read(woken, 4096))
        self.selector.register(0, selectors.EVENT_READ, self._orders)
        self.selector.register(self.node.stdout, selectors.EVENT_READ, self._output)
        while not self._ended():
            for key, _ in self.selector.select(LOOK_S):
                key.data()
            self._look()
            if os.getppid() != self.grader:
                self._kill_all()

    def finish(self) -> None:
        """Nobody of the family is left when this returns; says who should not have been."""
        assert self.node is not None
        with suppress(OSError):
            self._output()
        until = time.monotonic() + GRACE_S
        while (left := self._family()) and time.monotonic() < until:
            time.sleep(0.02)
            self._reap()
        self._kill_all()
        still = len(self._family())
        code = self.node.wait()
        self.report({"what": "over", "code": code, "left": len(left), "still": still})

    def _ended(self) -> bool:
        """The node itself, seen and not yet buried."""
        assert self.node is not None
        self._reap()
        if not hasattr(os, "waitid"):
            return self.node.poll() is not None
        return os.waitid(os.P_PID, self.node.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _reap(self) -> None:
        assert self.node is not None
        for pid in descendants(os.getpid()):
            if pid != self.node.pid:
                with suppress(ChildProcessError):  # a grandchild is not ours to bury
                    os.waitpid(pid, os.WNOHANG)

    def _family(self) -> list[Process]:
        return living(descendants(os.getpid()))

    def _enter(self, pids: list[int]) -> None:
        for process in living(pid for pid in pids if pid not in self.known):
            enter(self.register, process)
        self.known = set(pids)

    def _look(self) -> None:
        now, pids = time.monotonic(), descendants(os.getpid())
        if len(pids) > self.limits.processes:  # of that many nothing else is asked: it would take longer than they need
            with first_in_turn():
                self._is_beyond("processes", len(pids), self.limits.processes)
            return
        self._enter(pids)
        if (mib := resident_mib(pids)) > self.limits.memory_mib or now >= self.next_told:
            mib = memory_mib(pids)  # takes longer
        if now >= self.next_disk:
            self.disk_mib = sum(_bytes_in(folder) for folder in self.folders) / MIB
            self.next_disk = now + max(DISK_S_MIN, DISK_SHARE * (time.monotonic() - now))
        if self._is_beyond("memory", mib, self.limits.memory_mib):
            return
        if self._is_beyond("disk", self.disk_mib, self.limits.disk_mib):
            return
        if now >= self.next_told:
            self.next_told = now + TELL_S
            self.report({"what": "seen", "mib": round(mib), "processes": len(pids), "disk_mib": round(self.disk_mib)})
        if self.kill_at is not None and now >= self.kill_at:
            self._kill_all()

    def _is_beyond(self, of: str, amount: float, most: int) -> bool:
        """Then it is said, and ended."""
        if amount > most:
            self.report({"what": "beyond", "of": of, "amount": round(amount), "most": most})
            self._kill_all()
        return amount > most

    def _output(self) -> None:
        assert self.node is not None
        assert self.node.stdout is not None
        try:
            text = os.read(self.node.stdout.fileno(), CHUNK)
        except BlockingIOError:
            return
        if not text and self.node.stdout in self.selector.get_map():
            self.selector.unregister(self.node.stdout)
        if text and self.room > 0:
            os.write(self.log, text[: self.room])
            self.room -= len(text)
            if self.room <= 0:
                os.write(self.log, "\n… what it printed after this is not kept\n".encode())

    def _orders(self) -> None:
        said = os.read(0, CHUNK)
        if not said:  # the grader is gone
            self.selector.unregister(0)
            self._kill_all()
        *lines, self.half = (self.half + said).split(b"\n")
        for line in lines:
            order = json.loads(line)
            answer = self._carry_out(order)
            self.report({"what": "done", "order": order["number"], **answer})

    def _carry_out(self, order: dict[str, Any]) -> dict[str, Any]:
        match order["do"]:
            case "pause":
                self._signal(signal.SIGSTOP)
            case "resume":
                self._signal(signal.SIGCONT)
            case "end":
                self._signal(signal.SIGCONT)
                self._signal(signal.SIGTERM)
                self.kill_at = time.monotonic() + order["seconds"]
            case "kill":
                self._kill_all()
            case "cap":
                return {"able": cap_files(descendants(os.getpid()), order["bytes"])}
            case "ports":
                return {"ports": ports(descendants(os.getpid()))}
        return {}

    def _signal(self, number: signal.Signals) -> None:
        for process in self._family():
            strike(process, number)

    def _kill_all(self) -> None:
        sweep(self._family, SWEEP_S, self._reap)


def _bytes_in(folder: Path) -> int:
    """What it takes on the disk; links are not followed."""
    total, left = 0, [str(folder)]
    while left:
        with suppress(OSError), os.scandir(left.pop()) as entries:
            for entry in entries:
                with suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        left.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
    return total


def _report(said: dict[str, Any]) -> None:
    with suppress(BrokenPipeError):  # nobody listens any more: the end of the orders says the same
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


def main() -> None:
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, lambda *_: None)  # heard, and of no effect; a child gets the system's own again
    adopt()
    line = b""
    while not line.endswith(b"\n"):
        line += os.read(0, 1) or b"\n"
    keeper = Keeper(json.loads(line), _report)
    set_title("bankfed keeper")
    if keeper.start():
        keeper.keep()
        keeper.finish()


if __name__ == "__main__":
    main()
