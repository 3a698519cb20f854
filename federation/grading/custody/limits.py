"""How much a submission may take, and how the operating system is told so. Ready-made walls, no root: `setrlimit`.

What `setrlimit` cannot count (memory of all processes together, a folder's size, processes of a root user) is looked at
every fraction of a second instead (`keeper`), so for such a moment it can be more.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 4, 36, 38


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one bank's node. `memory_mib` is where it is ended; the contract's 300 MB cost points long before."""

    memory_mib: int = 600  # resident, of all its processes
    data_mib: int = 1024  # of one process, what it may ask for: the wall between two looks at its memory
    processes: int = 64
    tasks: int = (
        1024  # processes and threads that this user may have more than now: a wall against a leap; not for root
    )
    file_mib: int = 512  # of one file
    open_files: int = 4096
    disk_mib: int = 1024  # of its folders
    log_mib: int = 4  # what is kept of its output

    def as_json(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__slots__}


SET_UP = Limits(memory_mib=2048, data_mib=4096, processes=256, disk_mib=2048)  # compilers and package managers


def confine(limits: Limits, tasks_now: int) -> None:
    """In the child, between fork and exec: from here on it cannot take more, and dies with its keeper."""
    for what, most in (
        (resource.RLIMIT_NPROC, tasks_now + limits.tasks),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_DATA, limits.data_mib * MIB),
        (resource.RLIMIT_FSIZE, limits.file_mib * MIB),
        (resource.RLIMIT_NOFILE, limits.open_files),
    ):
        _set(what, most)
    # A write beyond the limit is an error that the node hears of, not its end; not every language says so itself.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with suppress(OSError):  # where all memory is gone the system ends this one, not the broker and not the grader
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    _control(PR_SET_PDEATHSIG, int(signal.SIGKILL))
    _control(PR_SET_NO_NEW_PRIVS, 1)


def adopt() -> None:
    """In the keeper: whoever lives on without its parent becomes our child; nobody of the same user looks into us."""
    _control(PR_SET_CHILD_SUBREAPER, 1)
    _control(PR_SET_DUMPABLE, 0)


@contextmanager
def first_in_turn() -> Iterator[None]:
    """Where we may (root, whom no number of processes is forbidden), our turn comes before that of a thousand others.
    Not for long: the kernel waits for some things by running in circles, and nobody else would run meanwhile."""
    with suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    try:
        yield
    finally:
        with suppress(OSError, AttributeError):
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def cap_files(pids: Iterable[int], most_bytes: int | None) -> bool:
    """The file-size limit of running processes: beyond it their writes fail, until it is lifted (None).
    False where the system cannot do that (macOS)."""
    if not hasattr(resource, "prlimit"):
        return False
    for pid in pids:
        with suppress(ProcessLookupError):
            _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            soft = hard if most_bytes is None else most_bytes
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))
    return True


def what_is_missing() -> tuple[str, ...]:
    """What this machine cannot do for a fair and clean run, in words for the report."""
    if sys.platform == "linux":
        return ()
    return (
        "This is not Linux: a process that leaves its parent is found by its environment only, not for certain.",
        "Its memory is looked at, but there is no wall against a sudden leap.",
        "A running process cannot be given a full disk, so N22 is not exercised.",
        "A signal is sent by number and time of birth, not by a handle.",
    )


def _set(what: int, most: int) -> None:
    """At most what there is already."""
    _, hard = resource.getrlimit(what)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    with suppress(ValueError, OSError):  # macOS knows the name and refuses the value
        resource.setrlimit(what, (most, most))


def _control(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
