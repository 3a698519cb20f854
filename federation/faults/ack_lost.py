"""The broker has taken records, and its answer to the bank is lost: the line is cut where the answer should come.

Limits: which Produce it is, is counted per bank where one is named, over all banks otherwise. What a client does then
is its own business: it sends the records again, and where it is an idempotent one the broker keeps them once.
"""

from __future__ import annotations

from collections.abc import Sequence

from federation.faults.on_the_wire import OnTheWire, positive
from federation.faults.site import Site
from federation.wire.frames import Api, Side
from federation.wire.rules import Frames, Reset, Rule


class AckLost(OnTheWire):
    """Of `count` Produce answers, from the first that passes now; with a `share` of those only."""

    name = "ack-lost"

    def __init__(
        self, site: Site, count: int | None = 3, bank: str | None = None, share: float = 1.0, topic: str = ""
    ) -> None:
        positive(count=count, share=share)
        super().__init__(site, bank)
        self._frames = Frames(Side.ANSWER, Api.PRODUCE, count=count, chance=share, topic=topic)

    def rules(self) -> Sequence[Rule]:
        return [Rule(Reset(), self._frames, self.bank)]

    def told(self, bites: int) -> str:
        return f"{bites} acknowledgements were lost on their way to {self.whose}"
