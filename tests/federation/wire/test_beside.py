"""The proxy in a thread of its own, used by callers without a loop."""

from __future__ import annotations

import socket
import threading

import pytest

from federation.failure import Failure
from federation.wire.beside import ProxyBeside
from federation.wire.frames import Api, Side, framed
from federation.wire.points import Moment, Point, Watch
from federation.wire.rules import Closed, Frames, Hold, Rule
from tests.support.fake_kafka import request


def test_a_caller_without_a_loop_opens_lays_watches_heals_and_closes() -> None:
    before = threading.active_count()
    told = list[tuple[Point, str]]()

    def hear(point: Point, bank: str, moment: Moment) -> None:
        told.append((point, bank))

    with socket.create_server(("127.0.0.1", 0)) as broker, ProxyBeside(seed=3) as wire:
        broker.settimeout(20)
        host, port = wire.open("ALFA", f"127.0.0.1:{broker.getsockname()[1]}").split(":")
        held = wire.lay(Rule(Hold(), Frames(Side.REQUEST, Api.OFFSET_COMMIT)))
        watch = wire.watch(Watch(Point.COMMIT_SEEN, hear, "ALFA", nth=None))
        with socket.create_connection((host, int(port)), 20) as bank:
            asked = framed(request(1, Api.OFFSET_COMMIT))
            bank.sendall(asked)
            accepted, _ = broker.accept()
            with accepted:
                while not held.bites:
                    pass
                assert told == [(Point.COMMIT_SEEN, "ALFA")]
                wire.unwatch(watch)
                wire.heal()
                assert accepted.recv(100) == asked
    wire.close()  # a second time does nothing
    assert threading.active_count() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), 20)


def test_who_is_told_may_act_on_it_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as broker, ProxyBeside() as wire:
        host, port = wire.open("ALFA", f"127.0.0.1:{broker.getsockname()[1]}").split(":")
        wire.watch(Watch(Point.COMMIT_SEEN, lambda point, bank, moment: wire.lay(Rule(Closed())), "ALFA"))
        with socket.create_connection((host, int(port)), 20) as bank:
            bank.sendall(framed(request(1, Api.OFFSET_COMMIT)))
            with pytest.raises(ConnectionResetError):
                bank.recv(100)


def test_what_fails_in_the_loop_is_raised_here() -> None:
    with ProxyBeside() as wire, pytest.raises(Failure, match="no address"):
        wire.open("ALFA", "nowhere")
