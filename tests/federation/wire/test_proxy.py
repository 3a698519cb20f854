"""What passes between a client and a broker that speak nothing but frames, and what a rule makes of it."""

from __future__ import annotations

import asyncio

import pytest

from federation.wire.frames import Api, Side
from federation.wire.proxy import Proxy
from federation.wire.rules import (
    Act,
    Closed,
    Delay,
    Drop,
    Frames,
    Half,
    Hold,
    Pace,
    Reset,
    Rule,
    vanishing,
)
from tests.support.fake_kafka import Caller, FakeBroker, a_wire, played, request, until

SECOND_ANSWER = Frames(Side.ANSWER, Api.PRODUCE, first=2)


def of(act: Act, frames: Frames | None = SECOND_ANSWER, bank: str = "ALFA") -> Rule:
    return Rule(act, frames, bank)


@played
async def test_frames_pass_as_they_are_and_in_order() -> None:
    async with a_wire() as wire:
        caller = await wire.call()
        bodies = [bytes([number]) * number * 1000 for number in range(50)]
        for number, body in enumerate(bodies):
            caller.send(request(number, body=body))
        assert [await caller.answer() for _ in bodies] == [(n, b"yes: " + body) for n, body in enumerate(bodies)]
        assert wire.broker.heard == [request(number, body=body) for number, body in enumerate(bodies)]
        traffic = wire.proxy.traffic("ALFA")
        assert (traffic.lines, traffic.requests, traffic.answers) == (1, {Api.PRODUCE: 50}, {Api.PRODUCE: 50})
        assert traffic.longest_s[Api.PRODUCE] > 0
        assert wire.proxy.traffic("BRVO").lines == 0
        await caller.hang_up()
        await until(lambda: wire.broker.ended == 1 and wire.proxy.lines == 0)


@played
async def test_a_dropped_answer_takes_all_behind_it_along_and_healing_cuts_the_line() -> None:
    async with a_wire() as wire:
        caller, neighbour = await wire.call(), await wire.call("BRVO")
        lost = wire.proxy.lay(of(Drop()))
        assert await caller.ask(request(1)) == (1, b"yes: ")
        caller.send(request(2))
        caller.send(request(3))
        assert await caller.hears_nothing(until(lambda: len(wire.broker.heard) == 3))
        assert await neighbour.ask(request(7)) == (7, b"yes: ")
        assert lost.bites == 1
        assert lost.first_us == lost.last_us
        assert wire.proxy.waiting_s("ALFA") > 0  # the broker has answered, and the bank waits
        wire.proxy.heal()
        assert await caller.answer() is None
        again = await wire.call()
        assert [await again.ask(request(n)) for n in (1, 2, 3)] == [(n, b"yes: ") for n in (1, 2, 3)]


@played
async def test_a_dropped_request_never_reaches_the_broker() -> None:
    async with a_wire() as wire:
        caller = await wire.call()
        lost = wire.proxy.lay(of(Drop(), Frames(Side.REQUEST, Api.PRODUCE, first=2)))
        assert await caller.ask(request(1)) == (1, b"yes: ")
        caller.send(request(2))
        assert await caller.hears_nothing(until(lambda: lost.bites))
        assert wire.broker.correlations == [1]


@played
async def test_a_reset_at_the_third_answer_hits_only_that_api_and_that_bank() -> None:
    async with a_wire() as wire:
        caller, neighbour = await wire.call(), await wire.call("BRVO")
        cut = wire.proxy.lay(of(Reset(), Frames(Side.ANSWER, Api.PRODUCE, first=3)))
        for number in (1, 2):
            assert await caller.ask(request(number)) == (number, b"yes: ")
            assert await caller.ask(request(10 + number, Api.OFFSET_FETCH)) is not None
            assert await neighbour.ask(request(number)) is not None
        assert await caller.ask(request(3)) is None
        assert wire.broker.correlations[-1] == 3  # only the answer was lost
        assert await neighbour.ask(request(3)) is not None
        assert await (await wire.call()).ask(request(4)) == (4, b"yes: ")
        assert (cut.bites, wire.proxy.traffic("ALFA").cut, wire.proxy.traffic("ALFA").lines) == (1, 1, 2)


@played
async def test_frames_behind_a_reset_are_nobodys_nth() -> None:
    async with a_wire() as wire:
        cut = wire.proxy.lay(of(Reset(), Frames(Side.REQUEST, Api.PRODUCE, count=3)))
        for nth in (1, 2, 3):
            caller = await wire.call()
            for number in range(5):
                caller.send(request(number))
            assert await caller.answer() is None
            assert cut.bites == nth
        assert await (await wire.call()).ask(request(9)) is not None
        assert wire.broker.correlations == [9]


