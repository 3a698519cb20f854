"""Stories end to end. Where no process is killed, each is told three times: on the broker in memory, the same with the
banks' books in PostgreSQL, and on real Kafka."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bank_node.broker.memory import MemoryBroker
from bank_node.settings import BankSettings
from bank_node.transfers.ports import Broker
from tests.support.running import Federation, open_federation


@pytest.fixture(
    params=[
        "memory",
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("kafka", marks=pytest.mark.kafka),
    ]
)
def federation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Federation]:
    if request.param != "kafka":
        broker = MemoryBroker()
        url = request.getfixturevalue("postgresql").url() if request.param == "postgresql" else ""
        with open_federation(tmp_path, lambda _settings: broker, database_url=url) as federation:
            yield federation
        return
    from bank_node.broker.kafka import KafkaBroker

    bootstrap = request.getfixturevalue("kafka").bootstrap

    def kafka_of(settings: BankSettings) -> Broker:
        return KafkaBroker(settings.model_copy(update={"kafka_bootstrap_servers": bootstrap}))

    with open_federation(tmp_path, kafka_of) as federation:
        yield federation
