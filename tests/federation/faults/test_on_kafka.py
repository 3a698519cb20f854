"""Faults of the wire between a real client and a real Kafka: each bites while records are sent, and nothing is lost."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from federation.brokers import cluster
from federation.faults.catalogue import make
from federation.wire.beside import ProxyBeside
from tests.support.kafka import KafkaForTests

pytestmark = pytest.mark.kafka

IMPATIENT = {"retry_backoff_ms": 20, "reconnect_backoff_ms": 20, "reconnect_backoff_max_ms": 50}
FAULTS = (
    "ack-lost 2 ALFA",
    "request-lost 2",
    "half-frame 2",
    "latency 30ms±20",
    "slow-line 20ms 512KB/s close_s=20ms",
    "reset 20%",
    "drop 20%",
    "one-way requests",
    "one-way answers",
    "half-open",
    "flap 50ms 100ms",
    "partition ALFA",
    "broker-away",
    "ring 100ms",
    "swizzle 50ms",
    "broker-pause",
)


@contextmanager
def sending(address: str, topic: str) -> Iterator[list[bytes]]:
    """One record after the other until this is left, and then until all of them were acknowledged."""
    producer = KafkaProducer(bootstrap_servers=address, request_timeout_ms=1_000, linger_ms=0, **IMPATIENT)
    sent, over = list[bytes](), threading.Event()

    def send() -> None:
        while not over.wait(0.01):
            sent.append(b"value %d" % len(sent))
            producer.send(topic, sent[-1], partition=0)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield sent
    finally:
        over.set()
        thread.join()
        producer.flush(60)
        producer.close(timeout=5)


def stored(bootstrap: str, topic: str) -> set[bytes]:
    with closing(KafkaConsumer(bootstrap_servers=bootstrap, group_id=None)) as consumer:
        there = TopicPartition(topic, 0)
        consumer.assign([there])
        consumer.seek_to_beginning()
        end, found = consumer.end_offsets([there])[there], set[bytes]()
        while consumer.position(there) < end:
            found |= {one.value for records in consumer.poll(timeout_ms=500).values() for one in records}
        return found


def test_each_fault_bites_is_healed_and_loses_nothing(kafka: KafkaForTests) -> None:
    topic, pause = f"faults-{uuid.uuid4()}", threading.Event()
    with cluster.admin(kafka.bootstrap, 15.0) as client:
        client.create_topics({topic: {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
    with ProxyBeside(seed=5) as wire:
        address = wire.open("ALFA", kafka.bootstrap)
        site: Any = SimpleNamespace(wire=wire, banks={"ALFA": None}, broker=kafka.broker)
        with sending(address, topic) as sent:
            for words in FAULTS:
                fault = make(site, words.split()[0], words.split()[1:])
                before = len(sent)
                fault.inject()
                while not fault.bite().bit or len(sent) < before + 20:
                    pause.wait(0.01)
                fault.heal()
                assert fault.bite().bit, words
        assert len(sent) >= 20 * len(FAULTS)
        assert wire.proxy.trouble == []
    assert stored(kafka.bootstrap, topic) == set(sent)
