"""A simulated bank: its database, clock and way to the broker outlive its processes; each process is one life.

A life is made of the production pieces: books, commits, writer, post room with relay, consumer and sweeper. Around it
here are only time, chance, and what ends it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, cast

from bank_node.broker.post_room import PostRoom
from bank_node.identity import Secrets
from bank_node.lab.failpoints import BOOT_RECOVERY, Arming, Failpoints
from bank_node.lab.watching import WatchedBroker
from bank_node.opening import charter_of, put_together, take_up
from bank_node.people.desk import Desk
from bank_node.settings import BankSettings
from bank_node.store.books import Books
from bank_node.store.commit import Commits, Operation, StoreUnavailable
from bank_node.store.unit import UnitOfWork
from bank_node.transfers.ports import Record
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from federation.simulation.bus import Bus
from federation.simulation.clocks import NamedIds, WrongClock
from federation.simulation.database import MemoryDatabase
from federation.simulation.keys import secrets_of
from federation.simulation.line import Trouble
from federation.simulation.turns import AT_ONCE_US, TurnedLoop
from federation.simulation.ways import Told, Way
from federation.simulation.writer import Crash, TurnedWriter

DEAD_US_MIN, DEAD_US_SPAN = 100_000, 3_000_000
Said = Callable[[str, str], None]  # what kind of happening, and words


class House:
    """`said` hears of lives that begin and end; `mend` may change a life's pieces before it begins (mutants)."""

    def __init__(
        self, settings: BankSettings, database: MemoryDatabase, bus: Bus, *, said: Said, told: Told, mend: Mend
    ) -> None:
        self.bank_id = settings.bank_id
        self.settings, self.database, self.bus = settings, database, bus
        self.charter = charter_of(settings)
        self.said, self.mend = said, mend
        self.clock = WrongClock(bus.timeline)
        self.ids = NamedIds(settings.bank_id)
        self.way = Way(settings.bank_id, bus, told)
        self.hits: Counter[str] = Counter()  # of failpoints
        self.crashes: Counter[str] = Counter()
        self.lives: list[Life] = []
        self.lives_begun = 0
        self._down_until_us = 0
        self.at_next_start: list[Arming] = []
        self.key_versions = 1
        bus.heard.append(self._heard)

    def begin_life(self) -> None:
        """Starts a process. It may crash at once."""
        self.lives_begun += 1
        life = self.make_life(f"{self.bank_id}/{self.lives_begun}")
        self.lives.append(life)
        life.do(life.begin)

    def make_life(self, name: str) -> Life:
        """The pieces of a process."""
        return Life(self, name)

    def end_lives(self, why: str) -> None:
        """kill -9 of all that runs."""
        for life in list(self.lives):
            life.end(why)

    def ended(self, life: Life) -> None:
        self.lives.remove(life)
        self.way.readers = [reader for other in self.lives for reader in other.readers]
        if not self.lives:
            self.database.crash()
            self._revive()

    def stay_down(self, for_ms: int) -> None:
        """Nobody starts this bank before then."""
        self._down_until_us = max(self._down_until_us, self.bus.timeline.now_us + for_ms * 1_000)

    def _revive(self) -> None:
        """Whoever looks after the bank starts it again, a little later."""
        timeline = self.bus.timeline
        pause_us = DEAD_US_MIN + self.bus.dice.roll(DEAD_US_SPAN, "revive", self.bank_id, timeline.now_us)
        timeline.at(max(timeline.now_us + pause_us, self._down_until_us), self._up_again)

    def _up_again(self) -> None:
        if self.lives:
            return
        if self.bus.timeline.now_us < self._down_until_us:
            self._revive()
        else:
            self.begin_life()

    def secrets(self) -> Secrets:
        return secrets_of(self.bank_id, self.key_versions)

    def set_trouble(self, trouble: Trouble | None) -> None:
        self.database.line.before = trouble

    def heal(self, off_us: int) -> None:
        """Whatever is wrong here is over; the clock goes on with the furthest one, so that no age is negative."""
        self.way.heal()
        self.set_trouble(None)
        self.database.set_room(None)
        self.clock.off_us = off_us
        self.at_next_start.clear()
        self._down_until_us = 0
        for life in self.lives:
            life.failpoints.disarm()
            life.asleep_until_us = 0

    def _heard(self, record: Record, seen_us: int) -> None:
        if record.topic == EXTERNAL_TRANSFERS:
            for life in self.lives:
                if life.reads(record.partition):
                    life.consuming.wake_at(seen_us)


