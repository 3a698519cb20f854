"""The pieces of one history: banks, a broker, people at the counters, and whoever judges what they do.

Every bank is made of the production pieces (house.py); everything here is virtual, so the same plan is the same
history. What happens when is for `play` to know.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from bank_node.lab.failpoints import MIGRATE_MID, Failpoints, read_armings
from bank_node.transfers.ports import OutgoingRecord, Record
from federation.simulation.accounts import BANKS
from federation.simulation.branches import Branches
from federation.simulation.bus import Bus
from federation.simulation.counter import Counter
from federation.simulation.database import FileDatabase, MemoryDatabase
from federation.simulation.dice import Dice
from federation.simulation.founding import found, settings_of, template_of
from federation.simulation.history import History, Violation
from federation.simulation.house import House, Life
from federation.simulation.judge import Judge
from federation.simulation.liar import Liar
from federation.simulation.mirror import Mirror, Row
from federation.simulation.plan import Plan
from federation.simulation.restoring import Restoring
from federation.simulation.timeline import Timeline
from federation.simulation.trace import Silent, Trace
from federation.simulation.writer import Crash

FOUND = "found"  # a step: this bank's database is made in this history


class World:
    """`mend` may change the pieces of a bank's process before it begins: that is how a mutant comes in."""

    kind_of_house: type[House] = House
    kind_of_judge: type[Judge] = Judge

    def __init__(self, plan: Plan, trace: Trace | Silent | None = None, mend: Callable[[Life], None] = lambda _: None):
        self.plan = plan
        self.timeline, self.dice = Timeline(), Dice(plan.seed)
        self.trace = trace or Silent()
        self.trace.timeline = self.timeline
        self.bus = Bus(self.timeline, self.dice, plan.partitions)
        self.history = History(plan)
        self._begun_empty = {step.bank for step in plan.steps if step.do == FOUND}
        self.counter = Counter(self.timeline, self.dice, self.broken)
        self.branches = Branches(self.history.branches, self.broken)
        self._folder = tempfile.TemporaryDirectory(prefix="bankfed-sim-") if plan.in_files else None
        self.houses = {name: self._house(name, mend) for name in BANKS[: plan.banks]}
        self.judge = self.kind_of_judge(self.houses, self.broken, self._seen)
        self.restoring = Restoring(self.bus, self.judge, self.broken)
        sealed = plan.knobs.get("peer_auth", "required") == "required"
        self.liar = Liar(self.bus, lambda name: self.houses[name].secrets(), sealed=sealed)
        self.healed = False

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
        database = self._database(name)
        if name in self._begun_empty:
            self._found(name, database)
        else:
            database.begin(template_of(name))
        said, told = partial(self.trace.said, name), partial(self._told, name)
        settings = settings_of(name, plan.banks, knobs)
        return self.kind_of_house(settings, database, self.bus, said=said, told=told, mend=mend)

    def _database(self, name: str) -> MemoryDatabase:
        return FileDatabase(self._path(name)) if self._folder else _in_memory(name)

    def _path(self, name: str) -> Path:
        assert self._folder is not None
        return Path(self._folder.name, name)

    def _found(self, name: str, database: MemoryDatabase) -> None:
        """Its first start is killed while its schema is made; the second one finds nothing of it.

        In memory the first one has a database to itself: upon nothing, founding makes what the template is.
        """
        first = database if self._folder else _never_founded()
        first.begin_empty()
        failpoints = Failpoints(read_armings(f"{MIGRATE_MID}=kill"), kill=_crash)
        try:
            found(name, first, failpoints)
        except Crash:
            self.history.crashes[MIGRATE_MID] += 1
            first.crash()
        if not first.is_empty():
            self.broken("C4", f"{name} was killed while it was founded, and there is something of it")
        if first is database:
            found(name, database, failpoints)
        else:
            database.begin(template_of(name))

    def _seen(self, mirror: Mirror, rows: list[Row]) -> None:
        """A unit of work was committed."""
        self.branches.seen(mirror, rows)
        self.restoring.seen(mirror, rows)

    def _told(self, bank_id: str, what: str, record: OutgoingRecord | Record) -> None:
        """Something became of a record."""
        self.trace.told(bank_id, what, record)
        self.restoring.told(bank_id, what, record)


def _crash() -> None:
    raise Crash(MIGRATE_MID)


@cache
def _in_memory(_bank_id: str) -> MemoryDatabase:
    return MemoryDatabase()


@cache
def _never_founded() -> MemoryDatabase:
    return MemoryDatabase()
