"""Which broker comes of which word, and the words for those that cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from federation.brokers.broker import Broker, BrokerState
from federation.brokers.choose import broker_for
from federation.failure import ExitCode, Failure

HERE = {"folder": Path("/nowhere/broker"), "run": Path("/nowhere/run")}


@pytest.mark.parametrize(
    ("word", "kind", "ours"),
    [("kafka", "kafka", True), ("docker", "docker", True), ("kafka.school.test:9092,b:9093", "external", False)],
)
def test_each_word_has_its_broker(word: str, kind: str, ours: bool) -> None:
    broker: Broker = broker_for(word, **HERE)
    assert (broker.kind, broker.ours) == (kind, ours)
    assert broker.bootstrap() == ("127.0.0.1:18000" if ours else word)
    assert bool(broker.ports) is ours


def test_a_broker_that_was_never_started_is_down_and_has_nothing_to_say(tmp_path: Path) -> None:
    broker = broker_for("kafka", folder=tmp_path / "broker", run=tmp_path / "run", nodes=3)
    assert broker.state is BrokerState.DOWN
    assert broker.pids == ()
    assert broker.last_log_lines() == []
    assert len(broker.log_files) == 3
    broker.erase()
    assert list(tmp_path.iterdir()) == [], "looking at a broker makes no folder"


@pytest.mark.parametrize(
    ("word", "more", "words"),
    [
        ("kafak", {}, "there is no broker 'kafak'"),
        ("memory", {}, "there is no broker 'memory'"),
        ("localhost:", {}, "no address"),
        ("localhost:9092,:1", {}, "':1' is no address"),
        ("localhost:99999", {}, "no address"),
        ("localhost:9092", {"nodes": 3}, "--brokers 3"),
        ("docker", {"listeners": {"ALFA": 19_101}}, "--lab"),
        ("kafka", {"nodes": 5}, "5 nodes"),
    ],
)
def test_what_cannot_be_is_refused_in_words(word: str, more: dict[str, Any], words: str) -> None:
    with pytest.raises(Failure, match=words) as refused:
        broker_for(word, **HERE, **more)
    assert refused.value.code is ExitCode.USAGE
    assert refused.value.do


def test_a_broker_never_changes_its_size_on_old_data(tmp_path: Path) -> None:
    (tmp_path / "cluster.json").write_text('{"cluster_id": "x", "nodes": 3}', encoding="utf-8")
    with pytest.raises(Failure, match=r"3 node\(s\), not of 1") as refused:
        broker_for("kafka", folder=tmp_path, run=tmp_path).start()
    assert "--brokers 3" in refused.value.do


def test_a_node_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    broker = broker_for("kafka", folder=tmp_path, run=tmp_path)
    with pytest.raises(Failure, match="no node 2"):
        broker.kill(2)