@played
async def test_a_reset_that_waits_behind_something_else_does_not_outlive_healing() -> None:
    async with a_wire() as wire:
        caller = await wire.call()
        held = wire.proxy.lay(of(Hold(), Frames(Side.ANSWER)))
        wire.proxy.lay(of(Reset()))
        caller.send(request(1))
        caller.send(request(2))
        await until(lambda: held.bites and wire.proxy.traffic("ALFA").answers[Api.PRODUCE] == 2)
        wire.proxy.heal()
        assert wire.proxy.traffic("ALFA").cut == 1
        await until(lambda: wire.proxy.lines == 0)
        assert await (await wire.call()).ask(request(3)) == (3, b"yes: ")


@played
async def test_half_a_request_arrives_and_nothing_more() -> None:
    async with a_wire() as wire:
        caller = await wire.call()
        half = wire.proxy.lay(of(Half(), Frames(Side.REQUEST)))
        assert await caller.ask(request(1, body=b"x" * 988)) is None
        await until(lambda: wire.broker.ended)
        assert wire.broker.heard == []
        assert len(wire.broker.raw) == 1000 // 2 - 4
        assert half.bites == 1


@played
async def test_half_an_answer_arrives_and_nothing_more() -> None:
    async with a_wire() as wire:
        caller = await wire.call()
        wire.proxy.lay(of(Half(), Frames(Side.ANSWER)))
        caller.send(request(1, body=b"x" * 983))
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await caller.reader.readexactly(1000)
        assert wire.broker.correlations == [1]


@played
async def test_what_is_held_comes_in_order_when_it_is_released() -> None:
    async with a_wire() as wire:
        caller = await wire.call()
        held = wire.proxy.lay(of(Hold()))
        assert await caller.ask(request(1)) == (1, b"yes: ")
        caller.send(request(2))
        caller.send(request(3))
        assert await caller.hears_nothing(until(lambda: len(wire.broker.heard) == 3))
        assert held.bites == 1
        wire.proxy.end(held)
        assert [await caller.answer(), await caller.answer()] == [(2, b"yes: "), (3, b"yes: ")]


@played
async def test_a_request_of_one_who_died_arrives_late() -> None:
    async with a_wire() as wire:
        caller = await wire.call()
        held = wire.proxy.lay(of(Hold(), Frames(Side.REQUEST)))
        caller.send(request(1))
        await until(lambda: held.bites)
        await caller.hang_up()
        assert wire.broker.heard == []
        wire.proxy.heal()
        await until(lambda: wire.broker.heard)


@played
async def test_a_delay_ends_when_its_rule_does() -> None:
    async with a_wire() as wire:
        caller = await wire.call()
        late = wire.proxy.lay(of(Delay(3600.0), Frames(Side.ANSWER, count=None)))
        caller.send(request(1))
        caller.send(request(2))
        assert await caller.hears_nothing(until(lambda: late.bites == 2))
        wire.proxy.heal()
        assert [await caller.answer(), await caller.answer()] == [(1, b"yes: "), (2, b"yes: ")]


@played
async def test_latency_keeps_the_order_and_does_not_add_up() -> None:
    async with a_wire(seed=5) as wire:
        caller = await wire.call()
        late = wire.proxy.lay(of(Delay(0.02, 0.02), Frames(Side.ANSWER, count=None)))
        begun = asyncio.get_running_loop().time()
        for number in range(40):
            caller.send(request(number))
        assert [await caller.answer() for _ in range(40)] == [(number, b"yes: ") for number in range(40)]
        assert asyncio.get_running_loop().time() - begun >= 0.02
        assert late.bites == 40


@pytest.mark.parametrize("side", Side)
def test_one_way_only_holds_on_new_lines_too(side: Side) -> None:
    @played
    async def story() -> None:
        async with a_wire() as wire:
            gone = wire.proxy.lay(vanishing(side, "ALFA"))
            for number in (1, 2):
                caller = await wire.call()
                caller.send(request(number))
                assert await caller.hears_nothing(until(lambda number=number: gone.bites == number))
            assert wire.broker.correlations == ([1, 2] if side is Side.ANSWER else [])
            wire.proxy.heal()
            assert await caller.answer() is None
            assert await (await wire.call()).ask(request(3)) == (3, b"yes: ")

    story()


