"""One bank's way to the simulated broker, behind the ports of `bank_node.transfers`; it can be cut, and can lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bank_node.transfers.ports import (
    Ack,
    BrokerAway,
    NotAcked,
    OutgoingRecord,
    PositionLost,
    Record,
    TopicIdentity,
    TopicSpec,
)
from federation.simulation.bus import Bus, Log

# What may become of a send. Each is switched on for a share of the records: name -> percent.
LOST, UNHEARD, LATE, TWICE, SCATTERED = "lost", "unheard", "late", "twice", "scattered"
MISHAPS = (LOST, UNHEARD, LATE, TWICE, SCATTERED)
LATE_MS_MAX = 60_000
RECORD_BYTES_MAX = 1_048_576  # Kafka's own default
Told = Callable[[str, OutgoingRecord | Record], None]  # what happened to which record


class Way:
    """`told` hears of every record that is sent or read."""

    def __init__(self, bank_id: str, bus: Bus, told: Told = lambda *_: None) -> None:
        self.bank_id, self.bus, self.told = bank_id, bus, told
        self.sends_cut = self.reads_cut = False
        self.mishaps: dict[str, int] = {}
        self.readers: list[WayReader] = []  # of the living

    def heal(self) -> None:
        self.sends_cut = self.reads_cut = False
        self.mishaps.clear()

    def end_mishap(self, kind: str) -> None:
        self.mishaps.pop(kind, None)

    # The port of a broker

    def ensure_topics(self, topics: Sequence[TopicSpec], timeout_s: float) -> None:  # noqa: ARG002
        if self.bus.away or (self.sends_cut and self.reads_cut):
            raise BrokerAway("the broker is away")
        self.bus.ensure(list(topics))

    def publisher(self) -> WayPublisher:
        return WayPublisher(self)

    def reader(self, topic: str, group: str) -> WayReader:  # noqa: ARG002
        reader = WayReader(self, topic)
        self.readers.append(reader)
        return reader

    def reachable(self, timeout_s: float) -> bool:  # noqa: ARG002
        return not self.bus.away

    def fate(self, record: OutgoingRecord) -> str | None:
        """What goes wrong with this send, if anything."""
        if not self.mishaps:
            return None
        about = [value for name, value in record.headers if name in ("ce_id", "ce_type")]
        now_us, dice = self.bus.timeline.now_us, self.bus.dice
        for mishap, percent in self.mishaps.items():
            if dice.share(percent, mishap, self.bank_id, record.topic, *about, now_us):
                return mishap
        return None


class WayPublisher:
    def __init__(self, way: Way) -> None:
        self._way = way

    def publish(self, records: Sequence[OutgoingRecord], timeout_s: float) -> list[Ack | NotAcked]:  # noqa: ARG002
        return [self._send(record) for record in records]

    def close(self) -> None:
        """Nothing is held open."""

    def _send(self, record: OutgoingRecord) -> Ack | NotAcked:
        way, bus = self._way, self._way.bus
        log = bus.logs.get(record.topic)
        if bus.away or way.sends_cut:
            return NotAcked("the broker is away")
        if len(record.value) + len(record.key) > RECORD_BYTES_MAX:
            return NotAcked(f"the record is larger than {RECORD_BYTES_MAX} bytes", final=True)
        if log is None:
            return NotAcked(f"there is no topic {record.topic}")
        fate = way.fate(record)
        if fate is None or fate == TWICE:
            if fate == TWICE:
                way.told("sent twice", record)
                bus.append(record)
            return self._stored(record, None, "sent")
        if fate == SCATTERED:
            wrong = bus.dice.roll(len(log.partitions), "scattered", bus.timeline.now_us)
            return self._stored(record, wrong, "sent to a wrong partition")
        if fate == UNHEARD:
            self._stored(record, None, "sent, not acknowledged")
        elif fate == LATE:
            late_us = bus.dice.roll(LATE_MS_MAX, "late", way.bank_id, bus.timeline.now_us) * 1_000
            bus.timeline.after(late_us, lambda: self._arrive_late(record))
            way.told("sent, will be late", record)
        else:
            way.told("lost on the way", record)
        return NotAcked(f"the acknowledgement did not come ({fate})")

    def _stored(self, record: OutgoingRecord, partition: int | None, words: str) -> Ack:
        stored = self._way.bus.append(record, partition)
        self._way.told(words, record)
        return Ack(stored.partition, stored.offset)

    def _arrive_late(self, record: OutgoingRecord) -> None:
        if record.topic in self._way.bus.logs:
            self._stored(record, None, "arrives late")


class WayReader:
    def __init__(self, way: Way, topic: str) -> None:
        self._way, self._bus, self.topic = way, way.bus, topic
        self._log: Log | None = None  # None: closed, or not yet open
        self.positions: dict[int, int] = {}

    def open(self, timeout_s: float) -> TopicIdentity:  # noqa: ARG002
        self._need_broker()
        log = self._bus.logs.get(self.topic)
        if log is None:
            raise BrokerAway(f"there is no topic {self.topic}")
        self._log, self.positions = log, {}
        return TopicIdentity(self._bus.cluster_id, log.topic_id, self.topic, len(log.partitions))

    def assign(self, positions: dict[int, int | None]) -> None:
        self._need_broker()
        first = self._log.first if self._log is not None else []
        self.positions = {number: first[number] if at is None else at for number, at in positions.items()}
        self._check()

    def poll(self, max_records: int, timeout_s: float) -> list[Record]:  # noqa: ARG002
        log, now_us, taken = self._check(), self._bus.timeline.now_us, list[Record]()
        for partition, start in self.positions.items():
            if partition in log.held:
                continue
            end = min(log.end_seen(partition, now_us), start + max_records - len(taken))
            if end > start:
                taken += log.between(partition, start, end)
                self.positions[partition] = end
        for record in taken:
            if record.key is None or record.key == self._way.bank_id.encode():
                self._way.told("read", record)
        return taken

    def lag(self) -> int | None:
        if self._log is None:
            return None
        now_us = self._bus.timeline.now_us
        return sum(max(0, self._log.end_seen(number, now_us) - at) for number, at in self.positions.items())

    def behind(self) -> int:
        log, now_us = self._check(), self._bus.timeline.now_us
        return sum(max(0, log.end_seen(number, now_us) - at) for number, at in self.positions.items())

    def commit_for_monitors(self, positions: dict[int, int]) -> None:
        """Nobody looks here."""

    def close(self) -> None:
        self._log = None

    def rewind(self, records: int) -> int:
        """The reader is set back, as a client of Kafka may be; how far it went."""
        went = 0
        for partition, at in self.positions.items():
            back = max(self._log.first[partition] if self._log else 0, at - records)
            went += at - back
            self.positions[partition] = back
        return went

    def _need_broker(self) -> None:
        if self._bus.away or self._way.reads_cut:
            raise BrokerAway("the broker is away")

    def _check(self) -> Log:
        self._need_broker()
        if self._log is None:
            raise BrokerAway("the reader is closed")
        if self._bus.logs.get(self.topic) is not self._log:
            raise PositionLost(f"{self.topic} was deleted and made anew")
        for partition, offset in self.positions.items():
            first, end = self._log.first[partition], self._log.end(partition)
            if not first <= offset <= end:
                raise PositionLost(f"offset {offset} of {self.topic}/{partition} is not in {first} to {end}")
        return self._log
