"""What only a real Kafka can do to a bank: die, come back, be made anew under the same address."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from kafka import KafkaAdminClient, TopicPartition
from kafka.errors import KafkaError

from bank_node.broker.kafka import KafkaBroker
from bank_node.settings import BankSettings
from bank_node.transfers.ports import Ack, BrokerAway, NotAcked, PositionLost, TopicSpec, partition_for
from tests.bank_node.broker.conftest import PARTITIONS, PATIENCE_S, Ends, kafka_settings, read

BRVO = partition_for(b"BRVO", PARTITIONS)


@pytest.fixture
def kafka_ends(kafka: Any) -> Iterator[Ends]:
    ends = Ends(KafkaBroker(kafka_settings(kafka.addresses)))
    ends.broker.ensure_topics([TopicSpec(ends.topic, PARTITIONS)], PATIENCE_S)
    yield ends
    ends.close()


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address where connections are refused."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


def kafka_threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if "kafka" in thread.name.lower()}


def closes_within(one: Any, seconds: float) -> bool:
    closing = threading.Thread(target=one.close, daemon=True)
    closing.start()
    closing.join(seconds)
    return not closing.is_alive()


def poll_for_ever(reader: Any) -> None:
    """Until the reader raises what is expected of it; at most ten seconds."""
    for _ in range(40):
        reader.poll(500, 0.25)


def opened(reader: Any, positions: dict[int, int | None] | None = None) -> Any:
    """As the consumer does it. A node that slept past its session serves again only once the cluster has let it in."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            identity = reader.open(PATIENCE_S)
            if positions is not None:
                reader.assign(positions)
            return identity
        except BrokerAway:
            assert time.monotonic() < deadline


def published(publisher: Any, record: Any) -> None:
    """As the relay does it: until the broker has it. What it knows of a topic that is gone, it forgets by trying."""
    deadline = time.monotonic() + PATIENCE_S
    while not isinstance(publisher.publish([record], PATIENCE_S)[0], Ack):
        assert time.monotonic() < deadline


def test_a_broker_that_was_never_there_is_away_and_leaves_nothing_behind(nobody: str) -> None:
    broker = KafkaBroker(kafka_settings(nobody))
    before = kafka_threads()
    publisher, reader = broker.publisher(), broker.reader("any", "g")
    [answer] = publisher.publish([Ends(broker, "any").record(b"x")], 0.2)
    assert isinstance(answer, NotAcked)
    assert nobody in answer.error
    assert not answer.final
    with pytest.raises(BrokerAway, match=nobody):
        reader.open(0.2)
    with pytest.raises(BrokerAway, match=nobody):
        broker.ensure_topics([TopicSpec("any", 1)], 0.2)
    assert not broker.reachable(0.2)
    publisher.close()
    reader.close()
    assert kafka_threads() <= before


def test_an_unknown_security_setting_is_said_by_its_name(nobody: str) -> None:
    KafkaBroker(kafka_settings(nobody, kafka_security={"sasl_mechanism": "PLAIN", "ssl_check_hostname": "false"}))
    with pytest.raises(ValueError, match="kafka_security has no setting sasl_mechanics"):
        KafkaBroker(kafka_settings(nobody, kafka_security={"sasl_mechanics": "PLAIN"}))


def test_a_broker_that_is_back_is_looked_for_within_a_second(nobody: str) -> None:
    """The promise is a first effect within two; the rest is Kafka's own time to open its log."""
    settings = BankSettings(bank_id="ALFA", kafka_bootstrap_servers=nobody)
    reconnecting_ms = KafkaBroker(settings)._common["reconnect_backoff_max_ms"]
    assert settings.backoff_ms_max + reconnecting_ms < 1_000


@pytest.mark.kafka
def test_a_publisher_closed_by_another_thread_in_the_middle_acknowledges_nothing(kafka_ends: Ends) -> None:
    """kafka-python then raises a bare RuntimeError; a bank that shuts down has no error to tell of."""
    publisher = kafka_ends.publisher()
    assert isinstance(publisher.publish([kafka_ends.record(b"1")], PATIENCE_S)[0], Ack)
    producer = publisher._producer
    publisher.close()
    answer = publisher._partitions(producer, "a-topic-it-has-not-met")
    assert isinstance(answer, NotAcked)
    assert isinstance(publisher._send(producer, kafka_ends.record(b"2"), PARTITIONS), NotAcked)


