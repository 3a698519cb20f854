"""Lines fall silent now and then: a share of what passes vanishes, and with it everything behind it on that line in
that direction. The line stays open until the client loses patience.

Limits: a stream has no holes, so nothing can come after what was lost; when it is healed such lines are cut.
"""

from __future__ import annotations

from collections.abc import Sequence

from federation.faults.on_the_wire import BOTH, SIDES, OnTheWire, positive
from federation.faults.site import Site
from federation.wire.rules import Drop as Vanish
from federation.wire.rules import Frames, Rule


class Drop(OnTheWire):
    name = "drop"

    def __init__(self, site: Site, share: float = 0.05, bank: str | None = None, side: str = BOTH) -> None:
        positive(share=share)
        super().__init__(site, bank)
        self._share, self._side = share, side

    def rules(self) -> Sequence[Rule]:
        return [Rule(Vanish(), Frames(side, count=None, chance=self._share), self.bank) for side in SIDES[self._side]]

    def told(self, bites: int) -> str:
        return f"{bites} times a line of {self.whose} fell silent"
