"""Asking who serves: one request on one socket, and no answer is None, never an exception."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

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
