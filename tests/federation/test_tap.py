"""TopicTap and `bankfed topic`: watching the topic without touching it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from federation.checkup.running import broker
from federation.cli import main
from federation.cli.show import Paint
from federation.cli.topic import about, as_json, line, until_quiet, whole
from federation.client import TRANSFERS_TOPIC, TapRecord, TopicTap, _tapped, topic_facts
from federation.failure import Failure
from federation.spec import BankSpec, BrokerSpec, FederationSpec
from tests.support.kafka import KafkaForTests, free_ports

REQUEST = {
    "type": "transfer.requested",
    "transaction_id": "t-1",
    "from_bank": "ALFA",
    "to_bank": "BRVO",
    "amount_minor": 1250,
    "currency": "EUR",
}


def a_record(body: object) -> TapRecord:
    return TapRecord(3, 7, 1_795_255_200_000, "BRVO", {"ce_type": "transfer.requested"}, body)


def test_a_record_is_a_line_of_words() -> None:
    words = line(a_record(REQUEST), Paint(False)).split(" ", 1)[1]
    assert words == "p3@7 transfer.requested ALFA → BRVO 12.50 EUR t-1"
    refused = {
        **REQUEST,
        "type": "transfer.rejected",
        "reason": {"code": "AC04", "text": "closed"},
        "amount_minor": None,
    }
    assert line(a_record(refused), Paint(False)).endswith("transfer.rejected ALFA → BRVO AC04 closed t-1")


@pytest.mark.parametrize(
    "body", ["", "\x00 not json", 17, ["a"], {}, {"amount_minor": "x", "reason": 5, "currency": []}]
)
def test_no_record_whatever_breaks_the_watcher(body: object) -> None:
    assert line(a_record(body), Paint(False))
    assert not about(a_record(body), "t-1")


@pytest.mark.parametrize("levels", [3, 150, 250, 400, 960, 990, 5_000])
def test_a_record_nested_however_deep_can_be_shown(levels: int) -> None:
    value = b'{"transaction_id":"t-1","a":%b}' % (b"[" * levels + b"]" * levels)
    record = _tapped(SimpleNamespace(partition=3, offset=7, timestamp=0, key=b"BRVO", value=value, headers=[]))
    assert isinstance(record.body, dict) == (levels < 200)
    assert whole(record, Paint(False)).count("[") >= levels
    assert json.dumps({"ok": True, "records": [as_json(record)]})


def test_a_broker_that_is_away_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="the broker does not answer"):
        TopicTap(f"127.0.0.1:{free_ports(1)}", TRANSFERS_TOPIC, timeout_s=0.6)


@pytest.fixture
def data(kafka: KafkaForTests, tmp_path: Path) -> Iterator[Path]:
    """A data folder whose broker is the session's, with three records on the money topic."""
    from kafka import KafkaProducer
    from kafka.admin import KafkaAdminClient

    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    admin.create_topics({"tapped": {"num_partitions": 4, "replication_factor": 1}})
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all")
    for number, value in enumerate((json.dumps(REQUEST).encode(), b"\xff\x00", None)):
        producer.send("tapped", key=b"BRVO", value=value, headers=[("ce_id", b"e")], partition=number).get(10)
    producer.close()
    spec = FederationSpec("f", 1, (BankSpec("ALFA", 8001),), BrokerSpec(kind=kafka.bootstrap))
    (tmp_path / "federation.json").write_text(json.dumps(spec.as_json()))
    yield tmp_path
    admin.delete_topics(["tapped"])
    admin.close()


def groups(kafka: KafkaForTests) -> set[str]:
    """Every consumer group the broker knows."""
    from kafka.admin import KafkaAdminClient

    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    try:
        return {group["group_id"] for group in admin.list_groups()}
    finally:
        admin.close()


@pytest.mark.kafka
def test_the_tap_sees_every_record_and_leaves_no_trace(data: Path, kafka: KafkaForTests) -> None:
    groups_before = groups(kafka)
    with TopicTap(kafka.bootstrap, "tapped") as tap:
        records = sorted(until_quiet(tap.from_start()), key=lambda record: record.partition)
    assert [record.body for record in records] == [REQUEST, "\ufffd\x00", ""]
    assert [(record.key, record.headers) for record in records] == [("BRVO", {"ce_id": "e"})] * 3
    assert groups(kafka) == groups_before


@pytest.mark.kafka
def test_the_facts_of_a_topic_are_told(data: Path, kafka: KafkaForTests) -> None:
    brokers, facts = topic_facts(kafka.bootstrap, "tapped")
    assert facts is not None
    assert (brokers, facts.partitions, facts.replicas) == (1, 4, 1)
    assert facts.settings["cleanup.policy"] == "delete"
    assert topic_facts(kafka.bootstrap, "mistyped") == (1, None)
    assert next(iter(broker(kafka.bootstrap))).level == "ok"


@pytest.mark.kafka
def test_show_finds_the_records_of_one_transfer(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["topic", "show", "t-1", "--topic", "tapped", "--json", "--data", str(data)]) == 0
    records = json.loads(capsys.readouterr().out)["records"]
    assert [record["body"] for record in records] == [REQUEST]
    assert main(["topic", "show", "t-2", "--topic", "tapped", "--data", str(data)]) == 1
    assert "no record of it" in capsys.readouterr().out


@pytest.mark.kafka
def test_a_topic_that_is_not_there_is_said_and_not_made(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert main(["topic", "tail", "--topic", "mistyped", "--data", str(data)]) == 1
        assert "there is no topic mistyped" in capsys.readouterr().err
