"""A bank's own clock and its own ids, both told by the world."""

from __future__ import annotations

from collections import Counter

from federation.simulation.timeline import Timeline


class WrongClock:
    """The world's time and how far this bank's clock is off. It may be moved at any moment, back too."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self.off_us = 0

    def now_us(self) -> int:
        return self._timeline.now_us + self.off_us

    def monotonic_s(self) -> float:
        """What no wall clock moves."""
        return self._timeline.now_us / 1_000_000


class NamedIds:
    """Ids that say where they come from: `t07-1`. The same step gives the same ids whatever else is in the plan."""

    def __init__(self, name: str, counts: Counter[str] | None = None) -> None:
        self._name = name
        self._counts: Counter[str] = Counter() if counts is None else counts

    def new(self) -> str:
        self._counts[self._name] += 1
        return f"{self._name}-{self._counts[self._name]}"

    def of(self, name: str) -> NamedIds:
        """The ids of what is done under this name; none is ever given out twice, crash or not."""
        return NamedIds(name, self._counts)
