"""Seats at the streams of events: for all, for one, from admission to the end; lost by who does not read (S15)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from bank_node import seats as house
from bank_node.seats import NoSeat, SeatedStream, Seats


async def _words(ended: list[str], *words: str) -> AsyncGenerator[str]:
    try:
        for word in words:
            yield word
    finally:
        ended.append("ended")


async def _nobody_goes() -> Any:
    await asyncio.Event().wait()


def test_a_seat_is_taken_at_admission_so_a_burst_gets_no_more_than_there_are() -> None:
    seats = Seats(for_all=3, for_one=2)
    for _ in range(2):
        SeatedStream(seats, "okafor", _words([]))
    with pytest.raises(NoSeat, match="You have 2 event streams open") as own:
        SeatedStream(seats, "okafor", _words([]))
    SeatedStream(seats, "vogt", _words([]))
    with pytest.raises(NoSeat, match="This bank keeps 3 event streams open") as full:
        SeatedStream(seats, "vogt", _words([]))
    assert (own.value.is_ones_own, full.value.is_ones_own, seats.taken) == (True, False, 3)


def test_a_seat_is_given_back_when_all_is_said() -> None:
    seats, said, ended = Seats(1, 1), list[bytes](), list[str]()

    async def send(message: Any) -> None:
        said.append(message.get("body", b""))

    for _ in range(2):
        stream = SeatedStream(seats, "okafor", _words(ended, "one", "two"))
        asyncio.run(stream({"type": "http"}, _nobody_goes, send))
    assert (b"".join(said), ended, seats.taken) == (b"onetwo" * 2, ["ended"] * 2, 0)


def test_a_seat_is_given_back_by_who_goes_while_something_is_said_to_him() -> None:
    seats, ended = Seats(1, 1), list[str]()

    async def run() -> None:
        speaking = asyncio.Event()

        async def send(message: Any) -> None:
            if message.get("body"):
                speaking.set()
                await asyncio.Event().wait()

        async def receive() -> Any:
            await speaking.wait()
            return {"type": "http.disconnect"}

        await SeatedStream(seats, "okafor", _words(ended, "one", "two"))({"type": "http"}, receive, send)

    asyncio.run(run())
    assert (ended, seats.taken) == (["ended"], 0)


def test_who_does_not_read_loses_his_seat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house, "UNREAD_S_MAX", 0.0)
    seats, ended, said = Seats(1, 1), list[str](), list[bytes]()

    async def send(message: Any) -> None:
        if message.get("body") == b"two":
            await asyncio.Event().wait()
        said.append(message.get("body", b""))

    stream = SeatedStream(seats, "okafor", _words(ended, "one", "two", "three"))
    asyncio.run(stream({"type": "http"}, _nobody_goes, send))
    assert (b"".join(said), ended, seats.taken) == (b"one", ["ended"], 0)
