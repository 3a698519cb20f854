"""Lines and doors: closed, flapping, slow to close, away; and what is left when the proxy has been closed."""

from __future__ import annotations

import asyncio
import errno
import socket
from contextlib import suppress

import psutil
import pytest

from federation.failure import Failure
from federation.wire import door as door_module
from federation.wire import proxy as proxy_module
from federation.wire.frames import Side
from federation.wire.proxy import Proxy
from federation.wire.rules import Closed, Delay, Drop, Flap, Frames, Hold, Pace, Reset, Rule, SlowClose
from tests.support.fake_kafka import Caller, FakeBroker, a_wire, played, request, until


@played
async def test_the_other_end_hears_late_that_a_line_was_closed() -> None:
    async with a_wire() as wire:
        caller = await wire.call()
        slow = wire.proxy.lay(Rule(SlowClose(3600.0), bank="ALFA"))
        assert await caller.ask(request(1)) is not None
        await caller.hang_up()
        await until(lambda: slow.bites)
        assert (wire.broker.ended, wire.proxy.lines) == (0, 1)
        wire.proxy.heal()
        await until(lambda: wire.broker.ended)


@played
async def test_a_closed_door_refuses_cuts_and_opens_again_at_the_same_address() -> None:
    async with a_wire() as wire:
        caller, neighbour = await wire.call(), await wire.call("BRVO")
        assert await caller.ask(request(1)) is not None
        before = wire.proxy.address("ALFA")
        first, second = (wire.proxy.lay(Rule(Closed(), bank="ALFA")) for _ in range(2))
        assert await caller.answer() is None
        assert await neighbour.ask(request(1)) is not None
        for rule in (first, second):
            with pytest.raises(ConnectionRefusedError):
                await wire.call()
            wire.proxy.end(rule)
        assert wire.proxy.address("ALFA") == before
        assert await (await wire.call()).ask(request(2)) == (2, b"yes: ")
        assert (first.bites, wire.proxy.traffic("ALFA").cut) == (1, 1)


@played
async def test_a_door_made_while_they_are_closed_opens_with_the_others() -> None:
    async with a_wire() as wire:
        away = wire.proxy.lay(Rule(Closed()))
        wire.proxy.open("ALFA", wire.broker.address)
        added = wire.proxy.address("ALFA").split(",")[1]
        with pytest.raises(ConnectionRefusedError):
            await Caller.of(added)
        wire.proxy.end(away)
        assert await (await Caller.of(added)).ask(request(1)) is not None


@played
async def test_a_flapping_link_comes_and_goes() -> None:
    async with a_wire() as wire:
        caller = await wire.call()
        often = wire.proxy.lay(Rule(Flap(off_s=0.001, on_s=0.001)))
        assert await caller.answer() is None
        await until(lambda: often.bites > 3)
        wire.proxy.end(often)
        comes = wire.proxy.lay(Rule(Flap(off_s=0.001, on_s=3600.0), bank="ALFA"))
        await until(lambda: not wire.proxy.is_shut("ALFA"))
        assert await (await wire.call()).ask(request(1)) is not None
        goes = wire.proxy.lay(Rule(Flap(off_s=3600.0), bank="ALFA"))
        with pytest.raises(ConnectionRefusedError):
            await wire.call()
        wire.proxy.heal()
        assert await (await wire.call()).ask(request(2)) == (2, b"yes: ")
        assert (comes.bites, goes.bites) == (1, 1)


@played
async def test_a_rule_has_its_time() -> None:
    async with a_wire() as wire:
        caller = await wire.call()
        later = wire.proxy.lay(Rule(Drop(), Frames(Side.ANSWER), "ALFA", after_s=3600.0))
        bites = 0
        while not bites:  # its time may be over before this machine finds some for us
            short = wire.proxy.lay(Rule(Hold(), Frames(Side.ANSWER), "ALFA", for_s=0.02))
            assert await caller.ask(request(1)) == (1, b"yes: ")
            bites = short.bites
        assert short.over.is_set()
        assert later.bites == 0
        soon = wire.proxy.lay(Rule(Reset(), Frames(Side.REQUEST), "ALFA", after_s=0.005))
        while await caller.ask(request(2)):
            pass
        assert soon.bites == 1


