"""The load generator counts every answer, and asks again where a server hung up."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from federation.bench.load import HOST, Schedule, drive, request
from federation.bench.served import free_port

ANSWER = b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok"


@contextmanager
def _server(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A listening socket; each connection is served by a thread of its own."""
    listener = socket.create_server((HOST, free_port()))
    threads: list[threading.Thread] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=serve, args=(connection,))
            thread.start()
            threads.append(thread)

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()
        for thread in threads:
            thread.join()


def _answer(connection: socket.socket, times: int = 1_000_000) -> None:
    with connection:
        for _ in range(times):
            if not connection.recv(4096):
                return
            connection.sendall(ANSWER)


def test_every_request_is_answered_once() -> None:
    heard: list[bytes] = []
    with _server(_answer) as port:
        load = drive(port, [request("/x", b"{}")] * 50, 4, heard.append)
    assert load.statuses == {202: 50}
    assert len(load.seconds) == 50
    assert heard == [b"ok"] * 50
    assert load.errors == 0


def test_a_server_that_hangs_up_is_asked_again() -> None:
    with _server(lambda connection: _answer(connection, 3)) as port:
        load = drive(port, [request("/x", b"{}")] * 10, 1)
    assert load.statuses == {202: 10}


def test_a_server_that_hangs_up_while_nothing_is_asked_is_asked_what_comes_next() -> None:
    with _server(lambda connection: _answer(connection, 1)) as port:
        load = drive(port, [request("/x", b"{}")] * 6, 2, per_second=200.0)
    assert load.statuses == {202: 6}


def test_at_a_pace_each_request_has_its_own_moment() -> None:
    schedule = Schedule(per_second=4)
    schedule.begin(100.0)
    assert [schedule.wait_s(now) for now in (100.0, 100.0, 100.6, 100.6)] == pytest.approx([0.0, 0.25, 0.0, 0.15])
    assert Schedule(None).wait_s(7.0) == 0.0


def test_a_request_is_whole() -> None:
    assert request("/x", b"{}", [("Idempotency-Key", "k")]) == (
        b"POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
        b"Idempotency-Key: k\r\n\r\n{}"
    )
