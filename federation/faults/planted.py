"""Records that somebody writes to hurt, on their way to the topic: what they are, and that they lie there. What was
written can not be taken back; so healing does nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from federation.failure import Failure
from federation.faults.fault import Bite
from federation.faults.site import Lying, Site


@dataclass(frozen=True, slots=True)
class Evil:
    """`about`: what is wrong with it. `transaction_id`: the one it names, where no bank ever used that."""

    about: str
    partition: int
    key: bytes | None
    value: bytes
    transaction_id: str = ""
    headers: tuple[tuple[str, bytes], ...] = ()


class Planted:
    def __init__(self, site: Site, evils: Sequence[Evil]) -> None:
        """Whoever keeps a book of what he wrote puts `records` himself, and does not inject."""
        if not evils:
            raise Failure(
                "there is nothing on the topic that this could be made of", do="let banks pay each other first"
            )
        self._topic, self.evils = site.topic, tuple(evils)
        self.planted: list[Lying] = []

    @property
    def records(self) -> list[Lying]:
        return [Lying(one.partition, -1, one.key, one.value, one.headers) for one in self.evils]

    @property
    def ids(self) -> Mapping[int, str]:
        """By place among the records: ids that no bank ever used."""
        return {place: one.transaction_id for place, one in enumerate(self.evils) if one.transaction_id}

    def inject(self) -> None:
        self.planted = self._topic.put(self.records)

    def heal(self) -> None:
        """What lies there, lies there."""

    def bite(self) -> Bite:
        kinds = ", ".join(dict.fromkeys(one.about for one in self.evils))
        return Bite(bool(self.planted), f"{len(self.planted)} records were written: {kinds}")