@pytest.mark.kafka
def test_monitors_see_how_far_a_bank_has_read(kafka_ends: Ends, kafka: Any) -> None:
    kafka_ends.publisher().publish([kafka_ends.record(b"x")], PATIENCE_S)
    reader = kafka_ends.open_reader({BRVO: None})
    read(reader, 1)
    partition = TopicPartition(kafka_ends.topic, BRVO)
    with KafkaAdminClient(bootstrap_servers=kafka.addresses) as admin:
        for _ in range(100):
            reader.commit_for_monitors({BRVO: 1})
            reader.poll(1, 0.1)
            with suppress(KafkaError):  # a cluster's first group makes the cluster make a topic first
                told = admin.list_group_offsets({"bankfed.test.BRVO": [partition]})["bankfed.test.BRVO"]
                if partition in told and told[partition].offset == 1:
                    return
    pytest.fail("the group's offset was never told")


@pytest.mark.kafka
def test_a_topic_made_anew_is_another_log(kafka_ends: Ends, kafka: Any) -> None:
    publisher, reader = kafka_ends.publisher(), kafka_ends.reader()
    before = reader.open(PATIENCE_S)
    publisher.publish([kafka_ends.record(b"1"), kafka_ends.record(b"2")], PATIENCE_S)
    reader.assign({BRVO: None})
    read(reader, 2)
    kafka.wipe(kafka_ends.topic)
    with pytest.raises((PositionLost, BrokerAway)):
        poll_for_ever(reader)
    after = opened(reader, {BRVO: None})
    assert after.cluster_id == before.cluster_id
    assert after.topic_id != before.topic_id
    published(publisher, kafka_ends.record(b"new"))
    assert read(reader, 1)[0].value == b"new"


@pytest.mark.kafka
@pytest.mark.parametrize("how", ["kill", "pause"])
def test_both_ends_close_quickly_with_the_broker_away(kafka_ends: Ends, kafka: Any, how: str) -> None:
    publisher, reader = kafka_ends.publisher(), kafka_ends.open_reader({BRVO: None})
    publisher.publish([kafka_ends.record(b"x")], PATIENCE_S)
    getattr(kafka, how)()
    answers: list[Any] = []
    waiting = threading.Thread(
        target=lambda: answers.extend(publisher.publish([kafka_ends.record(b"y")], 60.0)), daemon=True
    )
    waiting.start()
    assert closes_within(publisher, 2.0)
    waiting.join(5.0)
    assert [type(answer) for answer in answers] == [NotAcked]
    assert closes_within(reader, 2.0)


@pytest.mark.kafka
@pytest.mark.parametrize(("go", "come_back"), [("kill", "start"), ("pause", "resume")])
def test_a_reader_says_that_the_broker_is_away_and_goes_on_when_it_is_back(
    kafka_ends: Ends, kafka: Any, go: str, come_back: str
) -> None:
    publisher, reader = kafka_ends.publisher(), kafka_ends.reader()
    before = reader.open(PATIENCE_S)
    reader.assign({BRVO: None})
    publisher.publish([kafka_ends.record(b"1")], PATIENCE_S)
    assert len(read(reader, 1)) == 1
    getattr(kafka, go)()
    with pytest.raises(BrokerAway, match=kafka.addresses):
        poll_for_ever(reader)
    with pytest.raises(BrokerAway):
        reader.open(0.5)
    getattr(kafka, come_back)()
    assert opened(reader) == before
    reader.assign({BRVO: 1})
    again = [kafka_ends.record(b"2")]
    while not isinstance(publisher.publish(again, PATIENCE_S)[0], Ack):
        pass
    assert b"2" in [record.value for record in read(reader, 1)]


@pytest.mark.kafka
def test_what_is_acknowledged_while_the_broker_is_killed_and_restarted_is_in_the_log(
    kafka_ends: Ends, kafka: Any
) -> None:
    publisher = kafka_ends.publisher()
    acked: set[bytes] = set()
    waiting = [f"{number}".encode() for number in range(2_000)]
    killer = threading.Thread(target=lambda: (kafka.kill(), kafka.start()))
    started, deadline = False, time.monotonic() + 60
    while waiting and time.monotonic() < deadline:
        batch, waiting = waiting[:100], waiting[100:]
        answers = publisher.publish([kafka_ends.record(body) for body in batch], PATIENCE_S)
        acked |= {body for body, answer in zip(batch, answers, strict=True) if isinstance(answer, Ack)}
        waiting = [body for body in batch if body not in acked] + waiting  # as the relay does
        if not started and len(acked) >= 500:
            killer.start()
            started = True
    killer.join()
    assert not waiting
    reader, stored = kafka_ends.open_reader({BRVO: None}), set[bytes | None]()
    while not acked <= stored:  # what was sent twice stands there twice
        records = reader.poll(500, PATIENCE_S)
        assert records, f"{len(acked - stored)} acknowledged records are missing"
        stored |= {record.value for record in records}
