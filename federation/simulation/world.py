"""The pieces of one history: banks, a broker, people at the counters, and whoever judges what they do.

Every bank is made of the production pieces (house.py); everything here is virtual, so the same plan is the same
history. What happens when is for `play` to know.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from federation.simulation.accounts import BANKS
from federation.simulation.branches import Branches
from federation.simulation.bus import Bus
from federation.simulation.counter import Counter
from federation.simulation.database import FileDatabase, MemoryDatabase
from federation.simulation.dice import Dice
from federation.simulation.founding import settings_of, template_of
from federation.simulation.history import History, Violation
from federation.simulation.house import House, Life
from federation.simulation.judge import Judge
from federation.simulation.plan import Plan
from federation.simulation.timeline import Timeline
from federation.simulation.trace import Silent, Trace


class World:
    """`mend` may change the pieces of a bank's process before it begins: that is how a mutant comes in."""

    def __init__(self, plan: Plan, trace: Trace | Silent | None = None, mend: Callable[[Life], None] = lambda _: None):
        self.plan = plan
        self.timeline, self.dice = Timeline(), Dice(plan.seed)
        self.trace = trace or Silent()
        self.trace.timeline = self.timeline
        self.bus = Bus(self.timeline, self.dice, plan.partitions)
        self.history = History(plan)
        self.counter = Counter(self.timeline, self.dice, self.broken)
        self.branches = Branches(self.history.branches)
        self._folder = tempfile.TemporaryDirectory(prefix="bankfed-sim-") if plan.on_file else None
        self.houses = {name: self._house(name, mend) for name in BANKS[: plan.banks]}
        self.judge = Judge(self.houses, self.broken, self.branches.seen)

    def broken(self, law: str, sentence: str) -> None:
        """A law does not hold."""
        self.history.violations.append(Violation(law, sentence, self.timeline.passed_ms))
        self.trace.said("", "LAW BROKEN", f"{law}: {sentence}")

    def close(self) -> None:
        if self._folder is not None:
            for house in self.houses.values():
                house.database.close()
            self._folder.cleanup()

    def _house(self, name: str, mend: Callable[[Life], None]) -> House:
        plan = self.plan
        knobs = tuple(sorted({**plan.knobs, "external_transfers_partitions": plan.partitions}.items()))
        database = FileDatabase(Path(self._folder.name, name)) if self._folder else _in_memory(name)
        database.begin(template_of(name))
        said, told = partial(self.trace.said, name), partial(self.trace.told, name)
        return House(settings_of(name, plan.banks, knobs), database, self.bus, said=said, told=told, mend=mend)


@cache
def _in_memory(_bank_id: str) -> MemoryDatabase:
    return MemoryDatabase()
