"""The federation's broker as its supervisor keeps it: started once, watched, and never started again by itself.

A dead broker is the lesson; whoever wants it back says `bankfed start broker`. What a broker is, is in `brokers`.
Starting and stopping take seconds, so they happen on a thread of their own, one after the other.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from enum import StrEnum
from typing import Any

from federation.brokers.broker import Broker, BrokerState
from federation.failure import Failure
from federation.folder import Folder
from federation.spec import FederationSpec

OUR_BROKER = "federation.launcher.broker_keeper:broker_of"


class Kept(StrEnum):
    STARTING = "starting"
    UP = "up"
    DEGRADED = "degraded"  # some of its nodes are up
    PAUSED = "paused"  # frozen on purpose
    STOPPING = "stopping"
    STOPPED = "stopped"  # on purpose
    DIED = "died"  # and stays so
    FAILED = "failed"  # did not start
    AWAY = "away"  # not ours, and does not answer


RUNS = {BrokerState.UP: Kept.UP, BrokerState.DEGRADED: Kept.DEGRADED, BrokerState.PAUSED: Kept.PAUSED}
STAYS_SO = "not started again by itself: bankfed start broker"


def broker_of(federation: FederationSpec, folder: Folder) -> Broker:
    """The broker of this federation. Of a cluster that is not ours, TLS and SASL settings come from KAFKA_SECURITY."""
    from federation.brokers.choose import broker_for

    spec = federation.broker
    return broker_for(
        spec.kind,
        name=federation.federation_id,
        security=json.loads(os.environ.get("KAFKA_SECURITY") or "{}"),
        folder=folder.broker,
        run=folder.run,
        port=spec.port,
        nodes=spec.nodes,
        listeners=spec.listeners,
        advertised=spec.told,
    )


def broker_maker(name: str) -> Callable[[FederationSpec, Folder], Broker]:
    """`module:function` as the function; nothing is started by calling it, but a wish that cannot be is refused."""
    module, _, function = name.partition(":")
    maker: Callable[[FederationSpec, Folder], Broker] = getattr(importlib.import_module(module), function)
    return maker


class BrokerKeeper:
    """`tick` returns the words for the log; the other methods return at once."""

    def __init__(self, broker: Broker, wanted: bool = True) -> None:
        self.broker = broker
        self.wanted = wanted
        self.state = Kept.STOPPED
        self.note = ""  # why it is not up, or what is under way; for people
        self.pids: tuple[int, ...] = ()
        self._hand = ThreadPoolExecutor(1, thread_name_prefix="broker")
        self._under_way: Future[object] | None = None
        self._next: list[tuple[Kept, Callable[[], object]]] = []
        if wanted:
            self.start()

    @property
    def busy(self) -> bool:
        return self._under_way is not None or bool(self._next)

    def start(self) -> None:
        self.wanted = True
        self._next.append((Kept.STARTING, lambda: self.broker.start(progress=self._progress)))

    def stop(self, kill: bool = False) -> None:
        if self.broker.ours:
            self.wanted = False
            self._next.append((Kept.STOPPING, self.broker.kill if kill else self.broker.stop))

    def tick(self) -> list[str]:
        said = []
        if self._under_way is None and not self._next:
            said += self._look()
        elif self._under_way is not None and self._under_way.done():
            said.append(self._conclude(self._under_way))
            self._under_way = None
        if self._under_way is None and self._next:
            self.state, work = self._next.pop(0)
            self.note = ""
            self._under_way = self._hand.submit(work)
        self.pids = self.broker.pids if self.broker.ours else ()
        return said

    def close(self) -> None:
        self._hand.shutdown(wait=False, cancel_futures=True)

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.broker.kind,
            "bootstrap": self.broker.bootstrap(),
            "state": str(self.state),
            "note": self.note,
            "logs": [str(path) for path in self.broker.log_files],
        }

    def _progress(self, what: str, done: int, total: int) -> None:
        self.note = f"{what} {done}/{total}"

    def _look(self) -> list[str]:
        """Between works: what became of it. Only a change is worth words."""
        seen = RUNS.get(self.broker.state)
        before = self.state
        if seen is not None:
            self.state, self.note = seen, ""
        elif not self.broker.ours:
            self.state, self.note = Kept.AWAY, f"nobody answers at {self.broker.bootstrap()}"
        elif before in RUNS.values():
            killed = not self.wanted
            self.state = Kept.STOPPED if killed else Kept.DIED
            self.note = f"{'stopped on purpose' if killed else 'it died'}; {STAYS_SO}"
        return [] if self.state is before else [self.note or f"{self.state} at {self.broker.bootstrap()}"]

    def _conclude(self, done: Future[object]) -> str:
        error = done.exception()
        if error is None:
            started = self.state is Kept.STARTING
            self.state = Kept.UP if started else Kept.STOPPED
            self.note = "" if started else f"stopped on purpose; {STAYS_SO}"
            return f"up at {self.broker.bootstrap()}" if started else f"stopped ({done.result()})"
        self.state = Kept.FAILED if self.broker.ours else Kept.AWAY
        self.note = in_words(error)
        return self.note


def in_words(error: BaseException) -> str:
    """What, why, what to do, and the last lines of its log: as one text, because it travels through state.json."""
    if not isinstance(error, Failure):
        return f"{type(error).__name__}: {error}"
    said = "; ".join(part for part in (error.what, error.why, error.do) if part)
    return f"{said}\n{error.detail}" if error.detail else said
