"""Faults of the wire between a real client and a real Kafka: each bites while records are sent, and nothing is lost."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
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
def sending(address: str, topic: str) -> Iterator[tuple[list[bytes], list[object]]]:
    """One record after the other until this is left, and then until all of them were acknowledged: what was sent, and
    what has arrived so far."""
    producer = KafkaProducer(bootstrap_servers=address, request_timeout_ms=1_000, linger_ms=0, **IMPATIENT)
    sent, arrived, over = list[bytes](), list[object](), threading.Event()

    def send() -> None:
        while not over.wait(0.01):
            sent.append(b"value %d" % len(sent))
            producer.send(topic, sent[-1], partition=0).add_callback(arrived.append)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield sent, arrived
    finally:
        over.set()
        thread.join()
        producer.flush(60)
        producer.close(timeout=5)


def until(holds: Callable[[], bool], what: str) -> None:
    pause, late_s = threading.Event(), time.monotonic() + 60
    while not holds():
        assert time.monotonic() < late_s, f"not within a minute: {what}"
        pause.wait(0.01)


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
    topic = f"faults-{uuid.uuid4()}"
    with cluster.admin(kafka.bootstrap, 15.0) as client:
        client.create_topics({topic: {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
    with ProxyBeside(seed=5) as wire:
        address = wire.open("ALFA", kafka.bootstrap)
        site: Any = SimpleNamespace(wire=wire, banks={"ALFA": None}, broker=kafka.broker)
        with sending(address, topic) as (sent, arrived):
            for words in FAULTS:
                before = len(sent)
                until(lambda: len(arrived) >= before, f"the line is up again before {words}")  # noqa: B023
                fault = make(site, words.split()[0], words.split()[1:])
                fault.inject()
                until(lambda: fault.bite().bit and len(sent) >= before + 20, f"{words} has bitten")  # noqa: B023
                fault.heal()
                assert fault.bite().bit, words
        assert len(sent) >= 20 * len(FAULTS)
        assert wire.proxy.trouble == []
    assert stored(kafka.bootstrap, topic) == set(sent)
