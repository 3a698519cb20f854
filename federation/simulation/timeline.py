"""Virtual time: one heap of what is to happen. Waiting is a jump; a day costs milliseconds."""

from __future__ import annotations

import heapq
from collections.abc import Callable

Action = Callable[[], None]

NOON_US = 1_795_255_200_000_000  # 2026-11-21T10:00:00Z: when every history begins


class Timeline:
    def __init__(self) -> None:
        self.now_us = NOON_US
        self.steps = 0
        self._heap: list[tuple[int, int, Action]] = []
        self._put = 0

    @property
    def passed_us(self) -> int:
        return self.now_us - NOON_US

    @property
    def passed_ms(self) -> int:
        """Since the beginning of the history."""
        return (self.now_us - NOON_US) // 1000

    def at(self, moment_us: int, action: Action) -> None:
        """What is put down for the same moment happens in the order it was put down."""
        self._put += 1
        heapq.heappush(self._heap, (max(moment_us, self.now_us), self._put, action))

    def after(self, pause_us: int, action: Action) -> None:
        self.at(self.now_us + pause_us, action)

    def step(self, until_us: int) -> bool:
        """The next thing happens; False where nothing is to happen until then, and it is then."""
        if not self._heap or self._heap[0][0] > until_us:
            self.now_us = max(self.now_us, until_us)
            return False
        self.now_us, _, action = heapq.heappop(self._heap)
        self.steps += 1
        action()
        return True
