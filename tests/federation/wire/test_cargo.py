"""What Produce and Fetch carry, and the addresses in answers, in the versions that clients negotiate."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

import pytest
from kafka.protocol.admin import DescribeClusterResponse
from kafka.protocol.consumer import FetchResponse
from kafka.protocol.metadata import FindCoordinatorResponse, MetadataResponse
from kafka.protocol.producer import ProduceRequest, ProduceResponse
from kafka.record.memory_records import MemoryRecordsBuilder

from federation.wire import cargo
from federation.wire.addresses import names_brokers, redirected, topic_names
from federation.wire.frames import Api, Side
from federation.wire.points import Moment, Point, Watch
from federation.wire.proxy import Proxy
from federation.wire.rules import Frames, Reset, Rule
from tests.support.fake_kafka import Caller, FakeBroker, played

UNKNOWN = "records passed whose topic only an id names, and no Metadata that passed says which it is"
MONEY = uuid.UUID(int=77)


def batches(*records: tuple[bytes | None, bytes | None], gzip: bool = False) -> bytes:
    made = MemoryRecordsBuilder(magic=2, compression_type=int(gzip), batch_size=100_000)
    for key, value in records:
        made.append(timestamp=0, key=key, value=value, headers=[])
    made.close()
    return bytes(made.buffer())


def encoded(message: Any, version: int) -> bytes:
    """With its header; as it stands in a frame."""
    message.API_VERSION = version
    message.with_header(correlation_id=5)
    return bytes(message.encode(header=True))


def produce(version: int, records: bytes, acks: int = -1) -> bytes:
    topic = ProduceRequest.TopicProduceData(
        name="money",
        topic_id=MONEY,
        partition_data=[ProduceRequest.TopicProduceData.PartitionProduceData(index=3, records=records)],
    )
    return encoded(ProduceRequest(transactional_id=None, acks=acks, timeout_ms=1, topic_data=[topic]), version)


def produced(version: int, base_offset: int, error: int = 0, **more: Any) -> bytes:
    Topic = ProduceResponse.TopicProduceResponse
    part = Topic.PartitionProduceResponse(index=3, error_code=error, base_offset=base_offset)
    topic = Topic(name="money", topic_id=MONEY, partition_responses=[part])
    return encoded(ProduceResponse(responses=[topic], throttle_time_ms=0, **more), version)


def fetched(version: int, records: bytes | None) -> bytes:
    Topic = FetchResponse.FetchableTopicResponse
    part = Topic.PartitionData(
        partition_index=3, error_code=0, high_watermark=9, aborted_transactions=None, records=records
    )
    topic = Topic(topic="money", topic_id=MONEY, partitions=[part])
    return encoded(FetchResponse(throttle_time_ms=0, error_code=0, session_id=1, responses=[topic]), version)


# the oldest that Kafka 4 takes, kafkajs' newest, the newest
@pytest.mark.parametrize("version", [3, 7, 13])
def test_a_produce_request_and_its_acks_are_read(version: int) -> None:
    names = {MONEY: "money"}
    (lot,) = cargo.of_produce(produce(version, batches((b"ALFA", b"one"), (None, b"two"))), version, names)
    assert (lot.topic, lot.partition) == ("money", 3)
    assert list(lot.records()) == [(b"ALFA", b"one"), (None, b"two")]
    acks = list(cargo.acked("ALFA", [lot], produced(version, 40), version, names, 8, bytes.decode))
    assert [(a.topic, a.partition, a.offset, a.at_us) for a in acks] == [("money", 3, 40, 8), ("money", 3, 41, 8)]
    assert [ack.name for ack in acks] == ["one", "two"]
    assert [ack.sha256 for ack in acks] == [hashlib.sha256(value).hexdigest() for value in (b"one", b"two")]
    assert list(cargo.acked("ALFA", [lot], produced(version, -1, error=6), version, names, 8, bytes.decode)) == []


@pytest.mark.parametrize("version", [4, 11, 18])
def test_a_fetch_answer_is_read_compressed_or_not(version: int) -> None:
    for gzip in (False, True):
        records = batches((b"ALFA", b"from BRVO"), gzip=gzip)
        (lot,) = cargo.of_fetch(fetched(version, records), version, {MONEY: "money"})
        assert lot.topic == "money"
        assert list(lot.records()) == [(b"ALFA", b"from BRVO")]
    assert cargo.of_fetch(fetched(version, None), version, {}) == []
    assert cargo.of_fetch(fetched(version, b""), version, {}) == []


def test_what_cannot_be_read_is_told() -> None:
    with pytest.raises(cargo.NotUnderstood, match="version 99"):
        cargo.of_produce(produce(13, b""), 99, {})
    broken = bytearray(batches((b"k", b"v" * 200), gzip=True))
    broken[70:80] = b"x" * 10
    with pytest.raises(cargo.NotUnderstood, match="records of money"):
        list(cargo.Lot("money", 0, bytes(broken)).records())


ANSWERS = [
    *[(Api.METADATA, version) for version in (0, 1, 6, 9, 12, 13)],
    *[(Api.FIND_COORDINATOR, version) for version in (0, 2, 3, 4, 6)],
    *[(Api.DESCRIBE_CLUSTER, version) for version in (0, 2)],
    *[(Api.PRODUCE, version) for version in (10, 13)],
    *[(Api.FETCH, version) for version in (16, 18)],
]


def answer_naming(api: Api, version: int, host: str, port: int) -> bytes:
    at = {"host": host, "port": port}
    if api is Api.METADATA:
        brokers = [MetadataResponse.MetadataResponseBroker(node_id=n, rack=None, **at) for n in (1, 2)]
        topic = MetadataResponse.MetadataResponseTopic(error_code=0, name="money", topic_id=MONEY, partitions=[])
        return encoded(MetadataResponse(brokers=brokers, cluster_id="c", controller_id=1, topics=[topic]), version)
    if api is Api.DESCRIBE_CLUSTER:
        brokers = [DescribeClusterResponse.DescribeClusterBroker(broker_id=n, rack=None, **at) for n in (1, 2)]
        return encoded(DescribeClusterResponse(error_code=0, cluster_id="c", controller_id=1, brokers=brokers), version)
    if api is Api.FIND_COORDINATOR:
        if version < 4:
            return encoded(FindCoordinatorResponse(error_code=0, node_id=1, **at), version)
        found = FindCoordinatorResponse.Coordinator(key="g", node_id=1, error_code=0, error_message=None, **at)
        return encoded(FindCoordinatorResponse(coordinators=[found]), version)
    if api is Api.PRODUCE:
        ends = [ProduceResponse.NodeEndpoint(node_id=1, rack=None, **at)]
        return produced(version, -1, error=6, node_endpoints=ends)
    ends = [FetchResponse.NodeEndpoint(node_id=1, rack=None, **at)]
    return encoded(FetchResponse(throttle_time_ms=0, error_code=0, responses=[], node_endpoints=ends), version)


@pytest.mark.parametrize(("api", "version"), ANSWERS)
def test_addresses_become_doors(api: Api, version: int) -> None:
    asked: list[tuple[str, int]] = []

    def door(host: str, port: int) -> tuple[str, int]:
        asked.append((host, port))
        return "127.0.0.1", 20_000

    assert names_brokers(api, version)
    came, wanted = (answer_naming(api, version, *at) for at in (("kafka.example", 9092), ("127.0.0.1", 20_000)))
    assert redirected(api, version, came, door)[0] == wanted
    assert set(asked) == {("kafka.example", 9092)}
    assert redirected(api, version, came, lambda host, port: (host, port))[0] is came


@pytest.mark.parametrize(("api", "version"), [(Api.PRODUCE, 9), (Api.FETCH, 15), (Api.API_VERSIONS, 4), (77, 0)])
def test_other_answers_name_nobody(api: int, version: int) -> None:
    assert not names_brokers(api, version)


def test_metadata_says_what_the_ids_of_topics_mean() -> None:
    answers = {version: answer_naming(Api.METADATA, version, "h", 1) for version in (9, 10)}
    said = {v: redirected(Api.METADATA, v, answer, lambda host, port: (host, port))[1] for v, answer in answers.items()}
    assert dict(topic_names(said[10], 10)) == {MONEY: "money"}
    assert dict(topic_names(said[9], 9)) == {}


@played
async def test_rules_watches_and_acks_know_the_topic() -> None:
    """Through a whole proxy, with ids in place of names: known from Metadata that passed."""

    def says(asked: bytes) -> bytes:
        api, version = asked[1], asked[3]
        if api == Api.METADATA:
            return answer_naming(Api.METADATA, version, "127.0.0.1", port)[4:]
        return (produced(version, 40) if api == Api.PRODUCE else fetched(version, batches((b"ALFA", b"x"))))[4:]

    told: list[tuple[Point, tuple[str, ...]]] = []

    def hear(point: Point, bank: str, moment: Moment) -> None:
        told.append((point, moment.names))

    async with FakeBroker(says) as listening:
        port = int(listening.address.split(":")[1])
        proxy = Proxy(acks_of="money", name_of=lambda value: f"the record {value.decode()}")
        caller = await Caller.of(proxy.open("ALFA", listening.address))
        other = proxy.lay(Rule(Reset(), Frames(Side.REQUEST, Api.PRODUCE, topic="gossip")))
        for point in (Point.PRODUCE_ANSWERED, Point.RECORDS_DELIVERED):
            proxy.watch(Watch(point, hear, nth=None, topic="money", carries=lambda key, value: key == b"ALFA"))
            proxy.watch(Watch(point, hear, nth=None, topic="gossip"))
            proxy.watch(Watch(point, hear, nth=None, carries=lambda key, value: key == b"BRVO"))
        metadata = bytes([0, Api.METADATA, 0, 12, 0, 0, 0, 5, 0xFF, 0xFF, 0])
        fetch = bytes([0, Api.FETCH, 0, 18, 0, 0, 0, 5, 0xFF, 0xFF, 0])
        for asked in (metadata, produce(13, batches((b"ALFA", b"x"), (b"ALFA", b"y"))), fetch):
            answer = await caller.ask(asked)
            assert answer is not None
            assert answer[0] == 5
        assert told == [
            (Point.PRODUCE_ANSWERED, ("the record x", "the record y")),
            (Point.RECORDS_DELIVERED, ("the record x",)),
        ]
        assert [(ack.bank, ack.topic, ack.partition, ack.offset, ack.name) for ack in proxy.acks] == [
            ("ALFA", "money", 3, 40, "the record x"),
            ("ALFA", "money", 3, 41, "the record y"),
        ]
        mine = proxy.lay(Rule(Reset(), Frames(Side.ANSWER, Api.FETCH, topic="money")))
        assert await caller.ask(fetch) is None
        assert (mine.bites, other.bites, proxy.trouble) == (1, 0, [])
        await proxy.close()


@played
async def test_who_stumbles_over_a_record_stops_nothing() -> None:
    def stumble(*of: object) -> Any:
        raise RecursionError("too deep")

    async with FakeBroker(lambda asked: produced(13, 40)[4:]) as listening:
        proxy = Proxy(acks_of="", name_of=stumble)
        caller = await Caller.of(proxy.open("ALFA", listening.address))
        watch = proxy.watch(Watch(Point.PRODUCE_ANSWERED, stumble, carries=stumble))
        assert await caller.ask(produce(13, batches((b"ALFA", b"x")))) is not None
        assert [ack.name for ack in proxy.acks] == [""]
        assert (watch.passed, proxy.trouble) == (0, [])
        assert proxy.notes == [UNKNOWN, "a record was too much for who looked into it: RecursionError('too deep')"]
        await proxy.close()
