"""Asking who serves: one request on one socket, and no answer is None, never an exception."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from kafka.protocol.admin import DescribeClusterResponse

from federation.brokers import cluster
from federation.failure import Failure

Say = Callable[[bytes], str]


@pytest.fixture
def say() -> Iterator[Say]:
    """`say(reply)` listens once, answers any request with these bytes, hangs up; returns its address."""
    open_sockets: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def listen(reply: bytes) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        open_sockets.append(server)

        def answer() -> None:
            line, _ = server.accept()
            with line, suppress(OSError):  # who asked may hang up on an answer it cannot read
                line.recv(1000)
                for i in range(0, len(reply), 7):  # in pieces, as networks do
                    line.sendall(reply[i : i + 7])

        threads.append(threading.Thread(target=answer))
        threads[-1].start()
        return f"127.0.0.1:{server.getsockname()[1]}"

    yield listen
    for thread in threads:
        thread.join(5)
    for server in open_sockets:
        server.close()


def described(error_code: int = 0) -> bytes:
    node = DescribeClusterResponse.DescribeClusterBroker(broker_id=1, host="kafka.test", port=9092, rack=None)
    reply = DescribeClusterResponse(
        version=0,
        throttle_time_ms=0,
        error_code=error_code,
        error_message=None,
        cluster_id="abc",
        controller_id=1,
        brokers=[node],
        authorized_operations=set(),
    )
    reply.with_header(correlation_id=1)
    return bytes(reply.encode(header=True, framed=True))


def test_a_node_says_who_serves(say: Say) -> None:
    assert cluster.ask(say(described())) == cluster.Answer("abc", {1: "kafka.test:9092"})


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"\0",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\0\0\0\5\0\0\0\1",
        b"\0\0\0\4\0\0\0\1",
        described(error_code=41),
    ],
    ids=["hangs up", "one byte", "http", "cut short", "empty", "an error"],
)
def test_what_is_no_answer_is_none(say: Say, reply: bytes) -> None:
    assert cluster.ask(say(reply)) is None


def test_nobody_there_is_none() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        assert cluster.ask(address, 0.5) is None
        before = threading.active_count()
        with pytest.raises(Failure, match="does not answer"), cluster.admin(address, 0.2):
            pass
        assert threading.active_count() == before, "the client that could not be made left its thread"


class SlowToHear:
    """The admin of a cluster whose nodes hear late of what its controller has done."""

    def __init__(self, *later: dict[str, Any]) -> None:
        self.later = [topic("before"), *later]  # what is told of the topic, one answer after the other

    def describe_topics(self, _names: list[str]) -> list[dict[str, Any]]:
        return [self.later.pop(0) if len(self.later) > 1 else self.later[0]]

    def describe_configs(self, *_: Any, **__: Any) -> Any:
        return {"topic": {"money": {}}}

    def delete_topics(self, names: list[str]) -> None: ...
    def create_topics(self, wanted: dict[str, Any]) -> None: ...
    def wait_for_topics(self, names: list[str]) -> None: ...


def topic(id_: str, leader: int = 1, error: int = 0) -> dict[str, Any]:
    partitions = [{"replica_nodes": [1], "leader_id": leader, "error_code": 0 if leader >= 0 else 5}]
    return {"name": "money", "topic_id": id_, "error_code": error, "partitions": partitions}


def test_a_topic_is_wiped_when_a_node_serves_the_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The old one may still be shown for a moment, then none, then one that nobody leads yet."""
    client = SlowToHear(topic("before"), topic("", error=3), topic("after", leader=-1), topic("after"))

    @contextmanager
    def admin(*_: Any) -> Iterator[SlowToHear]:
        yield client

    monkeypatch.setattr(cluster, "admin", admin)
    monkeypatch.setattr(cluster.time, "sleep", lambda _seconds: None)
    assert cluster.wipe_topic("anywhere", "money") == "after"
    assert len(client.later) == 1, "all of it was waited for"
