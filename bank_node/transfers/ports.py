"""What the transfers need from a broker: publish records, read one partition, know which topic this is.

Two brokers implement these ports: `bank_node.broker.kafka` and `bank_node.broker.memory`; both pass the same contract
tests. Nothing here promises delivery: a broker is a hint channel that may lose, repeat, delay or reorder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

Headers = tuple[tuple[str, bytes], ...]


class BrokerAway(Exception):
    """The broker did not answer in time, or refused. Nothing is known about what it stored; try again later."""


class PositionLost(Exception):
    """The position asked for is no longer (or not yet) in the log: read from the start and re-drive."""


@dataclass(slots=True)
class OutgoingRecord:
    topic: str
    key: bytes
    value: bytes
    headers: Headers = ()


@dataclass(slots=True)
class Ack:
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class NotAcked:
    """A record the broker did not acknowledge; it may or may not be in the log. `final`: it can never be sent."""

    error: str
    final: bool = False


@dataclass(slots=True)
class Record:
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    timestamp_ms: int = 0


@dataclass(frozen=True, slots=True)
class TopicIdentity:
    """Which log this is. Another cluster, topic id or partition count is another log: positions do not carry over."""

    cluster_id: str
    topic_id: str
    topic: str
    partitions: int


@dataclass(frozen=True, slots=True)
class TopicSpec:
    name: str
    partitions: int
    config: dict[str, str] = field(default_factory=dict)


class Publisher(Protocol):
    """Writes records, acks=all. One thread uses it."""

    def publish(self, records: Sequence[OutgoingRecord], timeout_s: float) -> list[Ack | NotAcked]:
        """Sends all, waits until each is acknowledged or has failed; one answer each, in order. Never raises."""
        ...

    def close(self) -> None: ...


class Reader(Protocol):
    """Reads the partitions it was made for. One thread uses it."""

    def open(self, timeout_s: float) -> TopicIdentity:
        """Connects (again) and says which log this is. Raises BrokerAway."""
        ...

    def assign(self, positions: dict[int, int | None]) -> None:
        """Reads these partitions from these offsets; None is the start of the log. Raises PositionLost."""
        ...

    def poll(self, max_records: int, timeout_s: float) -> list[Record]:
        """What has come, in offset order per partition; empty after `timeout_s`. Raises BrokerAway, PositionLost."""
        ...

    def lag(self) -> int | None:
        """Records between the position and the end of the log, None if not known."""
        ...

    def behind(self) -> int:
        """The same, asked of the broker now, whatever was read before. Raises BrokerAway, PositionLost."""
        ...

    def commit_for_monitors(self, positions: dict[int, int]) -> None:
        """Tells the broker the next offsets, for lag monitors only; failures are ignored."""
        ...

    def close(self) -> None: ...


class Broker(Protocol):
    """One bank's way to a broker."""

    def ensure_topics(self, topics: Sequence[TopicSpec], timeout_s: float) -> None:
        """Creates what is missing; existing topics are left alone. Raises BrokerAway."""
        ...

    def publisher(self) -> Publisher: ...

    def reader(self, topic: str, group: str) -> Reader: ...

    def reachable(self, timeout_s: float) -> bool: ...


def partition_for(key: bytes, partitions: int) -> int:
    """The partition of a key as Java's default partitioner chooses it (murmur2), so that any client agrees."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """Kafka's murmur2 (seed 0x9747b28c), an unsigned 32-bit number. Source: org.apache.kafka.common.utils.Utils."""
    length, m, mask = len(data), 0x5BD1E995, 0xFFFFFFFF
    h = (0x9747B28C ^ length) & mask
    whole = length & ~3
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i : i + 4], "little")
        k = (k * m) & mask
        k ^= k >> 24
        k = (k * m) & mask
        h = ((h * m) & mask) ^ k
    tail = length & 3
    if tail == 3:
        h ^= data[whole + 2] << 16
    if tail >= 2:
        h ^= data[whole + 1] << 8
    if tail >= 1:
        h ^= data[whole]
        h = (h * m) & mask
    h ^= h >> 13
    h = (h * m) & mask
    return h ^ (h >> 15)
