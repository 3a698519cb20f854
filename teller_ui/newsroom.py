"""The newsroom: what open pages show is read once for all of them when the bell has rung, and told to each.

A round is one thread and one moment of the books: the sessions of all open pages, what every page says of the bank, and
of what pages show only that for which its own topics rang, once however many pages show it. Between two rounds the
newsroom rests, the longer the longer a round took: fifty pages cost a bank a small part of its time, however often its
bell rings. Nothing is remembered but what each page was told last, so a stream that was away tells the present state.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from bank_node.bank import Bank
from bank_node.people.sessions import ends_us, is_in_time
from bank_node.seats import Seats
from bank_node.store.counter_queries import Connection
from bank_node.store.people import SessionRow, live_sessions
from teller_ui.bearings import take_bearings
from teller_ui.views.frame import FrameView
from teller_ui.views.text import clock

if TYPE_CHECKING:
    from teller_ui.visit import Visit

log = logging.getLogger(__name__)

HEARTBEAT_S = 15.0
WARNED_BEFORE_US = 60 * 1_000_000  # so long before the session ends, whoever looks at the page is told
PAUSE_S, PAUSE_S_MAX = 0.1, 2.0
RESTS = 40  # times as long as a round took
COMMON = frozenset({"queue", "link", "attention", "approvals", "drawers"})  # what every page listens for

Who = tuple[str, str]  # user name and role
Place = tuple[Who | None, str]  # whose view it is, None: everybody's who may see it; what the stream's address asks for


@dataclass(frozen=True, slots=True)
class Shown:
    """The fragments of one thing that pages show, and the topics that may change it."""

    fragments: str = ""
    topics: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Told:
    """What a page is told; `ending` where its session ends soon, or where it has (`is_over`)."""

    fragments: str
    ending: str = ""
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Press:
    """How pages are read: what every page of a person shows, and what stands at its own place, the same for all who see
    it (`is_for_all`) or for this person only.
    """

    frame: Callable[[FrameView], str]
    place: Callable[[Visit, Connection], Shown]
    is_for_all: Callable[[Visit], bool]


class Reader:
    """An open page. It is told the newest state there is; what it was too slow for it never hears."""

    def __init__(self, visit: Visit, *, is_for_all: bool) -> None:
        assert visit.person is not None
        self.visit = visit
        self.session = visit.person.session
        self.who: Who = (visit.person.username, visit.person.role)
        self.place: Place = (None if is_for_all else self.who, visit.request.url.query)
        self._told: Told | None = None
        self._told_s = 0.0
        self._news = asyncio.Event()
        self._is_over = False

    async def news(self) -> AsyncIterator[Told]:
        """Ends when the newsroom does."""
        while True:
            await self._news.wait()
            self._news.clear()
            if self._is_over or self._told is None:
                return
            yield self._told

    def tell(self, told: Told, now_s: float) -> None:
        """Only what is new, and a sign of life where nothing was for a while."""
        before, self._told = self._told, told
        if before != told or now_s - self._told_s >= HEARTBEAT_S:
            self._told_s = now_s
            self._news.set()

    def end(self) -> None:
        self._is_over = True
        self._news.set()


@dataclass(eq=False)
class _View:
    """What stands at a place; its own ear at the bell."""

    visit: Visit
    wake: asyncio.Event
    shown: Shown | None = None
    topics: frozenset[str] = frozenset()
    is_due: bool = True
    readers: set[Reader] = field(default_factory=set)

    def set(self) -> None:
        """The bell rang for one of its topics."""
        self.is_due = True
        self.wake.set()


@dataclass(frozen=True, slots=True)
class _Round:
    """What was read at one moment."""

    sessions: dict[str, SessionRow]
    frames: dict[Who, str]
    shown: dict[Place, Shown]
    now_us: int


class Newsroom:
    """Of one bank, on the thread of its event loop; works while a page is open."""

    def __init__(self, bank: Bank, press: Press) -> None:
        self._bank, self._press = bank, press
        self._views: dict[Place, _View] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._all_read_s = 0.0
        settings = bank.settings
        self.seats = Seats(settings.event_streams_max, settings.page_streams_per_person_max)

    def open(self, visit: Visit) -> Reader:
        reader = Reader(visit, is_for_all=self._press.is_for_all(visit))
        view = self._views.get(reader.place)
        if view is None:
            view = self._views[reader.place] = _View(visit, self._wake)
        view.readers.add(reader)
        self._wake.set()
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())
        return reader

    def close(self, reader: Reader) -> None:
        view = self._views[reader.place]
        view.readers.discard(reader)
        if not view.readers:
            self._bank.bell.leave(view.topics, view)
            del self._views[reader.place]
            self._wake.set()

    async def _work(self) -> None:
        bell = self._bank.bell
        bell.listen(COMMON, self._wake)
        try:
            while self._views and not bell.closed:
                self._wake.clear()
                began_s = time.monotonic()
                patience_s = await self._round(began_s)
                await asyncio.sleep(min(PAUSE_S_MAX, max(PAUSE_S, RESTS * (time.monotonic() - began_s))))
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), patience_s)
        except Exception:
            log.exception("what open pages show could not be read; they ask again")
        finally:
            bell.leave(COMMON, self._wake)
            self._task = None
            for view in self._views.values():
                for reader in view.readers:
                    reader.end()

    async def _round(self, now_s: float) -> float:
        """Reads what is due and tells every page; the seconds until there may be something to say by itself."""
        if now_s - self._all_read_s >= HEARTBEAT_S:
            self._all_read_s = now_s
            for view in self._views.values():
                view.is_due = True
        due = {place: view for place, view in self._views.items() if view.is_due}
        for view in due.values():
            view.is_due = False  # before it is read: what rings from here on makes it due again
        readers = [reader for view in self._views.values() for reader in view.readers]
        people = {reader.who: reader.visit for reader in readers}
        sessions = {reader.session for reader in readers}
        read = await run_in_threadpool(self._read, due, people, sessions)
        for place, shown in read.shown.items():
            if place in self._views:
                self._learn(self._views[place], shown)
        ends = {session: self._ends_us(read, session) for session in sessions}
        for reader in readers:
            seen = self._views.get(reader.place)  # it may have been closed meanwhile
            if seen is not None and seen.shown is not None:
                fragments = read.frames[reader.who] + seen.shown.fragments
                told = _told(fragments, read.sessions.get(reader.session), ends[reader.session], read.now_us)
                reader.tell(told, now_s)
        return min((_patience_s(at_us - read.now_us) for at_us in ends.values() if at_us), default=HEARTBEAT_S)

    def _learn(self, view: _View, shown: Shown) -> None:
        """What shows other things than it listened for: listens for them, and looks again."""
        if shown.topics != view.topics:
            self._bank.bell.leave(view.topics, view)
            self._bank.bell.listen(shown.topics, view)
            view.topics = shown.topics
            view.set()
        view.shown = shown

    def _read(self, due: dict[Place, _View], people: dict[Who, Visit], sessions: set[str]) -> _Round:
        bank = self._bank
        with bank.readers.connection() as connection:
            live = live_sessions(connection, sessions)
            bearings = take_bearings(bank, connection)
            frames = {who: visit.frame(connection, bearings=bearings) for who, visit in people.items()}
            shown = {place: self._shown(view, connection) for place, view in due.items()}
        return _Round(live, {who: self._press.frame(frame) for who, frame in frames.items()}, shown, bearings.now_us)

    def _shown(self, view: _View, connection: Connection) -> Shown:
        try:
            return self._press.place(view.visit, connection)
        except Exception:  # one page's mistake is not the others'
            log.exception("an open page could not be read again: %s", view.visit.asked("at"))
            return Shown(topics=view.topics)

    def _ends_us(self, read: _Round, session: str) -> int:
        """0: it has ended. Looks, and does not touch: an open page alone keeps no session alive."""
        idle, row = self._bank.settings.session_idle_minutes, read.sessions.get(session)
        return ends_us(row, idle) if row is not None and is_in_time(row, read.now_us, idle) else 0


def _told(fragments: str, session: SessionRow | None, at_us: int, now_us: int) -> Told:
    if session is None or not at_us:
        return Told(fragments, is_over=True)
    if at_us - now_us > WARNED_BEFORE_US:
        return Told(fragments)
    if at_us == session.expires_us:  # whatever is done
        words = f"This session has lasted a day's work and ends at {clock(at_us)}. Finish, then sign in again."
        return Told(fragments, words)
    return Told(fragments, f"Nothing was done for a while: you are signed out at {clock(at_us)}. What you typed stays.")


def _patience_s(left_us: int) -> float:
    """Until the next moment at which there may be something to say of the session, or the heartbeat."""
    until_us = left_us - WARNED_BEFORE_US if left_us > WARNED_BEFORE_US else left_us
    return min(HEARTBEAT_S, max(0.05, until_us / 1_000_000))
