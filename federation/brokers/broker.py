"""What a way to have a broker can do. The kinds are in kafka, docker and external; `choose.broker_for` picks one.

Speaking to a broker as a bank does is not here: that is `bank_node.broker`. Here it is started, stopped and broken.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from federation.failure import Failure

HOST = "127.0.0.1"
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0

# what is being done, how many of how many: ("fetching Kafka", 12, 46)
Progress = Callable[[str, int, int], None]


def silent(_what: str, _done: int, _total: int) -> None:
    """A progress that nobody watches."""


class BrokerState(StrEnum):
    DOWN = "down"
    STARTING = "starting"  # its process runs, nobody answers yet
    UP = "up"
    DEGRADED = "degraded"  # some nodes are up, some are not
    PAUSED = "paused"


class Stopped(StrEnum):
    """How it ended."""

    NOTHING = "was down"
    TERM = "term"
    KILL = "kill"


class NotOurs(Failure):
    """This broker runs somewhere else; nobody here may stop or break it."""


class Broker(Protocol):
    """One federation's broker. A `node` is counted from 1; without one, all nodes are meant.

    A broker outlives the process that started it; another process that makes the same object finds it running.
    All errors are Failures in words. Nothing here restarts a broker by itself.
    """

    @property
    def kind(self) -> str: ...

    @property
    def ours(self) -> bool:
        """False: stop, kill, pause, resume, wipe and erase raise NotOurs."""
        ...

    @property
    def nodes(self) -> int: ...

    @property
    def ports(self) -> tuple[int, ...]:
        """Every port on this machine that must be free before the first start."""
        ...

    def bootstrap(self, bank: str = "") -> str:
        """HOST:PORT,… for clients; with a bank in the lab, the address its own listener advertises (its proxy, say)."""
        ...

    def listener(self, bank: str) -> str:
        """Where a proxy of this bank must connect to: the bank's own listener, else the first node."""
        ...

    @property
    def state(self) -> BrokerState:
        """Looked at now; never raises. Ours: processes and ports, in milliseconds. Docker, others: asked, up to 1 s."""
        ...

    @property
    def pids(self) -> tuple[int, ...]: ...

    @property
    def log_files(self) -> tuple[Path, ...]: ...

    def start(
        self,
        node: int | None = None,
        *,
        timeout_s: float = START_TIMEOUT_S,
        wait: bool = True,
        progress: Progress = silent,
    ) -> None:
        """Returns when it serves (with `wait`), at once if it does already; what is paused stays paused.

        The first start fetches and formats what it needs, and tells `progress`.
        """
        ...

    def wait_ready(self, node: int | None = None, *, timeout_s: float = START_TIMEOUT_S) -> None:
        """Returns when every node (or this one) serves metadata. Raises Failure with the last lines of its log."""
        ...

    def stop(self, node: int | None = None, *, timeout_s: float = STOP_TIMEOUT_S) -> Stopped:
        """Asks it to end, makes it end after `timeout_s`; wakes what is paused first."""
        ...

    def kill(self, node: int | None = None) -> Stopped:
        """kill -9. What was acknowledged is kept."""
        ...

    def pause(self, node: int | None = None) -> None:
        """Freezes it: connections stay open, nobody answers."""
        ...

    def resume(self, node: int | None = None) -> None: ...

    def wipe(self, topic: str) -> str:
        """Deletes a topic and makes it again, empty, with the same partitions and settings; returns its new id."""
        ...

    def erase(self) -> None:
        """Deletes everything it has kept. It must be stopped."""
        ...

    def last_log_lines(self, count: int = 12) -> list[str]: ...
