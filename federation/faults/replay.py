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

    def inject(self) -> None:
        there = self._topic.records()
        self.records = [one for one in there if one.offset >= self._since.get(one.partition, 0)]
        for at in range(0, len(self.records), BATCH):
            self.copies += self._topic.put(self.records[at : at + BATCH])

    def heal(self) -> None:
        """A record can not be taken back."""

    def bite(self) -> Bite:
        """By what lies there now."""
        if not self.records:
            return Bite(False, "there was nothing on the topic that could have come again")
        there = _counted(self._topic.records())
        often = sum(there[what] >= 2 * count for what, count in _counted(self.records).items())
        kinds = len(_counted(self.records))
        return Bite(often == kinds, f"{often} of {kinds} records lie there at least twice as often as before")


def ends(records: Iterable[Lying]) -> dict[int, int]:
    """Of each partition the offset that comes next."""
    found: dict[int, int] = {}
    for one in records:
        found[one.partition] = max(found.get(one.partition, 0), one.offset + 1)
    return found


def _counted(records: Iterable[Lying]) -> Counter[tuple[object, ...]]:
    return Counter((one.partition, one.key, one.value, one.headers) for one in records)
