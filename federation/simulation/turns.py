"""When the loops of a bank have their turn: `bank_node.broker.loop` stepped by the world's clock instead of a thread.

What a turn is, how long it waits and when it backs off are the loop's own; only waiting is a jump here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from bank_node.broker.loop import Loop
from federation.simulation.dice import Dice
from federation.simulation.timeline import Timeline

POLL_S = 5.0  # an idle poll of the reader; news end it at once
AT_ONCE_US = 1_000
_WHYS = ("wake", "next", "jitter")
Guard = Callable[[Callable[[], None]], None]  # does something in the name of a process, unless it is gone or asleep


class TurnedLoop(Loop):
    def __init__(
        self, name: str, tick: Callable[[], int], *, idle_s: float, at: tuple[Timeline, Dice, str, Guard], **more: Any
    ) -> None:
        self._timeline, self._dice, self._whose, self._guard = at
        super().__init__(name, tick, idle_s=idle_s or POLL_S, jitter=self._chance, **more)
        self._wakes, self._goes_on, self._waits = (self._dice.die(why, self._whose, name) for why in _WHYS)
        self._due_us: int | None = None
        self._turn_number = 0

    def start(self) -> None:
        self.wake()

    def wake(self) -> None:
        self.wake_at(self._timeline.now_us + self._wakes.roll(AT_ONCE_US, self._timeline.now_us))

    def wake_at(self, moment_us: int) -> None:
        """There is work then. A loop that backs off is not woken."""
        if not self.failures:
            self._come(moment_us)

    def _come(self, moment_us: int) -> None:
        if self._due_us is None or moment_us < self._due_us:
            self._due_us = moment_us
            self._turn_number += 1
            number = self._turn_number
            self._timeline.at(moment_us, partial(self._guard, partial(self._turn, number)))

    def _turn(self, number: int) -> None:
        if number != self._turn_number:
            return
        self._due_us = None
        pause_us = int(self.step() * 1_000_000)
        now_us = self._timeline.now_us
        self._come(now_us + (pause_us or self._goes_on.roll(AT_ONCE_US, now_us)))

    def _chance(self) -> float:
        return self._waits.roll(1_000, self._timeline.now_us) / 1_000
