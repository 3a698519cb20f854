"""The simulated broker: partition logs as Kafka has them, and all that can go wrong with them.

A bank reaches it by its own `way` (ways.py). A record is in its log at once and is seen by readers a little later; the
order within a partition is the log's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bank_node.transfers.ports import OutgoingRecord, Record, TopicSpec, partition_for
from federation.simulation.dice import Dice, Die
from federation.simulation.timeline import Timeline

ARRIVES_US_MIN, ARRIVES_US_SPAN = 200, 20_000
Heard = Callable[[Record, int], None]  # a record, and when readers will see it


@dataclass(eq=False)
class Log:
    """One life of a topic: a topic made anew is another log with another id."""

    topic_id: str
    partitions: list[list[Record]]
    seen_us: list[list[int]]  # from when on each record is seen
    first: list[int]  # the offset of the oldest record of each partition: retention takes what is older
    held: set[int] = field(default_factory=set)  # stored, not delivered

    def end(self, partition: int) -> int:
        """The offset of the next record to come."""
        return self.first[partition] + len(self.partitions[partition])

    def end_seen(self, partition: int, now_us: int) -> int:
        """How far a reader sees."""
        seen = self.seen_us[partition]
        end = len(seen)
        while end and seen[end - 1] > now_us:
            end -= 1
        return self.first[partition] + end

    def between(self, partition: int, start: int, end: int) -> list[Record]:
        first = self.first[partition]
        return self.partitions[partition][start - first : end - first]


class Bus:
    def __init__(self, timeline: Timeline, dice: Dice, partitions: int) -> None:
        self.timeline, self.dice, self.partitions = timeline, dice, partitions
        self.cluster_id = "cluster-1"
        self.logs: dict[str, Log] = {}
        self.away = False
        self.heard: list[Heard] = []
        self._made = 0
        self._arrives: dict[tuple[str, bytes | None], Die] = {}

    def ensure(self, specs: list[TopicSpec]) -> None:
        for spec in specs:
            if spec.name not in self.logs:
                self.logs[spec.name] = self._new_log(spec.partitions)

    def append(self, record: OutgoingRecord, partition: int | None = None) -> Record:
        """Puts a record at the end of its partition. The topic is there."""
        log = self.logs[record.topic]
        if partition is None:
            partition = partition_for(record.key, len(log.partitions))
        now_ms, offset = self.timeline.now_us // 1000, log.end(partition)
        stored = Record(record.topic, partition, offset, record.key, record.value, record.headers, now_ms)
        self._store(log, stored)
        return stored

    def _store(self, log: Log, record: Record) -> None:
        seen = log.seen_us[record.partition]
        arrives_us = self.timeline.now_us + ARRIVES_US_MIN
        about = record.topic, record.key
        if (arrives := self._arrives.get(about)) is None:
            arrives = self._arrives[about] = self.dice.die("arrives", *about)
        arrives_us += arrives.roll(ARRIVES_US_SPAN, self.timeline.now_us)
        arrives_us = max(arrives_us, seen[-1]) if seen else arrives_us
        log.partitions[record.partition].append(record)
        seen.append(arrives_us)
        if record.partition not in log.held:
            for hear in self.heard:
                hear(record, arrives_us)

    # What goes wrong

    def hold(self, topic: str, partition: int) -> None:
        if log := self.logs.get(topic):
            log.held.add(partition % len(log.partitions))

    def release(self, topic: str) -> None:
        """Delivers whatever was held."""
        log = self.logs.get(topic)
        if log is not None and log.held:
            held, log.held = sorted(log.held), set()
            for partition in held:
                for record in log.partitions[partition][-1:]:
                    for hear in self.heard:
                        hear(record, self.timeline.now_us)

    def heal(self) -> None:
        self.away = False
        for topic in list(self.logs):
            self.release(topic)

    def cut_tail(self, topic: str, partition: int, records: int) -> int:
        """Acknowledged records are gone, their offsets will be used again. How many there were."""
        if (log := self.logs.get(topic)) is None:
            return 0
        kept = max(0, len(log.partitions[partition]) - records)
        gone = len(log.partitions[partition]) - kept
        del log.partitions[partition][kept:], log.seen_us[partition][kept:]
        return gone

    def forget_head(self, topic: str, partition: int, records: int) -> int:
        """Retention: the oldest records are gone, the others keep their offsets. How many went."""
        if (log := self.logs.get(topic)) is None:
            return 0
        gone = min(records, len(log.partitions[partition]))
        del log.partitions[partition][:gone], log.seen_us[partition][:gone]
        log.first[partition] += gone
        return gone

    def repeat(self, topic: str, partition: int, records: int) -> int:
        """Appends the last records once more; how many."""
        if (log := self.logs.get(topic)) is None or not records:
            return 0
        again = log.partitions[partition][-records:]
        for record in again:
            self._store(log, replace(record, offset=log.end(partition)))
        return len(again)

    def wipe(self, topic: str, partitions: int | None = None) -> None:
        """Deletes the topic and makes it anew: same name, another id, nothing in it; perhaps more partitions."""
        if log := self.logs.get(topic):
            self.logs[topic] = self._new_log(partitions or len(log.partitions))

    def new_cluster(self) -> None:
        """Every topic is gone, and the cluster is another one."""
        self._made += 1
        self.cluster_id = f"cluster-{self._made + 1}"
        self.logs.clear()

    def _new_log(self, partitions: int) -> Log:
        self._made += 1
        empty: list[list[Record]] = [[] for _ in range(partitions)]
        return Log(f"topic-{self._made}", empty, [[] for _ in range(partitions)], [0] * partitions)
