"""A world in which each bank has two processes that work on its books at once, and hand over before each statement.

They have nothing in common but the database's file. One at a time runs, and when which one does is rolled, so the same
plan is the same history. Here locks and leases must hold what elsewhere is held by whole units of work in a row.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import cast

from bank_node.transfers.ports import Ack, NotAcked, OutgoingRecord, Publisher
from federation.simulation.baton import Runner
from federation.simulation.house import House, Life, Mend
from federation.simulation.judge import Judge
from federation.simulation.line import Line, Trouble
from federation.simulation.mirror import Row
from federation.simulation.plan import Plan
from federation.simulation.shared_file import AT_ONCE_US, SharedFile
from federation.simulation.trace import Silent, Trace
from federation.simulation.world import World
from federation.simulation.writer import Crash

PROCESSES = 2
ACKS_US = 10_000  # until the broker has the records, and again until it has answered; at most
HANDS_OVER_PERCENT = 40  # of the statements; to wait for a lock is always to hand over


class StoppableLife(Life):
    """A process with a stack of its own, that can stop between two statements, and be killed there."""

    def __init__(self, house: House, name: str) -> None:
        super().__init__(house, name)
        self._runner = Runner()
        self._later: deque[Callable[[], None]] = deque()
        self._stops = self._pause_us = 0
        self._begun = False

    def begin(self) -> None:
        super().begin()
        self._begun = True
        if self.alive:
            relay = self.post.relay
            relay._publisher = TakesItsTime(relay._publisher, self.hand_over)

    def do(self, act: Callable[[], None]) -> None:
        if not self._runner.resting:
            self._later.append(act)
        elif self.alive:
            self._go_on(lambda: super(StoppableLife, self).do(act))

    def end(self, why: str) -> None:
        if not self.alive:
            return
        if not self._runner.resting and not self._runner.is_running():
            self.alive = False
            self._runner.go()  # finds that it is gone, and unwinds
            self.alive = True
        super().end(why)

    def hand_over(self, span_us: int) -> None:
        """In the middle of an act: others may run."""
        if not self._begun:
            return
        self._stops += 1
        about = self.name, self._stops, self.house.bus.timeline.now_us
        dice = self.house.bus.dice
        if self.alive and (span_us > AT_ONCE_US or dice.share(HANDS_OVER_PERCENT, "hands over", *about)):
            self._pause_us = dice.roll(span_us, "for", *about)
            self._runner.hand_over()
        if not self.alive:
            raise Crash("kill -9 between two statements")

    def _go_on(self, act: Callable[[], None] | None = None) -> None:
        timeline = self.house.bus.timeline
        if not self._runner.go(act):
            timeline.after(self._pause_us, self._wake)
        elif self._later and self.alive:
            timeline.after(0, self._next)

    def _wake(self) -> None:
        timeline = self.house.bus.timeline
        if self._runner.resting:
            return  # it was killed meanwhile
        if timeline.now_us < self.asleep_until_us:
            timeline.at(self.asleep_until_us, self._wake)
        else:
            self._go_on()

    def _next(self) -> None:
        if self._later:
            self.do(self._later.popleft())


class TakesItsTime:
    """A publisher while which others run: what it has sent is not yet marked."""

    def __init__(self, publisher: Publisher, hand_over: Callable[[int], None]) -> None:
        self._publisher, self._hand_over = publisher, hand_over
        self.close = publisher.close

    def publish(self, records: Sequence[OutgoingRecord], timeout_s: float) -> list[Ack | NotAcked]:
        self._hand_over(ACKS_US)
        answers = self._publisher.publish(records, timeout_s)
        self._hand_over(ACKS_US)
        return answers


class SharedHouse(House):
    """`attend` is called with each new line: somebody wants to hear what is committed on it."""

    attend: Callable[[str, Line], None] | None = None
    _trouble: Trouble | None = None

    @property
    def file(self) -> SharedFile:
        return cast(SharedFile, self.database)

    def make_life(self, name: str) -> Life:
        database = self.file
        looks_on, (line, readers) = (database.line, database.readers), database.take()
        database.line, database.readers = line, readers
        life = StoppableLife(self, name)
        database.line, database.readers = looks_on
        if self.attend is not None:
            self.attend(self.bank_id, line)
        line.before, line.hand_over = self._trouble, life.hand_over
        return life

    def ended(self, life: Life) -> None:
        self.file.give_back(life.commits.connection)
        super().ended(life)
        if self.lives:
            self._revive()

    def _up_again(self) -> None:
        """As many processes as there should be; each may die at once."""
        missing = PROCESSES - len(self.lives)
        if self.bus.timeline.now_us < self._down_until_us:
            self._revive()
        else:
            for _ in range(missing):
                self.begin_life()

    def set_trouble(self, trouble: Trouble | None) -> None:
        self._trouble = trouble
        for line in self.file.taken:
            line.before = trouble


class SharedJudge(Judge):
    """Each line of a bank tells what is committed on it, by itself; all of it is one bank's."""

    def attend_too(self, name: str, line: Line) -> None:
        mirror = self.mirrors[name]
        looked_on = mirror.pending
        told: list[Row] = []
        mirror.pending = told
        mirror.attach(line)
        mirror.pending = looked_on

        def committed() -> None:
            mirror.pending = told
            self.committed(name)

        line.on_commit, line.on_roll_back = committed, told.clear


class Interleaved(World):
    kind_of_house = SharedHouse
    kind_of_judge = SharedJudge

    def __init__(self, plan: Plan, trace: Trace | Silent | None = None, mend: Mend = lambda _: None):
        super().__init__(plan, trace, mend)
        judge = cast(SharedJudge, self.judge)
        for house in self.houses.values():
            cast(SharedHouse, house).attend = judge.attend_too
            self.timeline.after(1, house._up_again)  # the first one begins with the history

    def close(self) -> None:
        for house in self.houses.values():
            house.end_lives("the history is over")
        super().close()

    def _database(self, name: str) -> SharedFile:
        return SharedFile(self._path(name))
