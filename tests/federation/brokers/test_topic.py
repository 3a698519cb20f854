"""The topic past every proxy: read from anywhere on, on real Kafka, and where its broker goes away meanwhile."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.errors import KafkaTimeoutError

from federation.brokers import cluster
from federation.brokers import topic as topics
from federation.brokers.external import ExternalBroker
from federation.brokers.topic import Topic
from federation.failure import ExitCode, Failure
from federation.faults.site import Lying
from tests.support.kafka import KafkaForTests


class Reader:
    """A consumer whose broker told where the topic ends, and nothing after that."""

    def __init__(self) -> None:
        self.closed = False

    def assign(self, parts: list[TopicPartition]) -> None: ...

    def seek_to_beginning(self) -> None: ...

    def end_offsets(self, parts: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(parts, 5)

    def position(self, _part: TopicPartition, timeout_ms: int) -> int | None:
        assert timeout_ms
        return None

    def poll(self, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        assert timeout_ms
        return {}

    def close(self) -> None:
        self.closed = True


def test_who_reads_it_while_its_broker_goes_away_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader()
    monkeypatch.setattr(topics, "STILL_S_MAX", 0.0)
    monkeypatch.setattr(Topic, "_consumer", lambda _: reader)
    with pytest.raises(Failure, match="could not be reached") as told:
        Topic(ExternalBroker("127.0.0.1:9"), None, "external-transfers", 2).records()
    assert isinstance(told.value.__cause__, KafkaTimeoutError)
    assert told.value.code is ExitCode.FAILED
    assert reader.closed


@pytest.mark.kafka
def test_it_is_read_from_an_offset_on_in_each_partition_that_has_one(kafka: KafkaForTests) -> None:
    name = f"topic-{uuid.uuid4()}"
    with cluster.admin(kafka.bootstrap, 15.0) as client:
        client.create_topics({name: {"num_partitions": 3, "replication_factor": 1}}, wait_for_metadata=True)
    topic = Topic(kafka.broker, None, name, 3)
    topic.put([Lying(partition, -1, b"k", b"%d" % number) for number in range(3) for partition in (0, 1)])

    def found(since: dict[int, int] | None) -> list[tuple[int, int, bytes]]:
        return [(one.partition, one.offset, one.value) for one in topic.records(since)]

    everything = [(partition, number, b"%d" % number) for partition in (0, 1) for number in range(3)]
    assert found(None) == everything
    assert found({0: 2, 2: 0}) == [(0, 2, b"2"), *everything[3:]]
    assert found({0: 3, 1: 7}) == []
