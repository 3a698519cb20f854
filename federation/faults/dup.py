"""Every record that comes lies there several times: its copies follow it, near to it."""

from __future__ import annotations

from typing import ClassVar

from federation.failure import ExitCode, Failure
from federation.faults.again import Again
from federation.faults.fault import Bite
from federation.faults.site import Lying, Site

EVERY_S = 0.3


class Dup(Again):
    name: ClassVar[str] = "dup"

    def __init__(self, site: Site, times: int = 3, *, every_s: float = EVERY_S) -> None:
        super().__init__()
        if times < 2:
            raise Failure(
                f"a record that lies there {times} times is no duplicate", do="give 2 or more", code=ExitCode.USAGE
            )
        self._topic, self._times, self._every_s = site.topic, times, every_s
        self._seen: dict[int, int] | None = None  # by partition: the offset from which on a record is new
        self._ours: set[tuple[int, int]] = set()
        self.records: list[Lying] = []  # those that were copied, as they lie there first

    def turn(self) -> None:
        there = self._topic.records(self._seen)
        if self._seen is None:  # what was there before is nobody's business
            self._seen = {}
            self._look_past(there)
            return
        new = [one for one in there if one.offset >= self._seen.get(one.partition, 0) and not self._is_ours(one)]
        if new:
            copies = self._topic.put([one for one in new for _ in range(self._times - 1)])
            self._ours |= {(one.partition, one.offset) for one in copies}
            self.records += new
        self._look_past(there)

    def pause_s(self) -> float:
        return self._every_s

    def heal(self) -> None:
        """What came last is copied too."""
        running = self._thread is not None
        super().heal()
        if running:
            self.turn()

    def bite(self) -> Bite:
        return Bite(bool(self.records), f"each of {len(self.records)} records lies there at least {self._times} times")

    def _is_ours(self, record: Lying) -> bool:
        return (record.partition, record.offset) in self._ours

    def _look_past(self, there: list[Lying]) -> None:
        assert self._seen is not None
        for one in there:
            self._seen[one.partition] = max(self._seen.get(one.partition, 0), one.offset + 1)
