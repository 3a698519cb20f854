"""A line that comes and goes: cut and closed for a while, open for a while, and so on. It begins closed.

Limits: a client that waits longer between two attempts than the line is open may never get through.
"""

from __future__ import annotations

from collections.abc import Sequence

from federation.faults.on_the_wire import OnTheWire, positive
from federation.faults.site import Site
from federation.wire.rules import Flap as ComesAndGoes
from federation.wire.rules import Rule


class Flap(OnTheWire):
    name = "flap"

    def __init__(self, site: Site, off_s: float = 1.0, on_s: float = 1.0, bank: str | None = None) -> None:
        positive(off=off_s, on=on_s)
        super().__init__(site, bank)
        self._off_s, self._on_s = off_s, on_s

    def rules(self) -> Sequence[Rule]:
        return [Rule(ComesAndGoes(self._off_s, self._on_s), bank=self.bank)]

    def told(self, bites: int) -> str:
        return f"{bites} times the line of {self.whose} went away"
