"""Lines break now and then: at a share of what passes, either way, the line is cut, and that frame is lost.

Limits: a bank whose client needs many frames to get going may get nowhere with a high share.
"""

from __future__ import annotations

from collections.abc import Sequence

from federation.faults.on_the_wire import OnTheWire, positive
from federation.faults.site import Site
from federation.wire.frames import Side
from federation.wire.rules import Frames, Rule
from federation.wire.rules import Reset as Cut


class Reset(OnTheWire):
    name = "reset"

    def __init__(self, site: Site, share: float = 0.05, bank: str | None = None) -> None:
        positive(share=share)
        super().__init__(site, bank)
        self._share = share

    def rules(self) -> Sequence[Rule]:
        return [Rule(Cut(), Frames(side, count=None, chance=self._share), self.bank) for side in Side]

    def told(self, bites: int) -> str:
        return f"{bites} lines of {self.whose} were cut"
