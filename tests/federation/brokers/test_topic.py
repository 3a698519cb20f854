"""The topic past every proxy, where its broker goes away while it is read; on real Kafka it is read elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from kafka import TopicPartition
from kafka.errors import KafkaTimeoutError

from federation.brokers import topic as topics
from federation.brokers.external import ExternalBroker
from federation.brokers.topic import Topic
from federation.failure import ExitCode, Failure


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
