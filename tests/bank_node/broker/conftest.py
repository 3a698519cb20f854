"""The same tests on both brokers: `broker` is the in-memory one, then Apache Kafka."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest

from bank_node.broker.kafka import KafkaBroker
from bank_node.broker.memory import MemoryBroker
from bank_node.settings import BankSettings
from bank_node.transfers.ports import Broker, OutgoingRecord, Publisher, Reader, Record, TopicSpec
from tests.support.cast import Town, open_town

PARTITIONS = 32
PATIENCE_S = 10.0


@dataclass
class Ends:
    """A broker, one topic of its own in it, and everything that was opened, to be closed at the end."""

    broker: Broker
    topic: str = field(default_factory=lambda: f"test-{uuid4().hex[:12]}")
    opened: list[Publisher | Reader] = field(default_factory=list)

    def publisher(self) -> Publisher:
        self.opened.append(publisher := self.broker.publisher())
        return publisher

    def reader(self, group: str = "bankfed.test.BRVO") -> Reader:
        self.opened.append(reader := self.broker.reader(self.topic, group))
        return reader

    def open_reader(self, partitions: dict[int, int | None]) -> Reader:
        reader = self.reader()
        reader.open(PATIENCE_S)
        reader.assign(partitions)
        return reader

    def record(self, value: bytes, key: bytes = b"BRVO") -> OutgoingRecord:
        return OutgoingRecord(self.topic, key, value, (("ce_type", b"test"),))

    def close(self) -> None:
        for one in self.opened:
            one.close()


def read(reader: Reader, wanted: int) -> list[Record]:
    """Polls until `wanted` records have come; fewer if they do not come in time."""
    got: list[Record] = []
    while len(got) < wanted:
        got += (more := reader.poll(500, PATIENCE_S))
        if not more:
            break
    return got


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.kafka)])
def ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    if request.param == "memory":
        numbers = count(1_700_000_000_000)
        broker: Broker = MemoryBroker(now_ms=lambda: next(numbers))
    else:
        broker = KafkaBroker(kafka_settings(request.getfixturevalue("kafka").addresses))
    ends = Ends(broker)
    broker.ensure_topics([TopicSpec(ends.topic, PARTITIONS)], PATIENCE_S)
    yield ends
    ends.close()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = open_town(tmp_path)
    yield town
    town.close()


def kafka_settings(addresses: str, **knobs: object) -> BankSettings:
    return BankSettings(bank_id="BRVO", kafka_bootstrap_servers=addresses, **knobs)  # type: ignore[arg-type]
