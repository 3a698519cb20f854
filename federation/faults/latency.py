"""What passes comes later, by so much, a bit more or less each time; either way, so a round trip is twice as late.

Limits: frames of a line keep their order, as in a stream.
"""

from __future__ import annotations

from collections.abc import Sequence

from federation.faults.on_the_wire import BOTH, SIDES, OnTheWire, positive
from federation.faults.parameters import Swing
from federation.faults.site import Site
from federation.wire.rules import Delay, Frames, Rule

HALF_A_SECOND = Swing(0.5, 0.1)


class Latency(OnTheWire):
    name = "latency"

    def __init__(self, site: Site, delay: Swing = HALF_A_SECOND, bank: str | None = None, side: str = BOTH) -> None:
        positive(delay=delay.seconds)
        super().__init__(site, bank)
        self._delay, self._side = delay, side

    def rules(self) -> Sequence[Rule]:
        late = Delay(self._delay.seconds, self._delay.jitter_s)
        return [Rule(late, Frames(side, count=None), self.bank) for side in SIDES[self._side]]

    def told(self, bites: int) -> str:
        around = f"±{self._delay.jitter_s * 1000:.0f}" if self._delay.jitter_s else ""
        return f"{bites} frames of {self.whose} came {self._delay.seconds * 1000:.0f}{around} ms later"
