"""Kafka behind the ports, with kafka-python 3. The only module of a bank that imports kafka.

Positions are not kept in Kafka: the bank's own database has them. A handful of private members of kafka-python are
touched, each where its public face would block without limit or hide what the ports promise; the version is pinned and
the contract tests run on a real broker.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka import errors as refused
from kafka.net.compat import KafkaNetClient
from kafka.structs import OffsetAndMetadata

from bank_node.settings import BankSettings
from bank_node.transfers.ports import (
    Ack,
    BrokerAway,
    NotAcked,
    OutgoingRecord,
    PositionLost,
    Record,
    TopicIdentity,
    TopicSpec,
    partition_for,
)

CONNECT_S_MAX = 2.0  # a closing bank waits for this at most
ANSWER_MS_MAX = 5_000
FETCH_BYTES_MAX = 4 * 1024 * 1024
METADATA_MS_MAX = 10_000  # a topic that was deleted and made anew is noticed after this at the latest
RECONNECT_MS_MAX = 250  # a broker that is back is found so soon; kafka-python's own 30 s would be waited for
UNREACHED_S = 0.3  # so long without a connection to the leader: the broker is away
MONITOR_EVERY_S = 1.0
NEVER = (refused.MessageSizeTooLargeError, refused.RecordListTooLargeError, TypeError)
SECURITY = {name for name in KafkaConsumer.DEFAULT_CONFIG if name.startswith(("security_", "ssl_", "sasl_"))}

_partition = lru_cache(maxsize=4_096)(partition_for)  # a few hundred keys, hashed in Python


class KafkaBroker:
    """One bank's way to Kafka. Opens nothing until asked."""

    def __init__(self, settings: BankSettings) -> None:
        # Every failed attempt to reconnect is an error to kafka-python; here the link's state says it once, in words.
        logging.getLogger("kafka").setLevel(logging.CRITICAL)
        self._settings = settings
        self._servers = settings.kafka_bootstrap_servers
        self._common: dict[str, Any] = {
            "bootstrap_servers": self._servers.split(","),
            "client_id": f"bankfed-{settings.bank_id}",
            "reconnect_backoff_max_ms": RECONNECT_MS_MAX,
            "metadata_max_age_ms": METADATA_MS_MAX,
            **_security(settings.kafka_security),
        }

    def ensure_topics(self, topics: Sequence[TopicSpec], timeout_s: float) -> None:
        try:
            with self._build(KafkaAdminClient, timeout_s, request_timeout_ms=ANSWER_MS_MAX) as admin:
                names = [spec.name for spec in topics]
                there = {topic["name"] for topic in admin.describe_topics(names) if not topic["error_code"]}
                missing = [spec for spec in topics if spec.name not in there]
                if missing:
                    self._create(admin, missing, timeout_s)
        except (refused.KafkaError, OSError) as why:
            raise BrokerAway(self._say(why)) from why

    def _create(self, admin: KafkaAdminClient, missing: Sequence[TopicSpec], timeout_s: float) -> None:
        replicated = len(admin.describe_cluster()["brokers"]) >= 3
        wanted = {
            spec.name: {
                "num_partitions": spec.partitions,
                "replication_factor": 3 if replicated else -1,  # -1: as the cluster does it
                "configs": spec.config | ({"min.insync.replicas": "2"} if replicated else {}),
            }
            for spec in missing
        }
        answer = admin.create_topics(wanted, timeout_ms=int(timeout_s * 1000), raise_errors=False)
        for topic in answer["topics"]:
            why = refused.for_code(topic["error_code"])
            if why not in (refused.NoError, refused.TopicAlreadyExistsError):  # another bank may have been first
                raise BrokerAway(f"topic {topic['name']} could not be made: {topic['error_message'] or why.__name__}")
        admin.wait_for_topics(list(wanted), timeout_ms=int(timeout_s * 1000))

    def publisher(self) -> KafkaPublisher:
        return KafkaPublisher(self, self._settings)

    def reader(self, topic: str, group: str) -> KafkaReader:
        return KafkaReader(self, self._settings, topic, group)

    def reachable(self, timeout_s: float) -> bool:
        try:
            self._build(KafkaAdminClient, timeout_s).close()
        except (refused.KafkaError, OSError):
            return False
        return True

    def _build(self, kind: Any, timeout_s: float, **config: Any) -> Any:
        """A kafka-python client; one that can not connect leaves no thread and no socket behind."""
        made: list[KafkaNetClient] = []

        def client(**options: Any) -> KafkaNetClient:
            made.append(KafkaNetClient(**options))
            made[0].cluster.config["allow_auto_create_topics"] = False  # its own setting does not get there
            return made[0]

        try:
            return kind(kafka_client=client, bootstrap_timeout_ms=int(timeout_s * 1000), **self._common, **config)
        except BaseException:
            for one in made:
                one.close()
            raise

    def _say(self, why: Exception) -> str:
        if isinstance(why, refused.KafkaTimeoutError):
            return f"no answer from the broker at {self._servers}"
        return f"the broker at {self._servers}: {str(why) or type(why).__name__}"


