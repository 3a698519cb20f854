"""A bank's records never reach the broker: the line is cut in their place, or when half of them is through.

Limits: which Produce it is, is counted per bank where one is named, over all banks otherwise. Half a frame is no
request to Kafka; it throws the half away.
"""

from __future__ import annotations

from federation.faults.on_the_wire import OfProduce
from federation.wire.frames import Side
from federation.wire.rules import Half, Reset


class RequestLost(OfProduce):
    name = "request-lost"
    side, act = Side.REQUEST, Reset()

    def told(self, bites: int) -> str:
        return f"{bites} Produce requests of {self.whose} were lost"


class HalfFrame(OfProduce):
    """The same, and the first half of it comes through."""

    name = "half-frame"
    side, act = Side.REQUEST, Half()

    def told(self, bites: int) -> str:
        return f"{bites} Produce requests of {self.whose} broke off in the middle"
