"""The bell on the counter: whoever waits for news of a topic is woken when a commit brought some.

Topics: `transfer:<transaction_id>`, `queue`, `received`, `attention`, `link`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol


class Ear(Protocol):
    """What is woken: an asyncio.Event, or whoever wants to know more than that it rang."""

    def set(self) -> None: ...


class Bell:
    """Waiting is for coroutines of one event loop; ringing is for any thread. `closed` ends all waiting for good."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, set[Ear]] = {}
        self.closed = False

    async def wait(self, topics: Iterable[str], timeout_s: float) -> bool:
        """True as soon as one of the topics rings, False after `timeout_s` or when the bank closes."""
        names = (topics,) if isinstance(topics, str) else tuple(topics)
        event = asyncio.Event()
        self.listen(names, event)
        try:
            if self.closed:
                return False
            await asyncio.wait_for(event.wait(), timeout_s)
            return not self.closed
        except TimeoutError:
            return False
        finally:
            self.leave(names, event)

    def listen(self, topics: Iterable[str], ear: Ear) -> None:
        """From now on, until it leaves; on the thread of the event loop."""
        self._loop = asyncio.get_running_loop()
        for name in topics:
            self._waiting.setdefault(name, set()).add(ear)

    def leave(self, topics: Iterable[str], ear: Ear) -> None:
        for name in topics:
            waiting = self._waiting.get(name, set())
            waiting.discard(ear)
            if not waiting:
                self._waiting.pop(name, None)

    def ring(self, topics: Iterable[str]) -> None:
        """Wakes the loop once, and only if somebody waits for one of the topics."""
        heard = [topic for topic in topics if topic in self._waiting]
        if heard and self._loop is not None:
            self._soon(heard)

    def close(self) -> None:
        """The bank closes: every stream and long poll ends."""
        self.closed = True
        if self._loop is not None:
            self._soon(list(self._waiting))

    def _soon(self, topics: list[str]) -> None:
        try:
            assert self._loop is not None
            self._loop.call_soon_threadsafe(self._wake, topics)
        except RuntimeError:  # the loop has ended, and with it all who waited
            self._loop = None

    def _wake(self, topics: list[str]) -> None:
        for topic in topics:
            for ear in tuple(self._waiting.get(topic, ())):
                ear.set()
