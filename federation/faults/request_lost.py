"""A bank's records never reach the broker: the line is cut in their place, or when half of them is through.

Limits: which Produce it is, is counted per bank where one is named, over all banks otherwise. Half a frame is no
request to Kafka; it throws the half away.
"""

from __future__ import annotations

from collections.abc import Sequence

from federation.faults.on_the_wire import OnTheWire, positive
from federation.faults.site import Site
from federation.wire.frames import Api, Side
from federation.wire.rules import Frames, Half, Reset, Rule


class RequestLost(OnTheWire):
    """Of `count` Produce requests, from the first that passes now."""

    name = "request-lost"
    act: Reset | Half = Reset()

    def __init__(
        self, site: Site, count: int | None = 3, bank: str | None = None, share: float = 1.0, topic: str = ""
    ) -> None:
        positive(count=count, share=share)
        super().__init__(site, bank)
        self._frames = Frames(Side.REQUEST, Api.PRODUCE, count=count, chance=share, topic=topic)

    def rules(self) -> Sequence[Rule]:
        return [Rule(self.act, self._frames, self.bank)]

    def told(self, bites: int) -> str:
        return f"{bites} Produce requests of {self.whose} were lost"


class HalfFrame(RequestLost):
    """The same, and the first half of it comes through."""

    name = "half-frame"
    act = Half()

    def told(self, bites: int) -> str:
        return f"{bites} Produce requests of {self.whose} broke off in the middle"
