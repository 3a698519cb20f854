"""One bank after the other is cut off until nobody is left, and one after the other comes back in another order: the
one that hears last what the others said is not the one that went first.

Limits: it ends by itself when the last one is back.
"""

from __future__ import annotations

from collections.abc import Sequence

from federation.faults.on_the_wire import OnTheWire, positive
from federation.faults.site import Site
from federation.wire.rules import Closed, Rule, share


class Swizzle(OnTheWire):
    """`step_s` lies between any two cuts and any two healings; the orders come from the seed."""

    name = "swizzle"

    def __init__(self, site: Site, step_s: float = 0.3, seed: int | str = 0) -> None:
        positive(step=step_s)
        super().__init__(site)
        self._step_s, self._seed = step_s, seed

    @property
    def seconds(self) -> float:
        return 2 * self._step_s * len(self.site.banks)

    def rules(self) -> Sequence[Rule]:
        going = sorted(self.site.banks, key=lambda bank: share(self._seed, "goes", bank))
        coming = sorted(self.site.banks, key=lambda bank: share(self._seed, "comes", bank))
        if len(going) > 1 and going == coming:
            coming.reverse()
        rules = []
        for place, bank in enumerate(going):
            until = (len(going) + coming.index(bank)) * self._step_s
            begun = place * self._step_s
            rules.append(Rule(Closed(), bank=bank, after_s=begun, for_s=until - begun))
        return rules

    def told(self, bites: int) -> str:
        return f"{bites} banks were cut off one after the other, and came back in another order"
