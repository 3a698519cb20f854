"""Playing a plan: its steps come at their moments, then everything is healed, then everything has to come to rest.

play(plan) -> History
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from federation.simulation import hostile
from federation.simulation.faults import FAULTS
from federation.simulation.history import History
from federation.simulation.house import Life
from federation.simulation.interleaving import Interleaved
from federation.simulation.orders import ORDERS
from federation.simulation.plan import Plan, Step
from federation.simulation.timeline import NOON_US
from federation.simulation.trace import Silent, Trace
from federation.simulation.world import FOUND, World

assert hostile  # it has words of its own in FAULTS
TRY_AGAIN_US = 5_000_000  # what was not possible yet
QUIET_US = 5_000_000  # for late repeats, once everything is final
REST_MS = 90_000  # beside twice the longest back-off: all the time there is to come to rest


def play(plan: Plan, trace: Trace | Silent | None = None, mend: Callable[[Life], None] = lambda _: None) -> History:
    world = (Interleaved if plan.processes > 1 else World)(plan, trace, mend)
    try:
        return Playing(world).run()
    finally:
        world.close()


class Playing:
    """`run` plays the whole plan; whoever wants to add to it as it goes begins, does, lets time pass, and heals."""

    def __init__(self, world: World) -> None:
        self.world, self.plan, self.timeline = world, world.plan, world.timeline
        longest_ms = max(house.charter.redrive_after_ms_max for house in world.houses.values())
        self._rest_us = (longest_ms * 2 + REST_MS) * 1_000
        self.deadline_us = NOON_US + self.plan.heal_ms * 1_000 + self._rest_us
        self._quiet_us: int | None = None

    def begin(self) -> None:
        """Puts down what the plan says; nothing has happened yet."""
        for house in self.world.houses.values():
            self.timeline.after(0, house.begin_life)
        for step in self.plan.steps:
            self.timeline.at(NOON_US + step.at_ms * 1_000, partial(self.do, step))
        self.timeline.at(NOON_US + self.plan.heal_ms * 1_000, self.heal)

    def run(self) -> History:
        self.begin()
        return self.finish()

    def pass_ms(self, ms: int) -> None:
        """Time passes; what was put down for it happens."""
        until_us = self.timeline.now_us + ms * 1_000
        while not self.world.history.violations and self._step(until_us):
            pass

    def finish(self) -> History:
        """Up to the end, and a last look."""
        world, history = self.world, self.world.history
        while not self._over():
            self._step(self.deadline_us)
        if not history.violations:
            world.counter.look_back(world.houses)
            world.judge.whole(healed=True)
            if self.plan.on_file:
                world.judge.as_published()
            world.restoring.look_back()
        self._count()
        return history

    def _step(self, until_us: int) -> bool:
        happened = self.timeline.step(until_us)
        if self.world.judge.failure is not None:
            raise self.world.judge.failure
        return happened

    def do(self, step: Step) -> None:
        """A fault happens; an order is given as soon as it is possible, if ever."""
        world = self.world
        if step.bank not in world.houses or step.do == FOUND:
            return
        if step.do in FAULTS:
            world.history.faults[step.do] += 1
            world.trace.said(step.bank, step.do, str(step))
            FAULTS[step.do](world, step)
            return
        wanted = ORDERS[step.do](step, world.houses, world.counter)
        if wanted is not None:
            world.trace.said(step.bank, step.do, str(step))
            world.counter.ask(step, world.houses[step.bank], *wanted)
        elif not self.world.healed:
            self.timeline.after(TRY_AGAIN_US, partial(self.do, step))

    def heal(self) -> None:
        """Nothing goes wrong any more; what went wrong stays as it is."""
        if self.world.healed:
            return
        self.world.healed = True
        self.deadline_us = self.timeline.now_us + self._rest_us
        world = self.world
        world.trace.said("", "healed", "nothing goes wrong any more")
        world.bus.heal()
        latest_us = max(house.clock.off_us for house in world.houses.values())
        for house in world.houses.values():
            house.heal(latest_us)

    def _over(self) -> bool:
        if self.world.history.violations:
            return True
        if not self.world.healed:
            return False
        now_us = self.timeline.now_us
        if self.world.counter.waiting or self.world.judge.open:
            self._quiet_us = None
        elif self._quiet_us is None:
            self._quiet_us = now_us
        return now_us >= self.deadline_us or (self._quiet_us is not None and now_us >= self._quiet_us + QUIET_US)

    def _count(self) -> None:
        history = self.world.history
        history.steps = self.timeline.steps
        history.trace_hash = self.world.trace.digest()
        for house in self.world.houses.values():
            (transfers,) = house.database.line.look("SELECT count(*) FROM transfers").fetchone()
            history.transfers += transfers
            history.crashes += house.crashes
