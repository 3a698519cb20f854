"""The broker is away for every bank, and lives: nobody listens at their doors, and their lines are cut.

Limits: of what was on a line at that moment nobody can say whether it arrived, as with a real cut.
"""

from __future__ import annotations

from collections.abc import Sequence

from federation.faults.fault import Bite
from federation.faults.on_the_wire import OnTheWire
from federation.faults.site import Site
from federation.wire.rules import Closed, Rule


class BrokerAway(OnTheWire):
    name = "broker-away"

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._before: dict[str, int] = {}
        self._cut = 0

    def inject(self) -> None:
        self._before = {bank: self.site.wire.traffic(bank).cut for bank in self.site.banks}
        super().inject()
        self._cut = sum(self.site.wire.traffic(bank).cut - before for bank, before in self._before.items())

    def rules(self) -> Sequence[Rule]:
        return [Rule(Closed())]

    def bite(self) -> Bite:
        return Bite(self.bites > 0 and self._cut > 0, self.told(self._cut))

    def told(self, bites: int) -> str:
        return f"all doors were shut, {bites} lines to the broker were cut"
