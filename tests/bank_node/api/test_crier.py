"""The crier: one reading for all who listen, nothing lost or told twice, whoever comes late, is slow, or cut off."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bank_node.api import crier as criers
from bank_node.api.crier import SIGNED_OUT, Crier, Listener, Wish
from bank_node.bank import Bank
from bank_node.store.news import newest
from bank_node.transfers.news import ABOUT
from tests.support.counter import ALICE, CAROL, Caller, a_caller

ALL = Wish(frozenset(ABOUT))
LISTENERS = 12
PATIENCE_S = 30.0


@pytest.fixture
def caller(tmp_path: Path) -> Iterator[Caller]:
    with a_caller(tmp_path, synchronous="OFF") as opened:
        yield opened


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """From which row each reading of the log began."""
    begun: list[int] = []
    read = criers.happened_after

    def counted(connection: Any, seq: int, limit: int) -> Any:
        begun.append(seq)
        return read(connection, seq, limit)

    monkeypatch.setattr(criers, "happened_after", counted)
    return begun


class Ear:
    """Follows a listener's stream."""

    def __init__(self, crier: Crier, who: Listener) -> None:
        self.who, self.text = who, ""
        self._spoke = asyncio.Event()
        self.following = asyncio.create_task(self._follow(crier))

    async def _follow(self, crier: Crier) -> None:
        async for text in crier.tell(self.who):
            self.text += text
            self._spoke.set()

    async def until(self, amount_minor: int) -> None:
        while f'"amount_minor":{amount_minor},' not in self.text:
            self._spoke.clear()
            await self._spoke.wait()

    @property
    def amounts(self) -> list[int]:
        return amounts(self.text)


def amounts(text: str) -> list[int]:
    return [int(one) for one in re.findall(r'"amount_minor":(\d+)', text)]


class Hall:
    """Where those listen who hold tokens of the caller's teller."""

    def __init__(self, caller: Caller) -> None:
        self._client, self._bearer = caller.http.client, caller.bearer("supervisor")
        caller.bearer()
        self.bank: Bank = caller.bank
        self.crier = Crier(self.bank)
        with self.bank.readers.connection() as connection:
            self.now = newest(connection)
        self.session = session_of_teller(caller)
        self._ears: list[Ear] = []

    def listen(self, seq: int | None = None, wish: Wish = ALL) -> Ear:
        ear = Ear(self.crier, Listener(self.session, wish, self.now if seq is None else seq))
        self._ears.append(ear)
        return ear

    async def pay(self, *amounts: int, account: str = ALICE) -> None:
        for minor in amounts:
            cash = {"account": account, "amount_minor": minor, "currency": "EUR"}
            keyed = {**self._bearer, "Idempotency-Key": f"{account}-{minor}"}
            assert (await self._client.post("/api/v1/deposits", json=cash, headers=keyed)).status_code == 201

    async def end(self) -> None:
        self.bank.bell.close()
        await asyncio.gather(*(ear.following for ear in self._ears))


def session_of_teller(caller: Caller) -> str:
    caller.get("/api/v1/banks")
    token = caller.token("teller")
    person = caller.bank.desk.known.get(token, caller.bank.clock.now_us())
    assert person is not None
    return person.session


def in_hall(caller: Caller, act: Callable[[Hall], Awaitable[None]]) -> None:
    hall = Hall(caller)

    async def run() -> None:
        async with asyncio.timeout(PATIENCE_S):
            await act(hall)
            await hall.end()

    caller.http.run(run())


def test_what_happened_is_read_once_for_all_who_listen(caller: Caller, readings: list[int]) -> None:
    async def act(hall: Hall) -> None:
        ears = [hall.listen() for _ in range(LISTENERS)]
        await hall.pay(1)
        for ear in ears:
            await ear.until(1)
        before = len(readings)
        await hall.pay(2, 3, 4)
        for ear in ears:
            await ear.until(4)
            assert ear.amounts == [1, 2, 3, 4]
        assert len(readings) - before < LISTENERS

    in_hall(caller, act)


def test_each_is_told_what_it_asked_for(caller: Caller) -> None:
    async def act(hall: Hall) -> None:
        every, carols = hall.listen(), hall.listen(wish=Wish(frozenset(ABOUT), CAROL))
        sent = hall.listen(wish=Wish(frozenset({"transaction.initiated"})))
        await hall.pay(1)
        await hall.pay(2, account=CAROL)
        await every.until(2)
        await carols.until(2)
        assert (every.amounts, carols.amounts, sent.amounts) == ([1, 2], [2], [])

    in_hall(caller, act)


def test_who_comes_late_first_reads_his_own_past_and_then_hears_with_the_others(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(criers, "ROWS_AT_ONCE", 2)

    async def act(hall: Hall) -> None:
        first = hall.listen()
        await hall.pay(1, 2, 3, 4, 5)
        await first.until(5)
        late = hall.listen()
        await late.until(5)
        await hall.pay(6, 7, 8)
        for ear in (first, late):
            await ear.until(8)
            assert ear.amounts == [1, 2, 3, 4, 5, 6, 7, 8]
            ids = [int(one) for one in re.findall(r"^id: (\d+)$", ear.text, re.MULTILINE)]
            assert ids == sorted(set(ids))

    in_hall(caller, act)


def test_who_is_too_slow_reads_again_what_he_has_not_taken(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(criers, "UNTAKEN_CHARS_MAX", 0)  # one piece may wait for him, no second one

    async def act(hall: Hall) -> None:
        quick, slow = hall.listen(), Listener(hall.session, ALL, hall.now)
        speaking = hall.crier.tell(slow)
        beginning = asyncio.ensure_future(anext(speaking))
        await hall.pay(1)
        said = await beginning
        for minor in (2, 3, 4):
            await hall.pay(minor)
            await quick.until(minor)
        assert (slow.seq, slow.news.is_set()) == (hall.now + 1, True)
        while '"amount_minor":4,' not in said:
            said += await anext(speaking)
        assert amounts(said) == quick.amounts == [1, 2, 3, 4]
        await speaking.aclose()

    in_hall(caller, act)


def test_a_mistake_in_reading_ends_the_streams_and_the_next_ones_are_served(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def act(hall: Hall) -> None:
        ear = hall.listen()
        await hall.pay(1)
        await ear.until(1)
        with monkeypatch.context() as broken:
            broken.setattr(criers, "Herald", None)
            await hall.pay(2)
            await ear.following
        again = hall.listen()
        await again.until(2)
        assert (ear.amounts, again.amounts) == ([1], [1, 2])

    in_hall(caller, act)
    assert "what happened could not be read" in caplog.text


def test_a_token_that_ends_while_nothing_happens_ends_its_stream(caller: Caller) -> None:
    client, mine = caller.http.client, caller.bearer()

    async def act(hall: Hall) -> None:
        ear = hall.listen()
        await hall.pay(1)
        await ear.until(1)
        await client.delete("/api/v1/auth/token", headers=mine)
        await ear.following
        assert ear.text.endswith(SIGNED_OUT)

    in_hall(caller, act)
