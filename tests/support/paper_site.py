"""A site on paper: broker, wire, banks and topic that do nothing and remember what was done to them, in order.

Time passes only where somebody waits. What happens to the wire meanwhile a story says itself: `wire.bite(...)`,
`wire.banks["ALFA"].lines += 1`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from federation.brokers.broker import BrokerState, NotOurs, Stopped
from federation.faults.site import Lying
from federation.wire.exchange import Traffic
from federation.wire.points import Moment, Point, Watch
from federation.wire.rules import Laid, Rule

BANKS = ("ALFA", "BRVO", "CHRL")
PARTITIONS = 8


@dataclass
class PaperClock:
    now_s: float = 1000.0
    deeds: list[str] = field(default_factory=list)
    then: list[tuple[float, Callable[[], None]]] = field(default_factory=list)  # what happens by itself, and when
    each_wait: Callable[[], None] = lambda: None

    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        while due := [one for one in self.then if one[0] <= self.now_s]:  # what happens may wait too
            first = min(due, key=lambda one: one[0])
            self.then.remove(first)
            first[1]()
        self.each_wait()

    def now_us(self) -> int:
        return round(self.now_s * 1e6)


class PaperBroker:
    kind = "paper"

    def __init__(self, clock: PaperClock, nodes: int = 1, *, ours: bool = True) -> None:
        self.nodes, self.ours, self._clock = nodes, ours, clock
        self.state = BrokerState.UP
        self.down_nodes: set[int] = set()

    def _told(self, deed: str, node: int | None) -> None:
        if not self.ours:
            raise NotOurs("it runs somewhere else")
        self._clock.deeds.append(f"broker {deed}{'' if node is None else f' {node}'}")

    def stop(self, node: int | None = None, *, timeout_s: float = 10.0) -> Stopped:
        self._told("stop", node)
        return self._go(node, Stopped.TERM)

    def kill(self, node: int | None = None) -> Stopped:
        self._told("kill", node)
        return self._go(node, Stopped.KILL)

    def _go(self, node: int | None, how: Stopped) -> Stopped:
        if self.state is BrokerState.DOWN:
            return Stopped.NOTHING
        self.down_nodes |= {node} if node else set(range(1, self.nodes + 1))
        self.state = BrokerState.DOWN if len(self.down_nodes) == self.nodes else BrokerState.DEGRADED
        return how

    def start(self, node: int | None = None, *, timeout_s: float = 60.0) -> None:
        self._told("start", node)
        self.down_nodes.clear()
        if self.state is not BrokerState.PAUSED:
            self.state = BrokerState.UP

    def pause(self, node: int | None = None) -> None:
        self._told("pause", node)
        self.state = BrokerState.PAUSED

    def resume(self, node: int | None = None) -> None:
        self._told("resume", node)
        self.state = BrokerState.UP


@dataclass
class _Lot:
    topic: str
    lying: Sequence[Lying]

    def records(self) -> list[tuple[bytes | None, bytes]]:
        return [(one.key, one.value) for one in self.lying]


class PaperWire:
    def __init__(self, clock: PaperClock, banks: Sequence[str]) -> None:
        self._clock = clock
        self.at_work: list[Laid] = []
        self.laid: list[Laid] = []
        self.watches: list[Watch] = []
        self.banks = {bank: Traffic() for bank in banks}
        self.waits = dict.fromkeys(banks, 0.0)
        self.on_lay: Callable[[Laid], None] = lambda _: None

    def lay(self, rule: Rule) -> Laid:
        laid = Laid(rule, 0, self._clock.now_us)
        self.laid.append(laid)
        self.at_work.append(laid)
        self._clock.deeds.append(f"lay {type(rule.act).__name__} {rule.bank}".strip())
        self.on_lay(laid)
        return laid

    def end(self, laid: Laid) -> None:
        laid.over.set()
        if laid in self.at_work:
            self.at_work.remove(laid)
            self._clock.deeds.append(f"end {type(laid.rule.act).__name__} {laid.rule.bank}".strip())

    def watch(self, watch: Watch) -> Watch:
        self.watches.append(watch)
        return watch

    def unwatch(self, watch: Watch) -> None:
        watch.over.set()
        if watch in self.watches:
            self.watches.remove(watch)

    def traffic(self, bank: str) -> Traffic:
        now = self.banks[bank]
        return replace(now, requests=now.requests.copy(), answers=now.answers.copy(), longest_s=dict(now.longest_s))

    def waiting_s(self, bank: str, api: int | None = None) -> float:
        return self.waits[bank]

    def passes(self, point: Point, bank: str, records: Sequence[Lying] = ()) -> None:
        """The moment that a watch waits for, with these records."""
        lots: list[Any] = [_Lot("external-transfers", records)]
        for watch in list(self.watches):
            if watch.point is point and watch.bank == bank and watch.fits(bank, lambda: lots, print) and watch.hit():
                watch.on(point, bank, Moment(point, bank, watch.passed, self._clock.now_us(), 1, 1))


class PaperProcess:
    database: Path | None = None

    def __init__(self, bank: str, clock: PaperClock) -> None:
        self.bank, self._clock = bank, clock
        self.url = f"http://127.0.0.1/{bank}"
        self.is_running = True

    def _did(self, deed: str, *, runs: bool) -> None:
        self._clock.deeds.append(f"{bank_deed(self.bank, deed)}")
        self.is_running = runs

    def kill(self) -> None:
        self._did("kill", runs=False)

    def stop(self) -> None:
        self._did("stop", runs=False)

    def start(self, *, clock_offset_ms: int = 0, failpoints: str = "") -> None:
        assert not self.is_running
        self._did("start", runs=True)

    def wait_ready(self) -> float:
        self._did("ready", runs=True)
        return 1.0

    def pause(self) -> None:
        self._did("pause", runs=True)

    def resume(self) -> None:
        self._did("resume", runs=True)

    def cap_files(self, most_bytes: int | None) -> bool:
        self._did(f"cap {most_bytes}", runs=True)
        return True


def bank_deed(bank: str, deed: str) -> str:
    return f"{bank} {deed}"


class PaperTopic:
    def __init__(self, clock: PaperClock, broker: PaperBroker) -> None:
        self._clock, self._broker = clock, broker
        self.lying: list[Lying] = []
        self.cut: list[Lying] = []
        self.wiped = 0
        self.elects = True

    def records(self, since: Mapping[int, int] | None = None) -> list[Lying]:
        from_ = since or {}
        there = [one for one in self.lying if one.offset >= from_.get(one.partition, 0)]
        return sorted(there, key=lambda one: (one.partition, one.offset))

    def put(self, records: Sequence[Lying]) -> list[Lying]:
        put = []
        for record in records:
            offset = sum(one.partition == record.partition for one in self.lying)
            put.append(replace(record, offset=offset))
            self.lying.append(put[-1])
        return put

    def partition_of(self, bank: str) -> int:
        return sum(place * letter for place, letter in enumerate(bank.encode(), 1)) % PARTITIONS

    def id(self) -> str:
        return f"topic-{self.wiped}"

    def leader_of(self, partition: int) -> int:
        alive = [n for n in range(1, self._broker.nodes + 1) if n not in self._broker.down_nodes or not self.elects]
        return alive[0] if alive else 0

    def wipe(self) -> None:
        self._clock.deeds.append("topic wipe")
        self.lying.clear()
        self.wiped += 1

    def cut_tail(self, partition: int, records: int) -> int:
        self._clock.deeds.append(f"topic cut {partition}")
        there = [one for one in self.records() if one.partition == partition]
        self.cut += there[-records:]
        for one in there[-records:]:
            self.lying.remove(one)
        return min(records, len(there))


class PaperSite:
    def __init__(self, nodes: int = 1, *, ours: bool = True, banks: Sequence[str] = BANKS) -> None:
        self.clock = PaperClock()
        self.broker = PaperBroker(self.clock, nodes, ours=ours)
        self.wire = PaperWire(self.clock, banks)
        self.banks = {bank: PaperProcess(bank, self.clock) for bank in banks}
        self.topic = PaperTopic(self.clock, self.broker)
        self.wait = self.clock.wait

    @property
    def deeds(self) -> list[str]:
        return self.clock.deeds

    @property
    def is_whole(self) -> bool:
        """Nothing is broken: no rule at work, no watch, the broker up, each bank running."""
        broken = self.wire.at_work or self.wire.watches or self.broker.down_nodes
        return not broken and self.broker.state is BrokerState.UP and all(b.is_running for b in self.banks.values())
