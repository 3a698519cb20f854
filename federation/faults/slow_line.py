"""A bad line: late, narrow, in slices, and slow to say that it was closed.

Limits: each line, and each of its two ways, has the whole rate for itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from federation.faults.latency import Latency
from federation.faults.on_the_wire import positive
from federation.faults.parameters import Swing
from federation.faults.site import Site
from federation.wire.frames import Side
from federation.wire.rules import Frames, Pace, Rule, SlowClose

SLICE_BYTES = 512
LATE = Swing(0.3, 0.2)


class SlowLine(Latency):
    name = "slow-line"

    def __init__(
        self,
        site: Site,
        delay: Swing = LATE,
        rate: float = 64 * 1024.0,
        close_s: float = 1.0,
        bank: str | None = None,
    ) -> None:
        positive(rate=rate, close=close_s)
        super().__init__(site, delay, bank)
        self._rate, self._close_s = rate, close_s

    def rules(self) -> Sequence[Rule]:
        narrow = [Rule(Pace(self._rate, SLICE_BYTES), Frames(side, count=None), self.bank) for side in Side]
        return [*super().rules(), *narrow, Rule(SlowClose(self._close_s), bank=self.bank)]

    @property
    def bites(self) -> int:
        """Frames that came later; those that went through the narrow are the same ones."""
        return sum(laid.bites for laid in self.laid[: len(Side)])

    def told(self, bites: int) -> str:
        return f"{super().told(bites)}, in slices of {SLICE_BYTES} bytes at {self._rate / 1024:.0f} KB/s"