@played
async def test_a_thin_wire_passes_everything_in_slices() -> None:
    async with a_wire() as wire:
        caller = await wire.call()
        thin = wire.proxy.lay(of(Pace(5e6, 100), Frames(Side.REQUEST, count=None)))
        body = bytes(range(256)) * 20
        assert await caller.ask(request(1, body=body)) == (1, b"yes: " + body)
        assert thin.bites == 1
        slow = wire.proxy.lay(of(Pace(0.01, 100), Frames(Side.ANSWER, count=None)))
        caller.send(request(2, body=body))
        await until(lambda: slow.bites)
        wire.proxy.heal()
        assert await caller.answer() == (2, b"yes: " + body)


@played
async def test_a_request_without_an_answer_disturbs_no_later_one() -> None:
    async with a_wire(broker=FakeBroker(lambda asked: None if asked[8:] == b"acks=0" else b"")) as wire:
        caller = await wire.call()
        caller.send(request(1, body=b"acks=0"))
        assert await caller.ask(request(2)) == (2, b"")
        await until(lambda: wire.proxy.waiting_s("ALFA") == 0)


@played
async def test_who_never_waits_for_answers_is_cut_off_before_he_fills_the_memory() -> None:
    async with a_wire(broker=FakeBroker(lambda asked: None)) as wire:
        caller = await wire.call()
        for number in range(10_001):
            caller.send(request(number))
        assert await caller.answer() is None
        assert wire.proxy.notes == ["a line of ALFA was cut, for it carried more than 10000 requests without an answer"]


@played
async def test_how_long_a_request_waits_is_known_while_it_waits() -> None:
    async with a_wire() as wire:
        wire.broker.ready.clear()
        caller = await wire.call()
        caller.send(request(1))
        await until(lambda: wire.proxy.waiting_s("ALFA") > 0.005)
        assert wire.proxy.waiting_s("ALFA", Api.PRODUCE) > 0
        assert wire.proxy.waiting_s("ALFA", Api.FETCH) == wire.proxy.waiting_s("BRVO") == 0
        wire.broker.ready.set()
        await caller.answer()
        assert wire.proxy.traffic("ALFA").longest_s[Api.PRODUCE] > 0.005
        wire.broker.ready.clear()
        caller.send(request(2, Api.FETCH))
        await until(lambda: len(wire.broker.heard) == 2)
        wire.proxy.lay(Rule(Closed()))
        await until(lambda: wire.proxy.traffic("ALFA").longest_s.get(Api.FETCH))
        wire.broker.ready.set()


@played
async def test_what_is_not_kafka_is_cut_off_and_said() -> None:
    async with FakeBroker() as broker:
        proxy = Proxy()
        caller = await Caller.of(proxy.open("ALFA", broker.address))
        caller.writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert await caller.answer() is None
        assert proxy.notes == ["a line of ALFA was cut, for it carried a frame of 1195725856 bytes"]
        assert proxy.trouble == []  # it is the bank's own doing
        await proxy.close()


@played
async def test_an_answer_to_nothing_is_the_graders_trouble() -> None:
    async with FakeBroker(lambda asked: b"") as broker:
        proxy = Proxy()
        caller = await Caller.of(proxy.open("ALFA", broker.address))
        broker.mistaken = True
        assert await caller.ask(request(1)) is None
        assert proxy.trouble == ["a line of ALFA was cut, for it carried an answer to nothing that was asked (0)"]
        await proxy.close()


@played
async def test_what_is_held_in_masses_waits_outside() -> None:
    async with a_wire() as wire:
        caller = await wire.call()
        held = wire.proxy.lay(of(Hold(), Frames(Side.REQUEST)))
        body = b"x" * 10_000_000
        for number in range(4):
            caller.send(request(number, body=body))
        assert await caller.hears_nothing(until(lambda: wire.proxy.traffic("ALFA").requests[Api.PRODUCE] == 2))
        assert wire.proxy.traffic("ALFA").requests[Api.PRODUCE] == 2
        wire.proxy.end(held)
        assert [said and said[0] for said in [await caller.answer() for _ in range(4)]] == [0, 1, 2, 3]


@played
async def test_metadata_of_an_unknown_version_lets_nobody_past() -> None:
    async with FakeBroker() as broker:
        proxy = Proxy()
        caller = await Caller.of(proxy.open("ALFA", broker.address))
        assert await caller.ask(request(1, Api.METADATA, version=99)) is None
        (said,) = proxy.trouble
        assert "MetadataResponse version 99" in said
        assert "not understood (read are 0 to 13)" in said
        await proxy.close()
