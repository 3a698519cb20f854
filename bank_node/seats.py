"""Seats of those who are told what happens, by streams of events: so many for all, so many of them for one person.

A seat is taken when somebody is admitted and given back when his stream ends, however it ends. Who does not read what
he is told gives his up.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator

from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

log = logging.getLogger(__name__)

UNREAD_S_MAX = 30.0  # so long what was said waits for its reader, once all that lies between is full
RETRY_AFTER_S = 20


class NoSeat(Exception):
    """The text says why; `is_ones_own` where it is this person who has too many."""

    def __init__(self, words: str, *, is_ones_own: bool) -> None:
        super().__init__(words)
        self.is_ones_own = is_ones_own


class Seats:
    """On the thread of the event loop."""

    def __init__(self, for_all: int, for_one: int) -> None:
        self._for_all, self._for_one = for_all, for_one
        self._taken: Counter[str] = Counter()

    @property
    def taken(self) -> int:
        return self._taken.total()

    def take(self, username: str) -> None:
        if self._taken[username] >= self._for_one:
            words = f"You have {self._for_one} event streams open, which is as many as one person may; close one first."
            raise NoSeat(words, is_ones_own=True)
        if self.taken >= self._for_all:
            raise NoSeat(f"This bank keeps {self.taken} event streams open and takes no more.", is_ones_own=False)
        self._taken[username] += 1

    def give_back(self, username: str) -> None:
        self._taken[username] -= 1
        if not self._taken[username]:
            del self._taken[username]


class _Unread(Exception):
    pass


class SeatedStream(StreamingResponse):
    """An answer made of events. Making it takes the seat, or raises NoSeat."""

    media_type = "text/event-stream"

    def __init__(self, seats: Seats, username: str, events: AsyncGenerator[str]) -> None:
        seats.take(username)
        super().__init__(events, headers={"X-Accel-Buffering": "no"})
        self._seats, self._username, self._events = seats, username, events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._seats.give_back(self._username)
            await self._events.aclose()

    async def stream_response(self, send: Send) -> None:
        async def in_time(message: Message) -> None:
            try:
                async with asyncio.timeout(UNREAD_S_MAX):
                    await send(message)
            except TimeoutError:
                raise _Unread from None

        try:
            await super().stream_response(in_time)
        except _Unread:
            log.info("an event stream was not read and is cut", extra={"user": self._username})
