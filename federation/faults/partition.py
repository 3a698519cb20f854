"""One bank is cut off from the broker; the others are not.

Limits: banks speak to each other over the broker only, so this is every partition there can be between two of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from federation.faults.on_the_wire import OnTheWire
from federation.faults.site import Site
from federation.wire.rules import Closed, Rule


class Partition(OnTheWire):
    name = "partition"

    def __init__(self, site: Site, bank: str) -> None:
        super().__init__(site, bank)

    def rules(self) -> Sequence[Rule]:
        return [Rule(Closed(), bank=self.bank)]

    def told(self, bites: int) -> str:
        return f"{self.bank} was cut off" if bites else f"{self.bank} was not cut off"
