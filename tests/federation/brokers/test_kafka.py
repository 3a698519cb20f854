"""The contract of a broker of ours, on real Apache Kafka."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec

from federation.brokers import cluster
from federation.brokers.broker import Broker, BrokerState, Stopped
from federation.brokers.choose import broker_for
from federation.brokers.kafka import KafkaBroker
from federation.brokers.kafka_settings import Layout
from federation.failure import ExitCode, Failure
from tests.support.kafka import KafkaForTests, free_ports

pytestmark = pytest.mark.kafka


def make_topic(broker: Broker, name: str, partitions: int = 2, copies: int = 1, **settings: str) -> str:
    with cluster.admin(broker.bootstrap(), 15.0) as client:
        wanted = {"num_partitions": partitions, "replication_factor": copies, "configs": settings}
        client.create_topics({name: wanted}, wait_for_metadata=True)
        return str(client.describe_topics([name])[0]["topic_id"])


def send(broker: Broker, topic: str, values: list[bytes], bank: str = "") -> list[int]:
    """The offsets that were acknowledged."""
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap(bank).split(","), acks="all", enable_idempotence=True)
    try:
        waiting = [producer.send(topic, value, partition=0) for value in values]
        return [one.get(timeout=20).offset for one in waiting]
    finally:
        producer.close(timeout=5)


def read(broker: Broker, topic: str, count: int) -> list[bytes]:
    consumer = KafkaConsumer(
        bootstrap_servers=broker.bootstrap().split(","), group_id=None, auto_offset_reset="earliest"
    )
    try:
        consumer.assign([TopicPartition(topic, 0)])
        found: list[Any] = []
        while len(found) < count:
            polled = consumer.poll(timeout_ms=15_000)
            if not polled:
                break
            found += [record.value for records in polled.values() for record in records]
        return found
    finally:
        consumer.close()


def values(count: int, prefix: str = "") -> list[bytes]:
    return [f"{prefix}{number}".encode() for number in range(count)]


def test_a_started_broker_serves_and_says_where(kafka: KafkaForTests) -> None:
    broker = kafka.broker
    assert broker.state is BrokerState.UP
    assert len(broker.pids) == 1
    answer = cluster.ask(broker.bootstrap())
    assert answer is not None
    assert answer.serving == {1: broker.bootstrap()}


def test_starting_what_runs_changes_nothing(kafka: KafkaForTests) -> None:
    before = kafka.broker.pids
    kafka.broker.start()
    assert kafka.broker.pids == before


def test_what_was_acknowledged_survives_kill_9(kafka: KafkaForTests) -> None:
    make_topic(kafka.broker, "kept")
    assert send(kafka.broker, "kept", values(500)) == list(range(500))
    assert kafka.broker.kill() is Stopped.KILL
    assert kafka.broker.state is BrokerState.DOWN
    kafka.broker.start()
    assert read(kafka.broker, "kept", 500) == values(500)


def test_a_polite_stop_keeps_everything_too(kafka: KafkaForTests) -> None:
    make_topic(kafka.broker, "polite")
    send(kafka.broker, "polite", values(10))
    assert kafka.broker.stop() is Stopped.TERM
    assert kafka.broker.stop() is Stopped.NOTHING
    assert kafka.broker.pids == ()
    kafka.broker.start()
    assert read(kafka.broker, "polite", 10) == values(10)


def test_a_send_to_a_paused_broker_is_acknowledged_after_it_wakes(kafka: KafkaForTests) -> None:
    make_topic(kafka.broker, "patience")
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all", enable_idempotence=True)
    try:
        producer.send("patience", b"before", partition=0).get(timeout=10)
        kafka.pause()
        assert kafka.broker.state is BrokerState.PAUSED
        waiting = producer.send("patience", b"during", partition=0)
        assert cluster.ask(kafka.bootstrap, 0.2) is None
        kafka.resume()
        assert waiting.get(timeout=20).offset == 1
    finally:
        producer.close(timeout=5)
    assert kafka.broker.state is BrokerState.UP


def test_a_paused_broker_can_be_stopped_and_killed(kafka: KafkaForTests) -> None:
    kafka.pause()
    assert kafka.broker.stop() is Stopped.TERM
    kafka.start()
    kafka.pause()
    assert kafka.broker.kill() is Stopped.KILL


def test_a_paused_broker_is_not_waited_for(kafka: KafkaForTests) -> None:
    kafka.pause()
    with pytest.raises(Failure, match="paused"):
        kafka.broker.start()


def test_a_wiped_topic_is_empty_and_another(kafka: KafkaForTests) -> None:
    first = make_topic(kafka.broker, "wiped", partitions=3, **{"retention.ms": "123456"})
    send(kafka.broker, "wiped", values(5))
    second = kafka.broker.wipe("wiped")
    assert second != first
    with cluster.admin(kafka.bootstrap, 10.0) as client:
        topic = client.describe_topics(["wiped"])[0]
        found = client.list_partition_offsets({TopicPartition("wiped", 0): OffsetSpec.LATEST})
    assert str(topic["topic_id"]) == second
    assert len(topic["partitions"]) == 3
    assert [each.offset for each in found.values()] == [0]
    assert settings_of(kafka.broker, "wiped")["retention.ms"] == "123456"


def settings_of(broker: Broker, topic: str) -> dict[str, str]:
    with cluster.admin(broker.bootstrap(), 10.0) as client:
        found = client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])["topic"][topic]
    return {name: setting["value"] for name, setting in found.items()}


def test_wiping_what_is_not_there_is_refused_in_words(kafka: KafkaForTests) -> None:
    with pytest.raises(Failure, match="no topic nowhere"):
        kafka.broker.wipe("nowhere")


def test_another_process_finds_the_running_broker_and_may_stop_it(kafka: KafkaForTests, tmp_path: Path) -> None:
    run = kafka.log.parent.parent / "run"
    layout = Layout(int(kafka.bootstrap.split(":")[1]))
    later = KafkaBroker(layout, kafka.log.parent, run)  # knows only the folders
    assert later.pids == kafka.broker.pids
    assert later.state is BrokerState.UP
    assert KafkaBroker(layout, kafka.log.parent, tmp_path).pids == ()
    assert later.kill() is Stopped.KILL
    assert kafka.broker.pids == ()


def test_a_pid_that_belongs_to_somebody_else_now_is_never_touched(kafka: KafkaForTests) -> None:
    kafka.kill()
    pid_file = kafka.log.parent.parent / "run" / "broker.json"
    pid_file.write_text(json.dumps({"pid": os.getpid(), "birth": 1.0}), encoding="utf-8")
    assert kafka.broker.state is BrokerState.DOWN
    assert kafka.broker.kill() is Stopped.NOTHING
    assert kafka.broker.stop() is Stopped.NOTHING
    with pytest.raises(Failure, match="down"):
        kafka.broker.pause()


def test_a_taken_port_is_named(kafka: KafkaForTests, tmp_path: Path) -> None:
    port = int(kafka.bootstrap.split(":")[1])
    second = KafkaBroker(Layout(port), tmp_path / "broker", tmp_path / "run")
    with pytest.raises(Failure) as refused:
        second.start()
    assert str(port) in refused.value.what
    assert refused.value.code is ExitCode.PORT_TAKEN
    assert "--port-base" in refused.value.do


def test_a_broker_that_will_not_start_shows_the_end_of_its_log(kafka: KafkaForTests) -> None:
    kafka.stop()
    meta = kafka.log.parent / "data" / "meta.properties"
    whole = meta.read_text(encoding="utf-8")
    meta.write_text(whole.replace("node.id=1", "node.id=7"), encoding="utf-8")
    try:
        with pytest.raises(Failure) as refused:
            kafka.broker.start()
    finally:
        meta.write_text(whole, encoding="utf-8")
    assert "ended instead of starting" in refused.value.what
    assert "node id" in refused.value.detail
    assert len(refused.value.detail.splitlines()) < 4  # of this start, not of the ones before
    assert refused.value.log == kafka.log
    assert kafka.broker.pids == ()


def test_a_broker_keeps_its_data_when_its_ports_change(kafka: KafkaForTests) -> None:
    make_topic(kafka.broker, "moved")
    send(kafka.broker, "moved", values(10))
    kafka.stop()
    moved = KafkaBroker(Layout(free_ports(6)), kafka.log.parent, kafka.log.parent.parent / "run")
    try:
        moved.start()
        assert read(moved, "moved", 10) == values(10)
    finally:
        moved.kill()


def test_a_half_formatted_folder_is_formatted_anew(tmp_path: Path) -> None:
    half = KafkaForTests(tmp_path)
    data = tmp_path / "broker" / "data"
    data.mkdir(parents=True)
    (data / "meta.properties").write_text("version=1\n", encoding="utf-8")
    try:
        half.start()
        assert half.broker.state is BrokerState.UP
        with pytest.raises(Failure, match="runs"):
            half.broker.erase()
    finally:
        half.kill()
    half.broker.erase()
    assert not (tmp_path / "broker").exists()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[KafkaForTests]:
    first = free_ports(9)
    listeners = {"ALFA": first + 6, "BRVO": first + 7}
    kafka = KafkaForTests(tmp_path, Layout(first, 1, listeners, {"ALFA": f"127.0.0.1:{first + 8}"}))
    try:
        kafka.start()
        yield kafka
    finally:
        kafka.kill()


def test_in_the_lab_each_bank_is_told_its_own_address(lab: KafkaForTests) -> None:
    broker = lab.broker
    seen = {bank: cluster.ask(broker.listener(bank)) for bank in ("ALFA", "BRVO", "CHRL")}
    assert all(seen.values())
    assert {bank: answer.serving for bank, answer in seen.items() if answer} == {
        "ALFA": {1: broker.bootstrap("ALFA")},  # the proxy's address, which nobody serves here
        "BRVO": {1: broker.bootstrap("BRVO")},
        "CHRL": {1: broker.bootstrap()},
    }
    assert broker.bootstrap("ALFA") != broker.listener("ALFA")
    make_topic(broker, "lab")
    assert send(broker, "lab", [b"through the listener of BRVO"], bank="BRVO") == [0]


@pytest.mark.slow
def test_three_nodes_keep_records_when_the_leader_is_killed(tmp_path: Path) -> None:
    kafka = KafkaForTests(tmp_path, Layout(free_ports(6), nodes=3))
    broker = kafka.broker
    try:
        kafka.start()
        assert len(broker.pids) == 3
        make_topic(broker, "threefold", partitions=1, copies=3)
        assert settings_of(broker, "threefold").get("min.insync.replicas", "2") == "2"
        send(broker, "threefold", values(100, "a"))
        with cluster.admin(broker.bootstrap(), 10.0) as client:
            leader = client.describe_topics(["threefold"])[0]["partitions"][0]["leader_id"]
        assert broker.kill(leader) is Stopped.KILL
        assert broker.state is BrokerState.DEGRADED
        send(broker, "threefold", values(100, "b"))
        kafka.start(leader)
        assert broker.state is BrokerState.UP
        assert read(broker, "threefold", 200) == values(100, "a") + values(100, "b")
        assert broker.stop() in (Stopped.TERM, Stopped.KILL)
        assert broker.state is BrokerState.DOWN
    finally:
        kafka.kill()


def test_the_broker_of_others_is_used_and_left_alone(kafka: KafkaForTests, tmp_path: Path) -> None:
    theirs = broker_for(kafka.bootstrap, folder=tmp_path, run=tmp_path)
    theirs.start()
    assert theirs.state is BrokerState.UP
    for refused in (theirs.stop, theirs.kill, theirs.pause, theirs.resume, lambda: theirs.wipe("x"), theirs.erase):
        with pytest.raises(Failure) as words:
            refused()
        assert "not ours" in words.value.why
    assert kafka.broker.state is BrokerState.UP


def test_a_broker_that_hears_but_does_not_speak_kafka_is_not_ready(tmp_path: Path) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        theirs = broker_for(f"127.0.0.1:{deaf.getsockname()[1]}", folder=tmp_path, run=tmp_path)
        with pytest.raises(Failure, match="no Kafka answers"):
            theirs.start(timeout_s=0.3)
