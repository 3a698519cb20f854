"""The proxy between real clients (kafka-python 3) and a real Apache Kafka."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from federation.brokers import cluster
from federation.brokers.kafka_settings import Layout
from federation.wire.beside import ProxyBeside
from federation.wire.frames import Api, Side
from federation.wire.points import Moment, Point, Watch
from federation.wire.rules import Closed, Delay, Frames, Half, Hold, Pace, Reset, Rule
from tests.support.kafka import KafkaForTests, free_ports

pytestmark = pytest.mark.kafka

TEN = [f"value {number}".encode() for number in range(10)]
PRODUCE_ANSWER = Frames(Side.ANSWER, Api.PRODUCE, first=2, count=3)


@pytest.fixture
def topic(kafka: KafkaForTests) -> str:
    name = f"wire-{uuid.uuid4()}"
    with cluster.admin(kafka.bootstrap, 15.0) as client:
        client.create_topics({name: {"num_partitions": 2, "replication_factor": 1}}, wait_for_metadata=True)
    return name


@pytest.fixture
def wire(kafka: KafkaForTests) -> Iterator[ProxyBeside]:
    """One door for ALFA, in front of a broker that advertises only its own address."""
    with ProxyBeside(seed=1, acks_of="") as proxy:
        proxy.open("ALFA", kafka.bootstrap)
        yield proxy
        assert proxy.proxy.trouble == []


def send(address: str, topic: str, values: list[bytes], **settings: Any) -> list[int]:
    """One after the other, so that each is one Produce request; the offsets that were acknowledged."""
    quick = {"retry_backoff_ms": 20, "reconnect_backoff_ms": 20, "reconnect_backoff_max_ms": 100}
    producer = KafkaProducer(bootstrap_servers=address, acks="all", **quick, **settings)
    try:
        return [producer.send(topic, value, partition=0).get(timeout=30).offset for value in values]
    finally:
        producer.close(timeout=5)


def read(address: str, topic: str) -> list[bytes]:
    consumer = KafkaConsumer(bootstrap_servers=address, group_id=None, reconnect_backoff_ms=20)
    with closing(consumer):
        everything = TopicPartition(topic, 0)
        consumer.assign([everything])
        consumer.seek_to_beginning()
        end, found = consumer.end_offsets([everything])[everything], list[bytes]()
        while consumer.position(everything) < end:
            found += [record.value for records in consumer.poll(timeout_ms=500).values() for record in records]
        return found


def test_three_lost_acks_are_three_duplicates_of_a_plain_producer(
    kafka: KafkaForTests, wire: ProxyBeside, topic: str
) -> None:
    lost = wire.lay(Rule(Reset(), PRODUCE_ANSWER, "ALFA"))
    send(wire.proxy.address("ALFA"), topic, TEN, enable_idempotence=False)
    assert lost.bites == 3
    stored = read(kafka.bootstrap, topic)
    assert sorted(stored) == sorted([*TEN, TEN[1], TEN[1], TEN[1]])


def test_three_lost_acks_are_no_duplicate_of_an_idempotent_producer(
    kafka: KafkaForTests, wire: ProxyBeside, topic: str
) -> None:
    lost = wire.lay(Rule(Reset(), PRODUCE_ANSWER, "ALFA"))
    offsets = send(wire.proxy.address("ALFA"), topic, TEN, enable_idempotence=True)
    assert lost.bites == 3
    assert read(kafka.bootstrap, topic) == TEN
    assert offsets == list(range(10))
    acks = [(ack.offset, ack.sha256) for ack in wire.proxy.acks if ack.topic == topic]
    assert sorted(acks) == [(place, hashlib.sha256(value).hexdigest()) for place, value in enumerate(TEN)]


def test_a_request_cut_in_the_middle_is_sent_again_and_stored_once(
    kafka: KafkaForTests, wire: ProxyBeside, topic: str
) -> None:
    half = wire.lay(Rule(Half(), Frames(Side.REQUEST, Api.PRODUCE, first=3, count=2), "ALFA"))
    send(wire.proxy.address("ALFA"), topic, TEN, enable_idempotence=False)
    assert half.bites == 2
    assert read(kafka.bootstrap, topic) == TEN


def test_no_client_finds_a_way_past_the_door(kafka: KafkaForTests, wire: ProxyBeside, topic: str) -> None:
    door = wire.proxy.address("ALFA")
    said = cluster.ask(door)
    assert said is not None
    assert said.serving == {1: door}
    send(door, topic, TEN[:1])
    consumer = KafkaConsumer(topic, bootstrap_servers=door, group_id=topic, auto_offset_reset="earliest")
    with closing(consumer):  # a group asks for its coordinator too
        while not consumer.poll(timeout_ms=500):
            pass
        consumer.commit()
    traffic = wire.proxy.traffic("ALFA")
    assert {Api.PRODUCE, Api.FETCH, Api.FIND_COORDINATOR, Api.OFFSET_COMMIT} <= set(traffic.answers)


def test_an_answer_that_is_held_comes_when_it_is_released(kafka: KafkaForTests, wire: ProxyBeside, topic: str) -> None:
    held = wire.lay(Rule(Hold(), Frames(Side.ANSWER, Api.PRODUCE)))
    producer = KafkaProducer(bootstrap_servers=wire.proxy.address("ALFA"))
    try:
        sent = producer.send(topic, b"held", partition=0)
        while not (read(kafka.bootstrap, topic) and held.bites):  # the broker has it, and has said so
            pass
        assert not sent.is_done
        wire.end(held)
        assert sent.get(timeout=20).offset == 0
    finally:
        producer.close(timeout=5)


def test_points_are_told_and_carry_what_is_asked_for(kafka: KafkaForTests, wire: ProxyBeside, topic: str) -> None:
    told: list[tuple[Point, int]] = []

    def note(point: Point, bank: str, moment: Moment) -> None:
        told.append((point, moment.nth))

    def foreign(key: bytes | None, value: bytes | None) -> bool:
        return key == b"ALFA" and b"from BRVO" in (value or b"")

    for point in (Point.PRODUCE_FORWARDED, Point.PRODUCE_ANSWERED):
        wire.watch(Watch(point, note, "ALFA", nth=None, topic=topic))
    wire.watch(Watch(Point.RECORDS_DELIVERED, note, "ALFA", nth=None, topic=topic, carries=foreign))
    send(wire.proxy.address("ALFA"), topic, TEN[:2])
    assert read(wire.proxy.address("ALFA"), topic) == TEN[:2]
    assert told == [(point, nth) for nth in (1, 2) for point in (Point.PRODUCE_FORWARDED, Point.PRODUCE_ANSWERED)]
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, compression_type="gzip")
    with closing(producer):
        producer.send(topic, b"from BRVO", b"ALFA", partition=0).get(timeout=20)
    assert len(read(wire.proxy.address("ALFA"), topic)) == 3
    assert told[4:] == [(Point.RECORDS_DELIVERED, 1)]


SENDER = """
import sys
from kafka import KafkaProducer
producer = KafkaProducer(bootstrap_servers=sys.argv[1])
for number in range(5):
    print(producer.send(sys.argv[2], b"%d" % number, partition=0).get(timeout=30).offset, flush=True)
