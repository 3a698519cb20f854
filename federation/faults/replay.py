"""The whole topic comes again: a copy of every record, in the order of each partition, behind all that lies there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import ClassVar

from federation.faults.fault import Bite
from federation.faults.site import Lying, Site

BATCH = 2_000


class Replay:
    name: ClassVar[str] = "replay"

    def __init__(self, site: Site, since: Mapping[int, int] | None = None) -> None:
        """`since`: of each partition the first offset that comes again; none: all of it."""
        self._topic, self._since = site.topic, since or {}
        self._before: Counter[tuple[object, ...]] = Counter()
        self.records: list[Lying] = []
        self.copies: list[Lying] = []
        self._told: Bite | None = None

    def inject(self) -> None:
        there = self._topic.records()
        self.records = [one for one in there if one.offset >= self._since.get(one.partition, 0)]
        for at in range(0, len(self.records), BATCH):
            self.copies += self._topic.put(self.records[at : at + BATCH])

    def heal(self) -> None:
        """A record can not be taken back."""

    def bite(self) -> Bite:
        """By what lies there when it is asked for the first time: `bankfed chaos` asks again and again, and its keeper
        would do nothing but read the topic, or wait for a broker that is away."""
        if not self.records:
            return Bite(False, "there was nothing on the topic that could have come again")
        if self._told is None:
            there, before = _counted(self._topic.records()), _counted(self.records)
            often = sum(there[what] >= 2 * count for what, count in before.items())
            proof = f"{often} of {len(before)} records lie there at least twice as often as before"
            self._told = Bite(often == len(before), proof)
        return self._told


def ends(records: Iterable[Lying]) -> dict[int, int]:
    """Of each partition the offset that comes next."""
    found: dict[int, int] = {}
    for one in records:
        found[one.partition] = max(found.get(one.partition, 0), one.offset + 1)
    return found


def _counted(records: Iterable[Lying]) -> Counter[tuple[object, ...]]:
    return Counter((one.partition, one.key, one.value, one.headers) for one in records)
