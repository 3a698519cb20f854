"""Who belongs to a node: whatever came from its keeper, child by child, and whoever carries the mark of its life.

A daemon that leaves its parent becomes a child of its keeper (Linux), so it stays in the family. The mark in the
environment finds what a keeper left behind that was itself killed.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from federation.launcher.processes import Process, usage_of

MARK = "BANKFED_CUSTODY"
PROC = Path("/proc")
FEW = 8
ON_LINUX = sys.platform == "linux"
TELLS_CHILDREN = (PROC / "self" / "task" / str(threading.get_native_id()) / "children").exists()


def descendants(pid: int) -> list[int]:
    """All that came from this process, without itself; zombies too."""
    if not TELLS_CHILDREN:
        import psutil

        try:
            return [child.pid for child in psutil.Process(pid).children(recursive=True)]
        except psutil.Error:
            return []
    found, left = [], [pid]
    while left:
        for child in _children(left.pop()):
            found.append(child)
            left.append(child)
    return found


def living(pids: Iterable[int]) -> list[Process]:
    """Those that are still there, without remains (zombies)."""
    return [process for pid in pids if (process := Process.of(pid))]


def marked(mark: str) -> list[Process]:
    """Everybody whose environment has a mark that begins so, wherever it is."""
    return living(pid for pid in _all_pids() if pid != os.getpid() and _has_mark(pid, mark))


def strike(process: Process, number: signal.Signals) -> None:
    """Signals it by its handle, where the system has them: a number used again is never hit."""
    if not hasattr(os, "pidfd_open"):
        process.send(number)
        return
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(process.pid)
        try:
            if process.alive:
                signal.pidfd_send_signal(handle, number)
        finally:
            os.close(handle)


def sweep(
    find: Callable[[], list[Process]], seconds: float, bury: Callable[[], object] = lambda: None
) -> list[Process]:
    """Kills all that are found, until there is nobody; returns whom it could not end in time.

    Whole groups at once, since a group that forks without end is ended in one stroke; then whoever is new. Of many,
    nobody is killed before all stand still: a place that gets free would be taken by the next one.
    """
    until, still = time.monotonic() + seconds, set[Process]()
    while (found := find()) and time.monotonic() < until:
        moving = set(found) - still if len(found) > FEW else set()
        still |= moving
        number = signal.SIGSTOP if moving else signal.SIGKILL
        for group in {group for process in moving or found if (group := _group_of(process.pid))} - {os.getpgrp()}:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, number)
        for process in moving or found:
            strike(process, number)
        bury()
        time.sleep(0.001)  # they die on the same processors
    return found


def resident_mib(pids: list[int]) -> float:
    """Of each, added up: quick, and too much where they share something."""
    return sum(used[0] for pid in pids if (used := usage_of(pid)))


def memory_mib(pids: list[int]) -> float:
    """Of all together. What they share is counted once, where the system tells."""
    if ON_LINUX and len(pids) > 1:
        shares = [_share_kib(pid) for pid in pids]
        if None not in shares:
            return sum(share for share in shares if share is not None) / 1024
    return resident_mib(pids)


def tasks_of_user() -> int:
    """Processes and threads of whoever we are."""
    if not ON_LINUX:
        return len(_all_pids())
    count = 0
    for pid in _all_pids():
        with suppress(OSError):
            tasks = PROC / str(pid) / "task"
            count += len(os.listdir(tasks)) if tasks.stat().st_uid == os.getuid() else 0
    return count


def ports(pids: Iterable[int]) -> list[int]:
    """The TCP ports that these processes listen on; empty where the system does not tell."""
    if not ON_LINUX:
        return []
    sockets = _listening()
    found = set()
    for pid in pids:
        try:
            held = [os.readlink(one) for one in (PROC / str(pid) / "fd").iterdir()]
        except OSError:
            continue
        found |= {sockets[name] for name in held if name in sockets}
    return sorted(found)


def _group_of(pid: int) -> int | None:
    with suppress(ProcessLookupError):
        return os.getpgid(pid)
    return None


def _children(pid: int) -> Iterator[int]:
    try:
        threads = list((PROC / str(pid) / "task").iterdir())
    except OSError:
        return
    for thread in threads:
        try:
            yield from map(int, (thread / "children").read_text(encoding="ascii").split())
        except OSError:
            continue


def _all_pids() -> list[int]:
    if ON_LINUX:
        return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    import psutil

    return psutil.pids()


def _has_mark(pid: int, mark: str) -> bool:
    if ON_LINUX:
        try:
            lines = (PROC / str(pid) / "environ").read_bytes().split(b"\0")
        except OSError:
            return False
        return any(line.startswith(f"{MARK}={mark}".encode()) for line in lines)
    import psutil

    try:
        return bool(psutil.Process(pid).environ().get(MARK, "").startswith(mark))
    except psutil.Error:
        return False


def _share_kib(pid: int) -> int | None:
    """Its proportional share; 0 for a process that is gone, None where nobody says."""
    try:
        text = (PROC / str(pid) / "smaps_rollup").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    except OSError:
        return None
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), None)


def _listening() -> dict[str, int]:
    """`socket:[inode]` -> port."""
    found = {}
    for table in ("tcp", "tcp6"):
        try:
            lines = (PROC / "net" / table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for fields in (line.split() for line in lines):
            if fields[3] == "0A":  # LISTEN
                found[f"socket:[{fields[9]}]"] = int(fields[1].rpartition(":")[2], 16)
    return found
