"""The proxy between banks and broker: a door per bank and node of the broker, rules that can be laid on what passes,
watches that tell of it. It lives in one event loop; `beside` runs it in a thread of its own.

    proxy = Proxy(seed=7, acks_of="external-transfers")
    address = proxy.open("ALFA", broker.listener("ALFA"), port=18206)   # what ALFA is told to call
    lost = proxy.lay(Rule(Reset(), Frames(Side.ANSWER, Api.PRODUCE, first=3, count=1), "ALFA"))
    proxy.watch(Watch(Point.PRODUCE_ANSWERED, lambda point, bank, moment: kill(bank), "ALFA", nth=5))
    ...
    assert lost.bites == 1
    proxy.heal()
    await proxy.close()
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterable
from functools import partial

from federation.failure import Failure
from federation.wire.cargo import Acked, NameOf
from federation.wire.door import Door
from federation.wire.exchange import Exchange, Traffic
from federation.wire.line import Line
from federation.wire.points import Watch
from federation.wire.rules import Closed, Flap, Laid, Rule

LINES_MAX = 400  # of a bank at once: one client has a few, a naive node has a client for each request


def wall_us() -> int:
    return time.time_ns() // 1000


class Proxy:
    def __init__(
        self,
        seed: int | str = 0,
        acks_of: str | None = None,
        name_of: NameOf | None = None,
        now_us: Callable[[], int] = wall_us,
    ) -> None:
        """Made and used in a running loop.

        acks_of   the topic whose acks are kept ("": of all, None: none)
        name_of   what a record is called, by its value: stands in acks and moments
        now_us    the clock of everything that is told
        """
        self.seed = seed
        self._exchange = Exchange(now_us, acks_of, name_of)
        self._doors: dict[str, list[Door]] = {}
        self._lines: dict[Line, asyncio.Task[None]] = {}
        self._flapping: set[asyncio.Task[None]] = set()
        self._shutters: dict[str, set[Laid]] = {}  # what keeps a bank's doors shut
        self._timers: dict[Laid, list[asyncio.TimerHandle]] = {}
        self._count = 0

    def open(self, bank: str, broker: str, port: int = 0) -> str:
        """A door for this bank to this node (HOST:PORT) of the broker; returns its address. Raises Failure."""
        host, _, number = broker.rpartition(":")
        if not host or not number.isdigit():
            raise Failure(f"{broker!r} is no address of a broker", do="one HOST:PORT; a door for each node")
        self._exchange.traffic.setdefault(bank, Traffic())
        return "{}:{}".format(*self._new_door(bank, (host.strip("[]"), int(number)), port).address)

    def address(self, bank: str) -> str:
        """All doors of a bank, as bootstrap servers."""
        return ",".join("{}:{}".format(*door.address) for door in self._doors[bank])

    def lay(self, rule: Rule) -> Laid:
        """From now on, or from `after_s` on."""
        laid = Laid(rule, self.seed, self._exchange.now_us, asleep=rule.after_s > 0)
        self._exchange.rules.append(laid)
        timers = self._timers[laid] = []
        loop = asyncio.get_running_loop()
        if rule.for_s is not None:
            timers.append(loop.call_later(rule.after_s + rule.for_s, self.end, laid))
        if laid.asleep:
            timers.append(loop.call_later(rule.after_s, self._begin, laid))
        else:
            self._begin(laid)
        return laid

    def end(self, laid: Laid) -> None:
        """What it held or delayed comes at once; lines with a hole in them are cut, for nothing can mend them."""
        for timer in self._timers.pop(laid, ()):
            timer.cancel()
        if laid in self._exchange.rules:
            self._exchange.rules.remove(laid)
        laid.over.set()
        for bank in list(self._shutters):
            self._unshut(bank, laid)
        self._cut(line for line in self._lines if laid in line.mutes)

    def watch(self, watch: Watch) -> Watch:
        self._exchange.watches.append(watch)
        return watch

    def unwatch(self, watch: Watch) -> None:
        """What it held is let go; it is told no more, not even what was to be told later."""
        watch.over.set()
        if watch in self._exchange.watches:
            self._exchange.watches.remove(watch)

    def heal(self) -> None:
        """Ends every rule at once, and lets go what watches hold (those are told no more); other watches stay."""
        for laid in list(self._exchange.rules):
            self.end(laid)
        for watch in [each for each in self._exchange.watches if each.keeps and each.passed >= (each.nth or 1)]:
            self.unwatch(watch)

    async def close(self) -> None:
        """Afterwards there is no socket, task or timer of its own."""
        self.heal()
        for watch in list(self._exchange.watches):
            self.unwatch(watch)
        for door in self._each_door():
            door.close()
        while tasks := [*self._lines.values(), *self._flapping]:
            self._cut(self._lines)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def acks(self) -> list[Acked]:
        return self._exchange.acks

    @property
    def trouble(self) -> list[str]:
        """What it could not do, in sentences: the grader's business."""
        return self._exchange.trouble

    @property
    def notes(self) -> list[str]:
        """What banks brought upon themselves, and what could not be read of what they wrote."""
        return self._exchange.notes

    @property
    def lines(self) -> int:
        """That are open now."""
        return len(self._lines)

    def is_shut(self, bank: str) -> bool:
        """Whether a rule keeps its doors shut now."""
        return bool(self._shutters.get(bank))

    def traffic(self, bank: str) -> Traffic:
        return self._exchange.traffic[bank]

    def waiting_s(self, bank: str, api: int | None = None) -> float:
        """How long the oldest request of this bank (and this api) waits for its answer by now, whoever is to blame."""
        waiting = [asked for line in self._lines if line.bank == bank for asked in line.waiting()]
        begun = [asked.begun_s for asked in waiting if api in (None, asked.header.api)]
        return asyncio.get_running_loop().time() - min(begun) if begun else 0.0

    def _new_door(self, bank: str, broker: tuple[str, int], port: int = 0) -> Door:
        door = Door(bank, broker, port, self._taken, self._ports)
        door.open()
        self._doors.setdefault(bank, []).append(door)
        if self.is_shut(bank):
            door.shut()
        return door

    def _door_to(self, bank: str, host: str, port: int) -> tuple[str, int]:
        """The door of this bank for what a broker calls its address; one more where there is none yet."""
        for door in self._doors[bank]:
            if (host, port) in (door.address, door.broker):
                return door.address
        return self._new_door(bank, (host, port)).address

    def _taken(self, door: Door, caller: socket.socket) -> None:
        if sum(line.bank == door.bank for line in self._lines) >= LINES_MAX:
            self._exchange.note(f"{door.bank} wanted more than {LINES_MAX} lines at once")
            caller.close()
            return
        self._count += 1
        line = Line(self._exchange, door.bank, self._count, door.broker, partial(self._door_to, door.bank))
        task = self._lines[line] = asyncio.ensure_future(line.run(caller))
        task.add_done_callback(partial(self._gone, line, caller))

    def _gone(self, line: Line, caller: socket.socket, task: asyncio.Task[None]) -> None:
        caller.close()  # a task that was ended before it began has not
        self._lines.pop(line, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._exchange.worry(f"a line of {line.bank} ended by a mistake of the proxy: {error!r}")

    def _cut(self, lines: Iterable[Line]) -> int:
        chosen = list(lines)
        for line in chosen:
            line.cut()
        return len(chosen)

    def _begin(self, laid: Laid) -> None:
        laid.asleep = False
        if isinstance(laid.rule.act, Closed | Flap):
            self._close_doors(laid)
        if isinstance(laid.rule.act, Flap):
            task = asyncio.ensure_future(self._flap(laid, laid.rule.act))
            self._flapping.add(task)
            task.add_done_callback(self._flapping.discard)

    async def _flap(self, laid: Laid, flap: Flap) -> None:
        while True:
            await laid.rest(flap.off_s)
            for bank in list(self._shutters):
                self._unshut(bank, laid)
            await laid.rest(flap.on_s)
            if not laid.at_work:
                return
            self._close_doors(laid)

    def _close_doors(self, laid: Laid) -> None:
        for bank, doors in self._doors.items():
            if laid.rule.concerns(bank):
                self._shutters.setdefault(bank, set()).add(laid)
                for door in doors:
                    door.shut()
                self._cut(line for line in self._lines if line.bank == bank)
        laid.bit()

    def _unshut(self, bank: str, laid: Laid) -> None:
        shutters = self._shutters[bank]
        if laid in shutters:
            shutters.remove(laid)
            if not shutters:
                for door in self._doors[bank]:
                    door.open_again(self._exchange.worry)

    def _ports(self) -> set[int]:
        """Of doors that are shut too: they will open again."""
        return {door.port for door in self._each_door()}

    def _each_door(self) -> Iterable[Door]:
        return (door for doors in self._doors.values() for door in doors)
