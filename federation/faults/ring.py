"""The cut goes round: each bank is cut off for one turn after the other, so that there is always one that cannot hear
the rest, and never the same one.

Limits: it ends by itself after its rounds; what is later than that is not broken any more.
"""

from __future__ import annotations

from collections.abc import Sequence

from federation.faults.on_the_wire import OnTheWire, positive
from federation.faults.site import Site
from federation.wire.rules import Closed, Rule


class Ring(OnTheWire):
    name = "ring"

    def __init__(self, site: Site, turn_s: float = 0.5, rounds: int = 1) -> None:
        positive(turn=turn_s, rounds=rounds)
        super().__init__(site)
        self._turn_s, self._rounds = turn_s, rounds

    @property
    def seconds(self) -> float:
        return self._turn_s * self._rounds * len(self.site.banks)

    def rules(self) -> Sequence[Rule]:
        turns = sorted(self.site.banks) * self._rounds
        return [
            Rule(Closed(), bank=bank, after_s=place * self._turn_s, for_s=self._turn_s)
            for place, bank in enumerate(turns)
        ]

    def told(self, bites: int) -> str:
        return f"the cut went round: {bites} times a bank was cut off for {self._turn_s:g} s"
