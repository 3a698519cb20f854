"""A broker inside the process: topics, partitions and offsets as Kafka has them, behind the same ports.

Several banks of one process share one `MemoryBroker`. It stores nothing on disk and never sleeps: a poll returns at
once when there is something to say, else after its timeout. The lab controls do to it what goes wrong with a real
broker: away, records repeated, a tail lost, a topic made anew, a partition held back, acknowledgements that never come.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from bank_node.transfers.ports import (
    Ack,
    BrokerAway,
    NotAcked,
    OutgoingRecord,
    PositionLost,
    Record,
    TopicIdentity,
    TopicSpec,
    partition_for,
)

RECORD_BYTES_MAX = 1_048_576  # Kafka's own default


@dataclass(eq=False)
class _Log:
    """One life of a topic: a recreated topic is another log with another id."""

    topic_id: str
    partitions: list[list[Record]]
    held: set[int] = field(default_factory=set)


class MemoryBroker:
    """The cluster and every bank's way to it. Thread-safe."""

    def __init__(self, cluster_id: str = "", now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self.cluster_id = cluster_id or f"memory-{uuid.uuid4().hex}"  # another process is another cluster
        self.monitored: dict[tuple[str, str, int], int] = {}  # (group, topic, partition) -> next offset
        self._now_ms = now_ms
        self._logs: dict[str, _Log] = {}
        self._topics_made = 0
        self._away = False
        self._acks_to_lose = 0
        self._news = threading.Condition()

    # The ports

    def ensure_topics(self, topics: Sequence[TopicSpec], timeout_s: float) -> None:  # noqa: ARG002
        with self._news:
            self._need_broker()
            for spec in topics:
                if spec.name not in self._logs:
                    self._logs[spec.name] = self._new_log(spec.partitions)
            self._news.notify_all()

    def publisher(self) -> MemoryPublisher:
        return MemoryPublisher(self)

    def reader(self, topic: str, group: str) -> MemoryReader:
        return MemoryReader(self, topic, group)

    def reachable(self, timeout_s: float) -> bool:  # noqa: ARG002
        return not self._away

    # The lab

    def go_away(self) -> None:
        """Nobody reaches the broker; what it has, it keeps."""
        with self._news:
            self._away = True
            self._news.notify_all()

    def come_back(self) -> None:
        with self._news:
            self._away = False
            self._news.notify_all()

    def lose_acks(self, records: int) -> None:
        """The next `records` are stored, but their publisher is told they were not acknowledged."""
        with self._news:
            self._acks_to_lose = records

    def repeat_last(self, topic: str, partition: int, records: int) -> None:
        """Appends the last `records` of a partition once more."""
        with self._news:
            log = self._logs[topic].partitions[partition]
            for record in log[-records:] if records else []:
                log.append(replace(record, offset=len(log)))
            self._news.notify_all()

    def lose_last(self, topic: str, partition: int, records: int) -> None:
        """Cuts the tail of a partition: acknowledged records are gone, their offsets will be used again."""
        with self._news:
            log = self._logs[topic].partitions[partition]
            del log[max(0, len(log) - records) :]
            self._news.notify_all()

    def wipe(self, topic: str) -> None:
        """Deletes the topic and makes it anew: same name and partitions, another id, nothing in it."""
        with self._news:
            self._logs[topic] = self._new_log(len(self._logs[topic].partitions))
            self._news.notify_all()

    def delete(self, topic: str) -> None:
        with self._news:
            del self._logs[topic]
            self._news.notify_all()

    def hold(self, topic: str, partition: int) -> None:
        """Records of this partition are stored but not delivered until `release`."""
        with self._news:
            self._logs[topic].held.add(partition)

    def release(self, topic: str, partition: int) -> None:
        with self._news:
            self._logs[topic].held.discard(partition)
            self._news.notify_all()

    def records(self, topic: str, partition: int | None = None) -> list[Record]:
        """Everything in a topic (or in one partition), partition by partition."""
        with self._news:
            logs = self._logs[topic].partitions
            return [record for number, log in enumerate(logs) if partition in (None, number) for record in log]

    # What the publisher and the reader below use; the caller holds the lock

    def _new_log(self, partitions: int) -> _Log:
        self._topics_made += 1
        return _Log(f"topic-{self._topics_made}", [[] for _ in range(partitions)])

    def _need_broker(self) -> None:
        if self._away:
            raise BrokerAway("the broker is away")

    def _append(self, record: OutgoingRecord) -> Ack | NotAcked:
        log = self._logs.get(record.topic)
        if self._away:
            return NotAcked("the broker is away")
        if len(record.value) + len(record.key) > RECORD_BYTES_MAX:
            return NotAcked(f"the record is larger than {RECORD_BYTES_MAX} bytes", final=True)
        if log is None:
            return NotAcked(f"there is no topic {record.topic}")
        partition = partition_for(record.key, len(log.partitions))
        records = log.partitions[partition]
        offset = len(records)
        records.append(
            Record(record.topic, partition, offset, record.key, record.value, record.headers, self._now_ms())
        )
        if self._acks_to_lose:
            self._acks_to_lose -= 1
            return NotAcked("the acknowledgement was lost")
        return Ack(partition, offset)


class MemoryPublisher:
    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker

    def publish(self, records: Sequence[OutgoingRecord], timeout_s: float) -> list[Ack | NotAcked]:  # noqa: ARG002
        with self._broker._news:
            answers = [self._broker._append(record) for record in records]
            self._broker._news.notify_all()
            return answers

    def close(self) -> None:
        """Nothing is held open."""


class MemoryReader:
    def __init__(self, broker: MemoryBroker, topic: str, group: str) -> None:
        self._broker, self._topic, self._group = broker, topic, group
        self._log: _Log | None = None  # None: closed, or not yet open
        self._positions: dict[int, int] = {}

    def open(self, timeout_s: float) -> TopicIdentity:  # noqa: ARG002
        with self._broker._news:
            self._broker._need_broker()
            log = self._broker._logs.get(self._topic)
            if log is None:
                raise BrokerAway(f"there is no topic {self._topic}")
            self._log, self._positions = log, {}
            return TopicIdentity(self._broker.cluster_id, log.topic_id, self._topic, len(log.partitions))

    def assign(self, positions: dict[int, int | None]) -> None:
        with self._broker._news:
            self._broker._need_broker()
            self._positions = {partition: offset or 0 for partition, offset in positions.items()}
            self._check()

    def poll(self, max_records: int, timeout_s: float) -> list[Record]:
        found: list[Record] = []

        def something_to_say() -> bool:
            found.extend(self._take(max_records))
            return bool(found)

        with self._broker._news:
            self._broker._news.wait_for(something_to_say, timeout_s)
        return found

    def lag(self) -> int | None:
        with self._broker._news:
            if self._log is None:
                return None
            return sum(len(self._log.partitions[number]) - offset for number, offset in self._positions.items())

    def behind(self) -> int:
        with self._broker._news:
            log = self._check()
            return sum(len(log.partitions[number]) - offset for number, offset in self._positions.items())

    def commit_for_monitors(self, positions: dict[int, int]) -> None:
        with self._broker._news:
            if not self._broker._away:
                for partition, offset in positions.items():
                    self._broker.monitored[self._group, self._topic, partition] = offset

    def close(self) -> None:
        with self._broker._news:
            self._log = None
            self._broker._news.notify_all()

    def _check(self) -> _Log:
        self._broker._need_broker()
        if self._log is None:
            raise BrokerAway("the reader is closed")
        if self._broker._logs.get(self._topic) is not self._log:
            raise PositionLost(f"{self._topic} was deleted and made anew")
        for partition, offset in self._positions.items():
            end = len(self._log.partitions[partition])
            if offset > end:
                raise PositionLost(f"offset {offset} of {self._topic}/{partition} is past its end, {end}")
        return self._log

    def _take(self, max_records: int) -> list[Record]:
        log, taken = self._check(), list[Record]()
        for partition in sorted(self._positions):
            if partition not in log.held:
                start = self._positions[partition]
                records = log.partitions[partition][start : start + max_records - len(taken)]
                self._positions[partition] = start + len(records)
                taken += records
        return taken
