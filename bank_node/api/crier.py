"""The crier: what happened is read from the audit log once for all who listen, and told to each who may hear it.

A round is one thread and one moment of the books: the rows since the last one and the sessions of all who listen, so
nobody is told what happened after his token had ended. Between two rounds the crier rests, the longer the longer a
round took. Who comes with an id, or is too slow, first reads his own past, one of them at a time.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Collection
from contextlib import suppress
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from bank_node.bank import Bank
from bank_node.people import may
from bank_node.people.sessions import TOKEN, is_in_time
from bank_node.store.news import happened_after
from bank_node.store.people import SessionRow, live_sessions
from bank_node.transfers.news import Herald, News

log = logging.getLogger(__name__)

ACTION = "transfers.read"
HEARTBEAT_S = 15.0
LOOK_EVERY_S = 1.0  # what rings no bell is seen so late: a token that has ended is told nothing more
PAUSE_S = 0.1
RESTS, RESTS_BEHIND = 40, 3  # times as long as a round took; the second while there is more to read
ROWS_AT_ONCE = 256
UNTAKEN_CHARS_MAX = 256 * 1024
SIGNED_OUT = "event: signed-out\ndata: {}\n\n"
_BELLS = ("queue", "received", "attention", "approvals", "drawers")
_CLOSING = ("the bank closes",)  # rings for nothing else


@dataclass(frozen=True, slots=True)
class Wish:
    """What a listener wants to hear: news of these types, of this account or of all."""

    types: frozenset[str]
    account: str | None = None

    def text(self, told: Collection[tuple[int, tuple[News, ...]]], since: int) -> str:
        said: list[str] = []
        for seq, news in told:
            wanted = [one for one in news if one.type in self.types and self.account in (None, one.key)]
            if seq > since:
                said += [_event(one, seq if one is wanted[-1] else None) for one in wanted]
        return "".join(said)


class Listener:
    """An open stream of somebody with a token's session, told up to row `seq`; `last` is what it ends with."""

    def __init__(self, session: str, wish: Wish, seq: int) -> None:
        self.session, self.wish, self.seq = session, wish, seq
        self.news = asyncio.Event()
        self.last: str | None = None
        self._untaken: list[str] = []
        self._taken_seq = seq
        self._spoken_s = time.monotonic()

    def tell(self, text: str, seq: int, now_s: float) -> bool:
        """False where too much was not even taken yet: that is forgotten, and has to be read again."""
        if sum(map(len, self._untaken)) > UNTAKEN_CHARS_MAX:
            self._untaken, self.seq = [], self._taken_seq
            return False
        self.seq = max(seq, self.seq)
        if not text and now_s - self._spoken_s >= HEARTBEAT_S:
            text = f"id: {self.seq}\n: still here\n\n"
        if text:
            self._spoken_s = now_s
            self._untaken.append(text)
            self.news.set()
        return True

    def take(self) -> str:
        self.news.clear()
        text, self._untaken, self._taken_seq = "".join(self._untaken), [], self.seq
        return text

    def end(self, last: str) -> None:
        """Whatever was not taken yet is not said any more."""
        self._untaken, self.last = [], last
        self.news.set()


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read at one moment: up to which row, whether there was more, who may hear it, and what it says."""

    seq: int
    is_all: bool
    sessions: frozenset[str]
    texts: dict[tuple[Wish, int], str]


class Crier:
    """Of one bank, on the thread of its event loop; works while somebody listens."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._listeners: set[Listener] = set()
        self._seq = 0
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._past, self._past_rests_until_s = asyncio.Lock(), 0.0

    async def tell(self, who: Listener) -> AsyncGenerator[str]:
        """Ends with the listener's token and with the bank."""
        try:
            while who.last is None and not self._bank.bell.closed:
                if who in self._listeners:
                    await who.news.wait()
                else:
                    await self._come_up(who)
                text = who.take()
                if text:
                    yield text
            if who.last:
                yield who.last
        finally:
            self._listeners.discard(who)

    async def _come_up(self, who: Listener) -> None:
        """Reads a piece of its own past; come as far as the others are, it listens with them."""
        async with self._past:
            await asyncio.sleep(self._past_rests_until_s - time.monotonic())
            began_s = time.monotonic()
            read = await run_in_threadpool(self._read, who.seq, (who,))
            now_s = time.monotonic()
            self._past_rests_until_s = now_s + RESTS_BEHIND * (now_s - began_s)
        if self._hear(who, read, now_s) and read.is_all and (self._task is None or who.seq >= self._seq):
            self._listeners.add(who)
            if self._task is None:
                self._seq = who.seq
                self._task = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        bell = self._bank.bell
        bell.listen(_BELLS, self._wake)
        try:
            while self._listeners and not bell.closed:
                self._wake.clear()
                began_s = time.monotonic()
                is_all = await self._round()
                took_s = time.monotonic() - began_s
                rest_s = max(PAUSE_S, RESTS * took_s) if is_all else RESTS_BEHIND * took_s
                await bell.wait(_CLOSING, min(LOOK_EVERY_S, rest_s))
                with suppress(TimeoutError):
                    if is_all:
                        await asyncio.wait_for(self._wake.wait(), began_s + LOOK_EVERY_S - time.monotonic())
        except Exception:
            log.exception("what happened could not be read; who listens asks again")
        finally:
            bell.leave(_BELLS, self._wake)
            self._task = None
            ended, self._listeners = self._listeners, set()
            for who in ended:
                who.end("")

    async def _round(self) -> bool:
        """Whether that was all there is."""
        asked = frozenset(self._listeners)
        read = await run_in_threadpool(self._read, self._seq, asked)
        self._seq, now_s = read.seq, time.monotonic()
        for who in tuple(self._listeners):
            if who not in asked or not self._hear(who, read, now_s):  # who came meanwhile, or is slow, reads by himself
                self._listeners.discard(who)
                who.news.set()
        return read.is_all

    def _hear(self, who: Listener, read: _Read, now_s: float) -> bool:
        """Whether it goes on listening."""
        if who.session not in read.sessions:
            who.end(SIGNED_OUT)
            return False
        return who.tell(read.texts[who.wish, who.seq], read.seq, now_s)

    def _read(self, seq: int, asked: Collection[Listener]) -> _Read:
        bank = self._bank
        with bank.readers.connection() as connection:
            happened = happened_after(connection, seq, ROWS_AT_ONCE)
            sessions = live_sessions(connection, {who.session for who in asked})
        herald = Herald(bank.charter.bank_id, bank.charter.federation_id)
        told = [(one.row.seq, tuple(herald.tell(one))) for one in happened]
        texts = {(wish, since): wish.text(told, since) for wish, since in {(who.wish, who.seq) for who in asked}}
        now_us, idle_minutes = bank.clock.now_us(), bank.settings.session_idle_minutes
        hearing = frozenset(id_ for id_, row in sessions.items() if _may_hear(row, now_us, idle_minutes))
        return _Read(told[-1][0] if told else seq, len(told) < ROWS_AT_ONCE, hearing, texts)


def _may_hear(session: SessionRow, now_us: int, idle_minutes: int) -> bool:
    is_own = session.kind == TOKEN and session.one_time_until_us is None
    return is_own and is_in_time(session, now_us, idle_minutes) and may(session, ACTION)


def _event(news: News, seq: int | None) -> str:
    """Only the last event of a row has its id: whoever is cut off between two of them gets both again."""
    return f"{f'id: {seq}' if seq is not None else ': more'}\nevent: {news.type}\ndata: {news.body.decode()}\n\n"
