"""A process, known by its pid and when it was born, so that a number used again is never mistaken for it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TERM_WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Process:
    pid: int
    birth: float  # any number that another process with this pid would not have

    @classmethod
    def of(cls, pid: int) -> Process | None:
        birth = birth_of(pid)
        return None if birth is None else cls(pid, birth)

    @classmethod
    def from_json(cls, found: Any) -> Process | None:
        """From what `as_json` wrote; None for anything else."""
        try:
            return cls(int(found["pid"]), float(found["birth"]))
        except (TypeError, LookupError, ValueError):
            return None

    def as_json(self) -> dict[str, float]:
        return {"pid": self.pid, "birth": self.birth}

    @property
    def alive(self) -> bool:
        return birth_of(self.pid) == self.birth

    def send(self, number: signal.Signals) -> None:
        """Signals it if it is still there."""
        if self.alive:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def gone_within(self, wait_s: float) -> bool:
        until = time.monotonic() + wait_s
        while self.alive:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True


def birth_of(pid: int) -> float | None:
    """When this process was born; None if there is none, or only its remains (a zombie)."""
    if sys.platform == "linux":
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in "ZX" else float(fields[19])
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except psutil.Error:
        return None


def end_all(processes: Iterable[Process], wait_s: float = TERM_WAIT_S) -> list[tuple[Process, str]]:
    """SIGTERM to all at once, SIGKILL to those still there after `wait_s`; says for each: term or kill."""
    living = [process for process in processes if process.alive]
    for process in living:
        process.send(signal.SIGTERM)
    until = time.monotonic() + wait_s
    ended = []
    for process in living:
        if process.gone_within(max(0.0, until - time.monotonic())):
            ended.append((process, "term"))
        else:
            process.send(signal.SIGKILL)
            process.gone_within(2.0)
            ended.append((process, "kill"))
    return ended


def die_with_parent(number: signal.Signals = signal.SIGTERM) -> None:
    """On Linux: this signal when the parent ends, however it ends. Elsewhere nothing; see `supervisor` for the rest."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(1, int(number), 0, 0, 0)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:  # it ended between the two lines
            os.kill(os.getpid(), number)


def set_title(title: str) -> None:
    """What `ps` shows for this process: written over the command line it was started with (Linux; elsewhere nothing).

    The room is that of the old command line; what does not fit is cut. Source: proc(5), fields 48 and 49 of stat.
    """
    if sys.platform != "linux":
        return
    with suppress(OSError, ValueError, IndexError):
        fields = Path("/proc/self/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        start, end = int(fields[45]), int(fields[46])
        room = end - start
        if room > 1:
            text = title.encode("utf-8", "replace")[: room - 1]
            ctypes.memmove(start, text.ljust(room, b"\0"), room)
        Path("/proc/self/comm").write_bytes(title.encode("utf-8", "replace")[:15])


def usage_of(pid: int) -> tuple[float, float] | None:
    """Resident MiB and CPU seconds used so far; None if the process is gone."""
    if sys.platform == "linux":
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except (OSError, IndexError):
            return None
        ticks = int(fields[11]) + int(fields[12])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20, ticks / os.sysconf("SC_CLK_TCK")
    import psutil

    try:
        process = psutil.Process(pid)
        times = process.cpu_times()
        return process.memory_info().rss / 2**20, times.user + times.system
    except psutil.Error:
        return None
