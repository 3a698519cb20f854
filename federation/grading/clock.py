"""The one clock of a graded run: history, faults, lives of processes, what passed on the wire, all of it in its time.

It only goes forward and is the same for all processes of the machine; whoever tells times to the evidence uses it, the
proxy too (`now_us`). The wall clock stands beside it in the history, for people.
"""

from __future__ import annotations

import time


def now_us() -> int:
    return time.monotonic_ns() // 1000


def wall_us() -> int:
    return time.time_ns() // 1000