@played
async def test_a_caller_who_was_not_served_yet_is_hung_up_on_too() -> None:
    for turns in range(8):  # of the loop: each finds the caller in another state, from waiting to connected
        async with a_wire() as wire:
            host, port = wire.proxy.address("ALFA").split(":")
            with socket.create_connection((host, int(port)), 20) as caller:
                for _ in range(turns):
                    await asyncio.sleep(0)
                await wire.proxy.close()
                with suppress(ConnectionResetError):
                    assert caller.recv(1) == b""


@played
async def test_a_broker_that_is_away_is_no_trouble_of_the_proxy() -> None:
    async with a_wire() as wire:
        caller = await wire.call()
        assert await caller.ask(request(1)) is not None
        wire.broker.hang_up()
        assert await caller.answer() is None
        wire.broker.stop_listening()
        assert await (await wire.call()).answer() is None
        assert wire.proxy.traffic("ALFA").refused == 1
        await until(lambda: wire.proxy.lines == 0)


def test_a_bank_that_opens_line_after_line_leaves_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy_module, "LINES_MAX", 5)

    @played
    async def story() -> None:
        async with a_wire() as wire:
            callers = [await wire.call() for _ in range(7)]
            await until(lambda: wire.proxy.notes)
            assert [await caller.answer() for caller in callers[5:]] == [None] * 2
            assert wire.proxy.notes == ["ALFA wanted more than 5 lines at once"]
            assert await (await wire.call("BRVO")).ask(request(1)) is not None
            assert await callers[0].ask(request(1)) is not None

    story()


def test_a_grader_without_file_numbers_lets_callers_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    class Listening:
        def __init__(self, real: socket.socket) -> None:
            self.real, self.failing = real, 3

        def __getattr__(self, name: str) -> object:
            return getattr(self.real, name)

        def accept(self) -> object:
            self.failing -= 1
            if self.failing >= 0:
                raise OSError(errno.EMFILE, "too many open files")
            return self.real.accept()

    real = door_module._listening_on
    monkeypatch.setattr(door_module, "_listening_on", lambda port: Listening(real(port)))

    @played
    async def story() -> None:
        async with a_wire() as wire:
            assert await (await wire.call()).ask(request(1)) is not None

    story()


@played
async def test_the_port_of_a_shut_door_is_nobody_elses_until_it_is_closed_for_good() -> None:
    async with a_wire() as wire:
        port = int(wire.proxy.address("ALFA").split(":")[1])
        for _ in range(3):
            caller = await wire.call()
            away = wire.proxy.lay(Rule(Closed()))
            assert await caller.answer() is None
            with pytest.raises(OSError, match="in use"):
                listen_there(port)
            wire.proxy.end(away)
            assert await (await wire.call()).ask(request(1)) is not None
        wire.proxy.lay(Rule(Closed()))
        assert wire.proxy.trouble == []
        await wire.proxy.close()
        listen_there(port)


def listen_there(port: int) -> None:
    """As anybody else would who looks for a port."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()


@played
async def test_a_taken_port_is_told_in_words() -> None:
    async with FakeBroker() as broker:
        proxy = Proxy()
        with pytest.raises(Failure, match="cannot listen on port"):
            proxy.open("ALFA", broker.address, int(broker.address.split(":")[1]))
        with pytest.raises(Failure, match="no address of a broker"):
            proxy.open("ALFA", "somewhere")
        await proxy.close()


@played
async def test_closing_leaves_no_task_and_no_socket_whatever_is_going_on() -> None:
    me = psutil.Process()
    async with FakeBroker() as broker:
        before = me.num_fds()
        for act in (Hold(), Delay(3600.0), Drop(), Pace(0.001, 1)):
            proxy = Proxy()
            caller = await Caller.of(proxy.open("ALFA", broker.address))
            laid = proxy.lay(Rule(act, Frames(Side.ANSWER, count=None), "ALFA"))
            proxy.lay(Rule(SlowClose(3600.0), after_s=3600.0))
            proxy.lay(Rule(Flap(3600.0, 3600.0), bank="NOBD"))
            caller.send(request(1, body=b"x" * 100_000))
            await until(lambda laid=laid: laid.bites)
            await proxy.close()
            await caller.hang_up()
            await until(lambda: not broker.lines)
            assert proxy.lines == 0
            assert me.num_fds() == before
