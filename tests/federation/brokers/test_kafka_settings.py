"""The settings of a node as text: what stands in server.properties, and what is refused before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from federation.brokers.kafka_settings import Layout, server_properties
from federation.failure import Failure


def properties(layout: Layout, node: int = 1, data: str = "/data") -> dict[str, str]:
    return dict(line.split("=", 1) for line in server_properties(layout, node, Path(data)).splitlines())


def test_one_node_keeps_one_copy_and_listens_on_loopback_only() -> None:
    found = properties(Layout(18_000))
    assert found["listeners"] == "PLAINTEXT://127.0.0.1:18000,CONTROLLER://127.0.0.1:18003"
    assert found["advertised.listeners"] == "PLAINTEXT://127.0.0.1:18000"
    assert found["controller.quorum.voters"] == "1@127.0.0.1:18003"
    assert found["offsets.topic.replication.factor"] == found["min.insync.replicas"] == "1"
    assert found["auto.create.topics.enable"] == "false"
    assert found["broker.session.timeout.ms"] == "2000"


def test_three_nodes_keep_three_copies_and_know_each_other() -> None:
    layout = Layout(18_000, nodes=3)
    found = properties(layout, 2)
    assert found["node.id"] == "2"
    assert found["listeners"] == "PLAINTEXT://127.0.0.1:18001,CONTROLLER://127.0.0.1:18004"
    assert found["controller.quorum.voters"] == "1@127.0.0.1:18003,2@127.0.0.1:18004,3@127.0.0.1:18005"
    assert found["default.replication.factor"] == "3"
    assert found["min.insync.replicas"] == "2"
    assert layout.bootstrap() == "127.0.0.1:18000,127.0.0.1:18001,127.0.0.1:18002"
    assert len({port for node in (1, 2, 3) for port in layout.ports_of(node)}) == 6


def test_in_the_lab_a_bank_calls_what_its_listener_advertises() -> None:
    layout = Layout(18_000, 1, {"ALFA": 19_101, "B027": 19_102}, {"ALFA": "127.0.0.1:19201"})
    found = properties(layout)
    assert "ALFA://127.0.0.1:19101,B027://127.0.0.1:19102" in found["listeners"]
    assert "ALFA://127.0.0.1:19201,B027://127.0.0.1:19102" in found["advertised.listeners"]
    assert "ALFA:PLAINTEXT,B027:PLAINTEXT" in found["listener.security.protocol.map"]
    assert layout.bootstrap("ALFA") == "127.0.0.1:19201"
    assert layout.listener("ALFA") == "127.0.0.1:19101"
    assert layout.bootstrap("B027") == layout.listener("B027") == "127.0.0.1:19102"
    assert layout.bootstrap("CHRL") == layout.bootstrap() == "127.0.0.1:18000"
    assert layout.ports_of(1) == (18_000, 18_003, 19_101, 19_102)


def test_a_folder_with_strange_letters_is_written_as_java_reads_it() -> None:
    assert properties(Layout(18_000), data="/home/Zoë\\x 1/🏦")["log.dirs"] == (
        "/home/Zo\\u00eb\\u005cx\\u00201/\\ud83c\\udfe6"
    )


@pytest.mark.parametrize(
    ("layout", "words"),
    [
        ({"nodes": 2}, "2 nodes"),
        ({"nodes": 3, "listeners": {"ALFA": 19_101}}, "three nodes"),
        ({"advertised": {"ALFA": "127.0.0.1:19201"}}, "ALFA, which has no listener"),
    ],
)
def test_what_cannot_be_is_refused_in_words(layout: dict[str, object], words: str) -> None:
    with pytest.raises(Failure, match=words) as refused:
        Layout(18_000, **layout)  # type: ignore[arg-type]
    assert refused.value.do