class Life:
    """One process of a bank, from its start to its end."""

    def __init__(self, house: House, name: str) -> None:
        self.house, self.name = house, name
        self.alive = True
        self.asleep_until_us = 0
        self.ended_by = ""
        armings, house.at_next_start = house.at_next_start, []
        self.failpoints = Failpoints(armings, fired=self._remember, kill=self._crash)
        self.failpoints.hits = house.hits
        self.waiting: list[tuple[Future[Any], Callable[[], None]]] = []
        self.readers: list[Any] = []
        bus, database = house.bus, house.database
        self._writes, self._answers = bus.dice.die("writer", name), bus.dice.die("answer", name)
        charter = charter_of(house.settings)
        self.books = Books(UnitOfWork(database.line, "sqlite"), charter)
        self.commits = Commits(database.line, self.books, house.clock, house.ids)
        self.writer = TurnedWriter(self.commits, house.settings.commit_batch_max, self.failpoints, self._writer_soon)
        self.writer.answered = self._answered
        nobody = cast(Desk, None)  # signs in here
        pieces = self.writer, database.readers, house.clock, house.ids, nobody
        self.bank = put_together(house.settings, charter, *pieces)
        at = (bus.timeline, bus.dice, name, self.do)
        self._post_room = partial(
            PostRoom,
            self.bank,
            WatchedBroker(house.way, self.failpoints),
            make_loop=partial(TurnedLoop, at=at),
            monotonic_s=house.clock.monotonic_s,
            holder=name,
            gone=self._is_gone,
            secrets=house.secrets,
        )

    def begin(self) -> None:
        try:
            take_up(self.bank, {}, self.house.secrets)
        except StoreUnavailable as why:
            self.end(f"could not open its books: {why}")
            return
        self.failpoints(BOOT_RECOVERY)
        before = len(self.house.way.readers)
        self.post = self._post_room()
        self.readers = self.house.way.readers[before:]
        self.consuming = cast(TurnedLoop, next(loop for loop in self.post.loops if loop.name == "consumer"))
        self.house.mend(self)
        self.house.said("starts", self.name)
        self.post.start()

    def do(self, act: Callable[[], None]) -> None:
        """In the name of this process: not at all once it has ended, later while it sleeps."""
        if not self.alive:
            return
        timeline = self.house.bus.timeline
        if timeline.now_us < self.asleep_until_us:
            timeline.at(self.asleep_until_us, lambda: self.do(act))
            return
        try:
            act()
        except Crash as crash:
            self.end(str(crash))

    def end(self, why: str) -> None:
        """kill -9: memory is gone, what was committed stays."""
        if self.alive:
            self.alive, self.ended_by = False, why
            self.house.said("ends", f"{self.name}: {why}")
            self.house.ended(self)

    def reads(self, partition: int) -> bool:
        return any(partition in reader.positions for reader in self.readers if reader.topic == EXTERNAL_TRANSFERS)

    def _writer_soon(self) -> None:
        bus = self.house.bus
        bus.timeline.after(self._writes.roll(AT_ONCE_US, bus.timeline.now_us), self._write)

    def _write(self) -> None:
        self.do(self.writer.turn)

    def request(self, operation: Operation, order: Any, answer: Callable[[Future[Any]], None]) -> None:
        """A request of somebody outside; `answer` is called if this process lives to say something."""
        future = self.writer.request(operation, order)
        self.waiting.append((future, partial(answer, future)))

    def _answered(self) -> None:
        waiting, self.waiting = self.waiting, []
        bus = self.house.bus
        for future, answer in waiting:
            if future.done():
                pause_us = self._answers.roll(AT_ONCE_US, bus.timeline.now_us)
                bus.timeline.after(pause_us, partial(self.do, answer))
            else:
                self.waiting.append((future, answer))

    def _remember(self, words: str) -> None:
        self._fired = words

    def _crash(self) -> None:
        self.house.crashes[self._fired.split("=")[0]] += 1
        raise Crash(self._fired)

    def _is_gone(self, holder: str) -> bool:
        """As a process of the same host can know."""
        return holder not in [life.name for life in self.house.lives]


Mend = Callable[[Life], None]
