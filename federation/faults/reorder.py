"""The last records of each partition come again, shuffled: answers before their requests, later ones before earlier."""

from __future__ import annotations

from collections import defaultdict
from typing import ClassVar

from federation.failure import ExitCode, Failure
from federation.faults.fault import Bite
from federation.faults.site import Lying, Site
from federation.world import Dice

LAST = 50


class Reorder:
    name: ClassVar[str] = "reorder"

    def __init__(self, site: Site, last: int = LAST, dice: Dice | None = None) -> None:
        if last < 2:
            raise Failure(f"{last} record has no order", do="give 2 or more", code=ExitCode.USAGE)
        self._topic, self._last, self._dice = site.topic, last, dice or Dice("order")
        self._moved = self._count = 0

    def inject(self) -> None:
        of_partition: dict[int, list[Lying]] = defaultdict(list)
        for record in self._topic.records():
            of_partition[record.partition].append(record)
        shuffled: list[Lying] = []
        for records in of_partition.values():
            before = records[-self._last :]
            after = self._dice.some_of(before, len(before))
            self._moved += sum(one is not two for one, two in zip(before, after, strict=True))
            shuffled += after
        self._count = len(self._topic.put(shuffled)) if shuffled else 0

    def heal(self) -> None:
        """A record can not be taken back."""

    def bite(self) -> Bite:
        return Bite(self._moved > 0, f"{self._moved} of {self._count} records came again in another place")
