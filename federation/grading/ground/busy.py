"""How much slower everything is than it should be, because this machine works for others too: limits of time are longer
by so much. A node is never told late for what somebody else's compiler did."""

from __future__ import annotations

import os
from collections.abc import Callable

QUIET = 3.0  # runnable processes for each processor: a grader on one of them comes to that by itself
SLACK_MAX = 4.0


def slack(load: Callable[[], tuple[float, float, float]] = os.getloadavg, processors: int | None = None) -> float:
    """1 on a machine of one's own."""
    try:
        waiting = load()[0]
    except OSError:
        return 1.0
    return min(SLACK_MAX, max(1.0, waiting / (processors or os.cpu_count() or 1) / QUIET))