"""


def test_a_process_is_killed_between_its_record_and_the_ack(
    kafka: KafkaForTests, wire: ProxyBeside, topic: str
) -> None:
    def kill(point: Point, bank: str, moment: Moment) -> None:
        sender.kill()

    watch = wire.watch(Watch(Point.PRODUCE_FORWARDED, kill, "ALFA", nth=3))
    command = [sys.executable, "-W", "ignore", "-c", SENDER, wire.proxy.address("ALFA"), topic]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as sender:
        said, _ = sender.communicate(timeout=60)
    assert sender.returncode == -signal.SIGKILL
    assert said.split() == [b"0", b"1"]
    assert read(kafka.bootstrap, topic) == [b"0", b"1", b"2"]
    assert [moment.nth for moment in watch.told] == [3]


def test_latency_slices_and_a_closed_door_lose_nothing(kafka: KafkaForTests, wire: ProxyBeside, topic: str) -> None:
    for side in Side:
        wire.lay(Rule(Delay(0.02, 0.02), Frames(side, count=None)))
        wire.lay(Rule(Pace(256 * 1024, 100), Frames(side, count=None)))
    away = wire.lay(Rule(Closed(), after_s=0.3, for_s=0.3))
    rounds = 0
    while not away.over.is_set():
        send(wire.proxy.address("ALFA"), topic, TEN)
        rounds += 1
    wire.heal()
    assert away.bites == 1
    assert read(wire.proxy.address("ALFA"), topic) == TEN * rounds


def test_with_a_listener_per_bank_the_broker_advertises_the_door_itself(tmp_path: Any) -> None:
    first = free_ports(8)
    door = f"127.0.0.1:{first + 7}"
    lab = KafkaForTests(tmp_path, Layout(first, 1, {"ALFA": first + 6}, {"ALFA": door}))
    try:
        lab.start()
        with ProxyBeside() as wire:
            assert wire.open("ALFA", lab.broker.listener("ALFA"), first + 7) == lab.broker.bootstrap("ALFA") == door
            with cluster.admin(door, 15.0) as client:
                client.create_topics({"lab": {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
            send(door, "lab", TEN)
            assert read(door, "lab") == TEN
            assert wire.proxy.address("ALFA") == door  # nobody was led anywhere else
    finally:
        lab.kill()


@pytest.mark.slow
def test_behind_one_door_there_is_one_for_each_node_and_a_new_leader_is_found_there(tmp_path: Any) -> None:
    cluster_of_three = KafkaForTests(tmp_path, Layout(free_ports(6), nodes=3))
    broker = cluster_of_three.broker
    try:
        cluster_of_three.start()
        with cluster.admin(broker.bootstrap(), 20.0) as client:
            client.create_topics({"three": {"num_partitions": 1, "replication_factor": 3}}, wait_for_metadata=True)
            leader = client.describe_topics(["three"])[0]["partitions"][0]["leader_id"]
        with ProxyBeside(acks_of="three") as wire:
            door = wire.open("ALFA", broker.bootstrap().split(",")[leader % 3])  # not the leader's
            send(door, "three", TEN, request_timeout_ms=5000)
            doors = wire.proxy.address("ALFA").split(",")
            assert len(doors) == 3
            broker.kill(leader)
            send(door, "three", TEN, request_timeout_ms=5000)
            assert read(door, "three") == [*TEN, *TEN]
            assert [ack.offset for ack in wire.proxy.acks] == list(range(20))
            assert wire.proxy.address("ALFA").split(",") == doors
            assert wire.proxy.trouble == []
    finally:
        cluster_of_three.kill()
