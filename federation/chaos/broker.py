"""A federation's broker as faults break it: each break is in the journal first; a start is the supervisor's to do."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from federation.brokers.broker import (
    START_TIMEOUT_S,
    STOP_TIMEOUT_S,
    Broker,
    BrokerState,
    Progress,
    Stopped,
    silent,
)
from federation.chaos.journal import DOWN, PAUSED, Journal
from federation.failure import ExitCode, Failure

POLL_S = 0.05
Order = Callable[[str, str], None]


class JournaledBroker:
    """A `Broker`. `order` reaches the supervisor."""

    def __init__(self, broker: Broker, journal: Journal, order: Order) -> None:
        self._broker, self._journal, self._order = broker, journal, order

    @property
    def kind(self) -> str:
        return self._broker.kind

    @property
    def ours(self) -> bool:
        return self._broker.ours

    @property
    def nodes(self) -> int:
        return self._broker.nodes

    @property
    def ports(self) -> tuple[int, ...]:
        return self._broker.ports

    @property
    def state(self) -> BrokerState:
        return self._broker.state

    @property
    def pids(self) -> tuple[int, ...]:
        return self._broker.pids

    @property
    def log_files(self) -> tuple[Path, ...]:
        return self._broker.log_files

    def bootstrap(self, bank: str = "") -> str:
        return self._broker.bootstrap(bank)

    def listener(self, bank: str) -> str:
        return self._broker.listener(bank)

    def last_log_lines(self, count: int = 12) -> list[str]:
        return self._broker.last_log_lines(count)

    def start(
        self,
        node: int | None = None,
        *,
        timeout_s: float = START_TIMEOUT_S,
        wait: bool = True,
        progress: Progress = silent,
    ) -> None:
        """All that are down, by the supervisor: of one node after another the federation would have no use."""
        self._order("start", "broker")
        if wait:
            progress("starting the broker", 0, 1)
            until = time.monotonic() + timeout_s
            while self._broker.state not in (BrokerState.UP, BrokerState.PAUSED):
                if time.monotonic() > until:
                    detail = "\n".join(self._broker.last_log_lines())
                    raise Failure(
                        "the broker is not up in time", why=f"{timeout_s:.0f} s", detail=detail, code=ExitCode.TIME_OUT
                    )
                time.sleep(POLL_S)
            if self._broker.state is BrokerState.UP:
                self._broker.wait_ready(node, timeout_s=timeout_s)
        for each in (None, *range(1, self.nodes + 1)):
            self._journal.paid(_name(each), DOWN)

    def wait_ready(self, node: int | None = None, *, timeout_s: float = START_TIMEOUT_S) -> None:
        self._broker.wait_ready(node, timeout_s=timeout_s)

    def stop(self, node: int | None = None, *, timeout_s: float = STOP_TIMEOUT_S) -> Stopped:
        self._owe(node, DOWN)
        return self._broker.stop(node, timeout_s=timeout_s)

    def kill(self, node: int | None = None) -> Stopped:
        self._owe(node, DOWN)
        return self._broker.kill(node)

    def pause(self, node: int | None = None) -> None:
        self._owe(node, PAUSED)
        self._broker.pause(node)

    def resume(self, node: int | None = None) -> None:
        self._broker.resume(node)
        self._journal.paid(_name(node), PAUSED)

    def wipe(self, topic: str) -> str:
        return self._broker.wipe(topic)

    def erase(self) -> None:
        raise Failure("the broker of a running federation is not erased", do="bankfed reset")

    def _owe(self, node: int | None, what: str) -> None:
        """Only what runs now: a broker that somebody stopped is not ours to start."""
        if self._broker.ours and self._broker.state is not BrokerState.DOWN:
            self._journal.owe(_name(node), what)


def _name(node: int | None) -> str:
    return "broker" if node is None else f"broker {node}"
