"""One way only: requests pass and their answers vanish (the broker does what it is asked, and nobody hears of it), or
the reverse: requests vanish, and answers to what was asked before still come.

Limits: what vanished is never delivered; lines with a hole are cut when it is healed.
"""

from __future__ import annotations

from collections.abc import Sequence

from federation.faults.on_the_wire import ANSWERS, SIDES, OnTheWire
from federation.faults.site import Site
from federation.wire.rules import Rule, vanishing


class OneWay(OnTheWire):
    """`lost`: what vanishes, `requests` or `answers`."""

    name = "one-way"

    def __init__(self, site: Site, lost: str = ANSWERS, bank: str | None = None) -> None:
        super().__init__(site, bank)
        self._lost = lost

    def rules(self) -> Sequence[Rule]:
        return [vanishing(side, self.bank) for side in SIDES[self._lost]]

    def told(self, bites: int) -> str:
        return f"on {bites} lines of {self.whose} all {self._lost} vanished"
