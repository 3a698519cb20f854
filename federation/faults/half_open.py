"""A pulled cable: lines stay open, new ones are taken, and nothing passes either way.

Limits: only at the ends that are seen from here; the broker's own side of the line is open too.
"""

from __future__ import annotations

from collections.abc import Sequence

from federation.faults.on_the_wire import OnTheWire
from federation.faults.site import Site
from federation.wire.frames import Side
from federation.wire.rules import Rule, vanishing


class HalfOpen(OnTheWire):
    name = "half-open"

    def __init__(self, site: Site, bank: str | None = None) -> None:
        super().__init__(site, bank)

    def rules(self) -> Sequence[Rule]:
        return [vanishing(side, self.bank) for side in Side]

    def told(self, bites: int) -> str:
        return f"{bites} lines of {self.whose} stayed open, and nothing passed"
