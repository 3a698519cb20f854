"""Who is told of the points of a bank's life, at which moment, and what waits meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from federation.wire.frames import Api, Side
from federation.wire.points import Moment, Point, Watch
from federation.wire.proxy import Proxy
from federation.wire.rules import Frames, Hold, Rule, vanishing
from tests.support.fake_kafka import Caller, FakeBroker, played, request, until

API_OF = {
    Point.PRODUCE_FORWARDED: Api.PRODUCE,
    Point.PRODUCE_ANSWERED: Api.PRODUCE,
    Point.COMMIT_SEEN: Api.OFFSET_COMMIT,
}


@dataclass
class Ear:
    told: list[tuple[Point, str, Moment]] = field(default_factory=list)

    def __call__(self, point: Point, bank: str, moment: Moment) -> None:
        self.told.append((point, bank, moment))

    @property
    def nth(self) -> list[int]:
        return [moment.nth for _, _, moment in self.told]


@played
async def test_w2_is_told_when_the_broker_has_the_request_and_the_answer_waits() -> None:
    async with FakeBroker() as broker:
        proxy, ear = Proxy(), Ear()
        caller = await Caller.of(proxy.open("ALFA", broker.address))
        watch = proxy.watch(Watch(Point.PRODUCE_FORWARDED, ear, "ALFA", nth=2))
        assert await caller.ask(request(1)) is not None
        assert await caller.ask(request(2, Api.OFFSET_COMMIT)) is not None  # no Produce
        assert ear.told == []
        caller.send(request(3))
        assert await caller.hears_nothing(until(lambda: broker.correlations == [1, 2, 3]))
        ((point, bank, moment),) = ear.told
        assert (point, bank, moment.nth, moment.correlation) == ("W2", "ALFA", 2, 3)
        proxy.unwatch(watch)
        assert await caller.answer() == (3, b"yes: ")
        assert await caller.ask(request(4)) is not None
        assert ear.nth == [2]
        await proxy.close()


@played
async def test_w3_is_told_when_the_bank_has_the_answer() -> None:
    async with FakeBroker() as broker:
        proxy, ear = Proxy(), Ear()
        caller = await Caller.of(proxy.open("ALFA", broker.address))
        proxy.watch(Watch(Point.PRODUCE_ANSWERED, ear, nth=1))
        held = proxy.lay(Rule(Hold(), Frames(Side.ANSWER)))
        caller.send(request(1))
        await until(lambda: held.bites)
        assert ear.told == []
        proxy.end(held)
        assert await caller.answer() is not None
        assert ear.nth == [1]
        await proxy.close()


@played
async def test_w5_is_told_before_the_broker_hears_of_it() -> None:
    async with FakeBroker() as broker:
        proxy, ear = Proxy(), Ear()
        caller = await Caller.of(proxy.open("ALFA", broker.address))
        proxy.watch(Watch(Point.COMMIT_SEEN, ear, "ALFA", nth=2))
        assert await caller.ask(request(1, Api.OFFSET_COMMIT)) is not None
        caller.send(request(2, Api.OFFSET_COMMIT))
        assert await caller.hears_nothing(until(lambda: ear.nth == [2]))
        assert broker.correlations == [1]
        proxy.heal()
        assert await caller.answer() == (2, b"yes: ")
        await proxy.close()


@played
async def test_a_commit_of_a_bank_killed_at_w5_never_reaches_the_broker() -> None:
    async with FakeBroker() as broker:
        proxy, ear = Proxy(), Ear()
        caller = await Caller.of(proxy.open("ALFA", broker.address))
        proxy.watch(Watch(Point.COMMIT_SEEN, ear, "ALFA"))
        caller.send(request(1, Api.OFFSET_COMMIT))
        await until(lambda: ear.told)
        await caller.hang_up()
        await until(lambda: broker.ended)
        proxy.heal()
        again = await Caller.of(proxy.address("ALFA"))
        assert await again.ask(request(2)) is not None
        assert broker.correlations == [2]
        await proxy.close()


@pytest.mark.parametrize("point", API_OF)
def test_who_wants_all_of_them_is_told_of_all_and_holds_nothing(point: Point) -> None:
    @played
    async def story() -> None:
        async with FakeBroker() as broker:
            proxy, ear = Proxy(), Ear()
            caller = await Caller.of(proxy.open("ALFA", broker.address))
            neighbour = await Caller.of(proxy.open("BRVO", broker.address))
            proxy.watch(Watch(point, ear, "ALFA", nth=None))
            for number in (1, 2, 3):
                assert await caller.ask(request(number, API_OF[point])) is not None
                assert await neighbour.ask(request(number, API_OF[point])) is not None
            assert [(bank, moment.nth) for _, bank, moment in ear.told] == [("ALFA", nth) for nth in (1, 2, 3)]
            proxy.heal()  # ends no watch that holds nothing
            assert await caller.ask(request(4, API_OF[point])) is not None
            assert ear.nth == [1, 2, 3, 4]
            await proxy.close()

    story()


@played
async def test_a_moment_can_be_told_a_little_later_or_never() -> None:
    async with FakeBroker() as broker:
        proxy, soon, never = Proxy(), Ear(), Ear()
        caller = await Caller.of(proxy.open("ALFA", broker.address))
        proxy.watch(Watch(Point.PRODUCE_ANSWERED, soon, after_s=0.005))
        watch = proxy.watch(Watch(Point.PRODUCE_ANSWERED, never, after_s=3600.0))
        begun = asyncio.get_running_loop().time()
        assert await caller.ask(request(1)) is not None
        await until(lambda: soon.told)
        assert asyncio.get_running_loop().time() - begun >= 0.005
        assert watch.passed == 1
        proxy.unwatch(watch)
        await proxy.close()
        assert never.told == []


@played
async def test_after_healing_nothing_is_held_and_nobody_is_killed_late() -> None:
    async with FakeBroker() as broker:
        proxy, ear = Proxy(), Ear()
        caller = await Caller.of(proxy.open("ALFA", broker.address))
        proxy.watch(Watch(Point.PRODUCE_FORWARDED, ear, after_s=3600.0))
        later = proxy.watch(Watch(Point.PRODUCE_FORWARDED, ear, nth=3))
        caller.send(request(1))
        assert await caller.hears_nothing(until(lambda: broker.heard))
        proxy.heal()
        assert await caller.answer() is not None
        assert ear.told == []
        assert await caller.ask(request(2)) is not None
        caller.send(request(3))
        await until(lambda: ear.nth == [3])  # one that had not been hit is there still
        assert later.told
        await proxy.close()


@played
async def test_who_fails_when_told_stops_nobody_and_is_named() -> None:
    def fail(point: Point, bank: str, moment: Moment) -> None:
        raise LookupError("no such process")

    async with FakeBroker() as broker:
        proxy = Proxy()
        caller = await Caller.of(proxy.open("ALFA", broker.address))
        proxy.watch(Watch(Point.PRODUCE_ANSWERED, fail))
        assert [await caller.ask(request(n)) for n in (1, 2)] == [(1, b"yes: "), (2, b"yes: ")]
        assert proxy.trouble == ["whoever was told of W3 at ALFA failed: LookupError('no such process')"]
        await proxy.close()


@played
async def test_what_vanished_on_the_way_is_no_moment() -> None:
    async with FakeBroker() as broker:
        proxy, ear = Proxy(), Ear()
        caller = await Caller.of(proxy.open("ALFA", broker.address))
        proxy.watch(Watch(Point.PRODUCE_FORWARDED, ear, nth=None))
        gone = proxy.lay(vanishing(Side.REQUEST))
        caller.send(request(1))
        await until(lambda: gone.bites)
        await asyncio.sleep(0)
        assert ear.told == []
        await proxy.close()
