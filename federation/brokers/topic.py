"""The topic of the transfers past every proxy: what lies there, more of it, nothing of it, its end cut off.

Each call has a client of its own: between two of them the broker may be killed. What is written here is read back
by nobody here; that is the wire's and the checkers' business.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    KafkaError,
    KafkaTimeoutError,
    NotCoordinatorError,
    UnknownTopicOrPartitionError,
)
from kafka.partitioner.default import murmur2

from federation.brokers.broker import Broker
from federation.brokers.cluster import admin
from federation.brokers.segment import cut
from federation.failure import Failure
from federation.faults.site import Lying

PATIENCE_S = 20.0
POLL_MS = 500
STILL_S_MAX = 60.0  # so long a broker may give nothing of what it has: it went away while it was read
RECORD_BYTES_MAX = 4_000_000  # larger than a broker takes: it says so itself


class Topic:
    def __init__(self, broker: Broker, data: Path | None, name: str, partitions: int) -> None:
        """`data`: the folder that a broker of one node keeps its partitions in; None: nobody cuts them there."""
        self._broker, self._data, self.name, self.partitions = broker, data, name, partitions

    def make(self) -> None:
        """The first one of a broker, or the next one: whatever lay there before is gone, and so are the topics that
        banks made themselves, and the places their groups had kept."""
        wanted = {"num_partitions": self.partitions, "replication_factor": self._broker.nodes, "configs": self._kept()}
        with self._admin() as client:
            if found := [name for name in _names(client) if name != self.name]:
                client.delete_topics(found)
            if groups := _groups(client):
                client.delete_groups(groups)
            there = self.name in _names(client)
            if not there:
                client.create_topics({self.name: wanted}, wait_for_metadata=True)
        if there:
            self.wipe()

    def records(self, since: Mapping[int, int] | None = None) -> list[Lying]:
        with self._speaking(), closing(self._consumer()) as consumer:
            parts = [TopicPartition(self.name, number) for number in range(self.partitions)]
            consumer.assign(parts)
            consumer.seek_to_beginning()
            for part in parts:
                if since and part.partition in since:
                    consumer.seek(part, since[part.partition])
            ends, found = consumer.end_offsets(parts), list[Lying]()
            until_s = time.monotonic() + STILL_S_MAX
            while any((consumer.position(part, timeout_ms=POLL_MS) or 0) < ends[part] for part in parts):
                came = [one for records in consumer.poll(timeout_ms=POLL_MS).values() for one in records]
                found += [
                    Lying(one.partition, one.offset, one.key, one.value or b"", tuple(one.headers)) for one in came
                ]
                if came:
                    until_s = time.monotonic() + STILL_S_MAX
                elif time.monotonic() > until_s:
                    raise KafkaTimeoutError(f"nothing more came for {STILL_S_MAX:.0f} s")
        return sorted(found, key=lambda one: (one.partition, one.offset))

    def put(self, records: Sequence[Lying]) -> list[Lying]:
        with self._speaking():
            producer = KafkaProducer(
                bootstrap_servers=self._servers,
                linger_ms=5,
                batch_size=256 * 1024,
                max_request_size=RECORD_BYTES_MAX,
                client_id="bankfed-grader",
            )
            try:
                sent = [
                    producer.send(self.name, one.value, one.key, headers=list(one.headers), partition=one.partition)
                    for one in records
                ]
                told = [future.get(timeout=PATIENCE_S) for future in sent]
            finally:
                producer.close(timeout=5)
        return [
            Lying(one.partition, said.offset, one.key, one.value, one.headers)
            for one, said in zip(records, told, strict=True)
        ]

    def partition_of(self, bank: str) -> int:
        return int((murmur2(bank.encode()) & 0x7FFFFFFF) % self.partitions)

    def id(self) -> str:
        return str(self._described()["topic_id"])

    def leader_of(self, partition: int) -> int:
        (found,) = [part for part in self._described()["partitions"] if part["partition_index"] == partition]
        return max(0, int(found["leader_id"]))

    def wipe(self) -> None:
        self._broker.wipe(self.name)

    def cut_tail(self, partition: int, records: int) -> int:
        """By the broker's own files: it is stopped meanwhile. Of a broker of one node only."""
        if self._data is None or self._broker.nodes != 1:
            raise Failure("a tail is cut of a broker of one node and of ours: others would give it back")
        self._broker.kill()
        try:
            return cut(self._data / f"{self.name}-{partition}", records)
        finally:
            self._broker.start()

    @property
    def _servers(self) -> list[str]:
        return self._broker.bootstrap().split(",")

    def _kept(self) -> dict[str, str]:
        return {"min.insync.replicas": "2"} if self._broker.nodes > 1 else {}

    def _described(self) -> dict[str, Any]:
        with self._admin() as client:
            (found,) = client.describe_topics([self.name])
        if found["error_code"]:
            raise Failure(f"there is no topic {self.name} just now")
        return dict(found)

    def _consumer(self) -> Any:
        return KafkaConsumer(
            bootstrap_servers=self._servers, group_id=None, enable_auto_commit=False, client_id="bankfed-grader"
        )

    @contextmanager
    def _admin(self) -> Iterator[Any]:
        with admin(self._broker.bootstrap(), PATIENCE_S) as client:
            yield client

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        try:
            yield
        except (KafkaError, OSError) as error:
            why = str(error) or type(error).__name__  # Kafka's begin with their name
            raise Failure(f"the topic {self.name} could not be reached", why=why) from error


def _groups(client: Any) -> list[str]:
    """A broker that was just started has to read them first."""
    until_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            return [str(group["group_id"]) for group in client.list_groups()]
        except (CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError):
            if time.monotonic() > until_s:
                raise
            time.sleep(0.1)


def _names(client: Any) -> list[str]:
    """Of all topics but Kafka's own."""
    try:
        return [str(one["name"]) for one in client.describe_topics() if not one["is_internal"]]
    except UnknownTopicOrPartitionError:  # one that is just being deleted
        return []
