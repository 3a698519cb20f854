"""One real Apache Kafka for the whole test session, started when a test first asks for it, healed after each that did.

`from tests.support.kafka import …` in tests/conftest.py makes the fixtures `kafka` and `kafka_is_healed` known to all.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from federation.brokers.broker import BrokerState, Stopped
from federation.brokers.kafka import KafkaBroker
from federation.brokers.kafka_settings import Layout
from federation.failure import Failure

FIRST_PORT, LAST_PORT = 20_000, 32_767  # above lies the ephemeral range
NEIGHBOURS = 500  # room above, for who moves on to the next block


class KafkaForTests:
    """A broker of one node with an empty folder of its own. Tests that break it need not mend it."""

    def __init__(self, folder: Path, layout: Layout | None = None) -> None:
        self.broker = KafkaBroker(layout or Layout(free_ports(6)), folder / "broker", folder / "run")

    @property
    def bootstrap(self) -> str:
        return self.broker.bootstrap()

    addresses = bootstrap

    @property
    def log(self) -> Path:
        return self.broker.log_files[0]

    def start(self, node: int | None = None) -> None:
        try:
            self.broker.start(node)
        except Failure as failure:
            pytest.fail(f"{failure.what}: {failure.why}\n{failure.detail}", pytrace=False)

    def stop(self) -> Stopped:
        return self.broker.stop()

    def kill(self) -> Stopped:
        return self.broker.kill()

    def pause(self) -> None:
        self.broker.pause()

    def resume(self) -> None:
        self.broker.resume()

    def wipe(self, topic: str) -> str:
        """Deletes the topic and makes it again, empty; its new id."""
        return self.broker.wipe(topic)

    def heal(self) -> None:
        if self.broker.state is BrokerState.PAUSED:
            self.resume()
        if self.broker.state is not BrokerState.UP:
            self.start()


def free_ports(count: int) -> int:
    """The first of `count` neighbouring ports that nobody listens on now."""
    for _ in range(200):
        first = random.randrange(FIRST_PORT, LAST_PORT - count - NEIGHBOURS)
        if all(_is_free(port) for port in range(first, first + count)):
            return first
    raise RuntimeError(f"no {count} free ports in a row were found")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaForTests]:
    kafka = KafkaForTests(tmp_path_factory.mktemp("kafka"))
    try:
        kafka.start()
        yield kafka
    finally:
        kafka.kill()


@pytest.fixture(autouse=True)
def kafka_is_healed(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test did to the broker of the session is undone before the next one."""
    yield
    if "kafka" in request.fixturenames:
        request.getfixturevalue("kafka").heal()