def _security(said: dict[str, str]) -> dict[str, Any]:
    """TLS and SASL settings under kafka-python's own names."""
    if unknown := sorted(set(said) - SECURITY):
        raise ValueError(f"kafka_security has no setting {', '.join(unknown)}; it knows {', '.join(sorted(SECURITY))}")
    security: dict[str, Any] = dict(said)
    if "ssl_check_hostname" in said:
        security["ssl_check_hostname"] = said["ssl_check_hostname"].lower() != "false"
    return security


class KafkaPublisher:
    """acks=all and idempotent. A producer that failed once is thrown away: what it still holds must not come later."""

    def __init__(self, broker: KafkaBroker, settings: BankSettings) -> None:
        self._broker = broker
        self._timeout_ms = settings.publish_timeout_ms
        self._producer: KafkaProducer | None = None
        self._closed = False

    def publish(self, records: Sequence[OutgoingRecord], timeout_s: float) -> list[Ack | NotAcked]:
        deadline = time.monotonic() + timeout_s
        if self._closed:
            return [NotAcked("the publisher is closed")] * len(records)
        try:
            producer = self._producer = self._producer or self._connect(min(timeout_s, CONNECT_S_MAX))
        except (refused.KafkaError, OSError) as why:
            return [NotAcked(self._broker._say(why))] * len(records)
        partitions = {topic: self._partitions(producer, topic) for topic in {record.topic for record in records}}
        sent = [self._send(producer, record, partitions[record.topic]) for record in records]
        with suppress(refused.KafkaError):  # each record says for itself below
            producer.flush(max(0.0, deadline - time.monotonic()))
        answers = [self._answer(one, deadline) for one in sent]
        lost = [one for one in answers if isinstance(one, NotAcked) and not one.final and one not in sent]
        if self._closed or lost:
            self._discard()
        return answers

    def close(self) -> None:
        """Also from another thread: a publish that waits then returns."""
        self._closed = True
        self._discard()

    def _connect(self, timeout_s: float) -> KafkaProducer:
        return self._broker._build(
            KafkaProducer,
            timeout_s,
            acks="all",
            enable_idempotence=True,  # said aloud, a conflicting setting raises instead of turning it off silently
            linger_ms=5,
            batch_size=128 * 1024,
            max_block_ms=int(CONNECT_S_MAX * 1000),
            request_timeout_ms=min(ANSWER_MS_MAX, self._timeout_ms // 2),
            delivery_timeout_ms=self._timeout_ms,
            metrics_enabled=False,
        )

    def _partitions(self, producer: KafkaProducer, topic: str) -> int | NotAcked:
        try:
            return len(producer.partitions_for(topic))
        except (refused.KafkaError, RuntimeError) as why:  # RuntimeError: closed meanwhile by another thread
            return NotAcked(f"there is no topic {topic}, or nobody leads it: {str(why) or type(why).__name__}")

    def _send(self, producer: KafkaProducer, record: OutgoingRecord, partitions: int | NotAcked) -> Any:
        if isinstance(partitions, NotAcked):
            return partitions
        try:
            return producer.send(
                record.topic,
                value=record.value,
                key=record.key,
                headers=list(record.headers),
                partition=_partition(record.key, partitions),
            )
        except (refused.KafkaError, RuntimeError, TypeError, ValueError) as why:
            return self._not_acked(why)

    def _answer(self, sent: Any, deadline: float) -> Ack | NotAcked:
        if isinstance(sent, NotAcked):
            return sent
        try:
            stored = sent.get(max(0.0, deadline - time.monotonic()))
        except refused.KafkaError as why:
            return self._not_acked(why)
        return Ack(stored.partition, stored.offset)

    def _not_acked(self, why: Exception) -> NotAcked:
        return NotAcked(str(why), final=True) if isinstance(why, NEVER) else NotAcked(self._broker._say(why))

    def _discard(self) -> None:
        producer, self._producer = self._producer, None
        if producer is None:
            return
        # close() alone waits for what can no longer be sent, and raises before it has closed anything.
        producer._sender.force_close()
        try:
            producer.close(timeout=0.5)
        except refused.KafkaError:
            producer._closed = True  # its thread ends by itself


class KafkaReader:
    """Reads assigned partitions from given offsets, without a consumer group: joining one costs seconds."""

    def __init__(self, broker: KafkaBroker, settings: BankSettings, topic: str, group: str) -> None:
        self._broker, self._topic, self._group = broker, topic, group
        self._wait_ms = settings.fetch_max_wait_ms
        self._consumer: KafkaConsumer | None = None
        self._monitor: KafkaAdminClient | None = None  # shares the consumer's connections and thread
        self._identity: TopicIdentity | None = None
        self._assigned: list[TopicPartition] = []
        self._unreached_since: float | None = None
        self._told_monitors_at = 0.0

    def open(self, timeout_s: float) -> TopicIdentity:
        self.close()
        try:
            self._consumer = self._broker._build(
                KafkaConsumer,
                min(timeout_s, CONNECT_S_MAX),
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="none",  # out of range is said (PositionLost), never jumped over
                fetch_max_wait_ms=self._wait_ms,  # an append ends the wait at once: a long one costs no latency
                fetch_max_bytes=FETCH_BYTES_MAX,
                request_timeout_ms=max(ANSWER_MS_MAX, self._wait_ms + 3_000),
                metrics_enabled=False,
            )
            known = self._consumer._cluster.set_topics([self._topic])
            with suppress(refused.UnknownTopicOrPartitionError):
                self._consumer._net.run(self._consumer._manager.wait_for, known, int(timeout_s * 1000))
            self._identity = self._seen_identity()
        except (refused.KafkaError, OSError) as why:
            self.close()
            raise BrokerAway(self._broker._say(why)) from why
        if self._identity is None:
            self.close()
            raise BrokerAway(f"there is no topic {self._topic}")
        return self._identity

    def assign(self, positions: dict[int, int | None]) -> None:
        consumer, partitions = self._opened(), {number: TopicPartition(self._topic, number) for number in positions}
        self._assigned = list(partitions.values())
        try:
            first = consumer.beginning_offsets(self._assigned, timeout_ms=ANSWER_MS_MAX)
            end = consumer.end_offsets(self._assigned, timeout_ms=ANSWER_MS_MAX)
            consumer.assign(self._assigned)
            for number, offset in positions.items():
                partition = partitions[number]
                start = first[partition] if offset is None else offset
                if not first[partition] <= start <= end[partition]:
                    raise PositionLost(
                        f"offset {start} of {self._topic}/{number} is not among {first[partition]} to {end[partition]}"
                    )
                consumer.seek(partition, start)
        except (refused.KafkaError, OSError) as why:
            raise BrokerAway(self._broker._say(why)) from why

    def poll(self, max_records: int, timeout_s: float) -> list[Record]:
        consumer = self._opened()
        try:
            found = consumer.poll(timeout_ms=int(timeout_s * 1000), max_records=max_records)
        except (refused.OffsetOutOfRangeError, refused.LogTruncationError) as why:
            raise PositionLost(f"{self._topic}: {why}") from why
        except (refused.KafkaError, OSError) as why:
            raise BrokerAway(self._broker._say(why)) from why
        if found:
            self._unreached_since = None
        self._check_identity()
        if not found:
            self._check_connection(consumer)
        return [
            Record(one.topic, one.partition, one.offset, one.key, one.value, tuple(one.headers), one.timestamp)
            for records in found.values()
            for one in records
        ]

    def lag(self) -> int | None:
        if self._consumer is None or not self._assigned:
            return None
        lag = 0
        for partition in self._assigned:
            state = self._consumer._subscription.assignment.get(partition)  # position() may go to the broker
            if state is None or state.position is None or state.highwater is None:
                return None
            lag += max(0, state.highwater - state.position.offset)
        return lag

    def behind(self) -> int:
        consumer = self._opened()
        try:
            ends = consumer.end_offsets(self._assigned, timeout_ms=ANSWER_MS_MAX)
        except (refused.KafkaError, OSError) as why:
            raise BrokerAway(self._broker._say(why)) from why
        self._check_identity()
        at = {one: consumer._subscription.assignment[one].position for one in self._assigned}
        return sum(max(0, end - at[one].offset) for one, end in ends.items() if at[one] is not None)

    def commit_for_monitors(self, positions: dict[int, int]) -> None:
        now = time.monotonic()
        if self._consumer is None or not positions or now - self._told_monitors_at < MONITOR_EVERY_S:
            return
        self._told_monitors_at = now
        consumer = self._consumer
        offsets = {TopicPartition(self._topic, n): OffsetAndMetadata(next_, "", -1) for n, next_ in positions.items()}
        try:
            if self._monitor is None:
                self._monitor = KafkaAdminClient(
                    kafka_client=lambda **_: consumer._client, bootstrap_timeout_ms=1_000, **self._broker._common
                )
            # Not waited for: on the same connection it would wait for the long poll.
            told = consumer._manager.call_soon(self._monitor._async_alter_group_offsets, self._group, offsets)
            told.add_errback(lambda _: consumer._cluster._coordinators.clear())  # another node may have it now
        except (refused.KafkaError, OSError, RuntimeError):
            self._monitor = None

    def close(self) -> None:
        consumer, self._consumer, self._monitor, self._identity = self._consumer, None, None, None
        self._assigned, self._unreached_since = [], None
        if consumer is not None:
            consumer.close(autocommit=False, timeout_ms=500)

    def _opened(self) -> KafkaConsumer:
        if self._consumer is None:
            raise BrokerAway("the reader is not open")
        return self._consumer

    def _seen_identity(self) -> TopicIdentity | None:
        cluster = self._opened()._cluster
        partitions, topic_id = cluster.partitions_for_topic(self._topic), cluster.topic_id(self._topic)
        if not partitions:
            return None
        return TopicIdentity(str(cluster.cluster_id), str(topic_id), self._topic, len(partitions))

    def _check_identity(self) -> None:
        seen = self._seen_identity()
        if seen is None:
            raise BrokerAway(f"there is no topic {self._topic} any more")
        if seen != self._identity:
            raise PositionLost(f"{self._topic} is another log now: {seen}, was {self._identity}")

    def _check_connection(self, consumer: KafkaConsumer) -> None:
        """kafka-python reconnects without a word; whoever waits for money wants to be told."""
        leaders = {consumer._cluster.leader_for_partition(partition) for partition in self._assigned}
        if all(consumer._client.connected(leader) for leader in leaders):
            self._unreached_since = None
            return
        now = time.monotonic()
        if self._unreached_since is None:
            self._unreached_since = now
        elif now - self._unreached_since >= UNREACHED_S:
            raise BrokerAway(f"no connection to the broker at {self._broker._servers}")
