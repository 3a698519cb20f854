"""The broker has taken records, and its answer to the bank is lost: the line is cut where the answer should come.

Limits: which Produce it is, is counted per bank where one is named, over all banks otherwise. What a client does then
is its own business: it sends the records again, and where it is an idempotent one the broker keeps them once.
"""

from __future__ import annotations

from federation.faults.on_the_wire import OfProduce
from federation.wire.frames import Side
from federation.wire.rules import Reset


class AckLost(OfProduce):
    name = "ack-lost"
    side, act = Side.ANSWER, Reset()

    def told(self, bites: int) -> str:
        return f"{bites} acknowledgements were lost on their way to {self.whose}"
