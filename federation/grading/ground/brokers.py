"""The brokers of a grader: one for each lane, started when it is first needed and kept over foundings, for a start
takes seconds. One of another size takes the place of the one before."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

from federation.grading.ground.own_broker import OwnBroker, end_leftovers

Said = Callable[[str], None]


class Brokers(AbstractContextManager["Brokers"]):
    def __init__(self, home: Path, said: Said = lambda _: None) -> None:
        """`home`: a folder of the grader's own, the same for all of its runs. What others left there is ended."""
        end_leftovers(home)
        self._home, self._said = home, said
        self._brokers: dict[str, OwnBroker] = {}

    def broker(self, lane: str, nodes: int) -> OwnBroker:
        """It runs. Raises Failure."""
        there = self._brokers.get(lane)
        if there is not None and there.broker.nodes == nodes:
            there.start()  # nothing where it runs
            return there
        if there is not None:
            there.close()
        began_s = time.monotonic()
        own = self._brokers[lane] = OwnBroker(self._home, nodes)
        own.start()
        self._said(f"Kafka of {nodes} {'node' if nodes == 1 else 'nodes'}: {time.monotonic() - began_s:.1f} s")
        return own

    def drop(self, lane: str) -> None:
        """It gave trouble: the next one is a new one."""
        there = self._brokers.pop(lane, None)
        if there is not None:
            there.close()

    def close(self) -> None:
        with ExitStack() as each:
            for own in self._brokers.values():
                each.callback(own.close)

    def __exit__(self, *_: Any) -> None:
        self.close()
