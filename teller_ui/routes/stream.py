"""The one event stream of a page. Each event carries all fragments that changed, each morphed into its place.

What a page shows is read again when the bell rings; nothing is remembered between two events but the text last sent,
so a stream that was away tells the present state and not its history.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from bank_node.people.sessions import ends_us, is_in_time
from bank_node.store.counter_queries import Connection
from bank_node.store.people import live_session
from teller_ui.counter import Page
from teller_ui.rendering import partial
from teller_ui.routes import approvals, payment, received, sent
from teller_ui.views.text import clock
from teller_ui.visit import NotThere, Visit

HEARTBEAT_S = 15.0
WARNED_BEFORE_US = 60 * 1_000_000  # so long before the session ends, whoever looks at the page is told
PAUSE_S = 0.1  # a busy bank rings often; a page is redrawn at most ten times a second
_COMMON = ("queue", "link", "attention", "approvals", "drawers")


@dataclass(frozen=True, slots=True)
class News:
    fragments: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ending:
    """When the session ends if nothing more is done; `for_good`: whatever is done."""

    at_us: int
    for_good: bool

    @property
    def words(self) -> str:
        if self.for_good:
            return f"This session has lasted a day's work and ends at {clock(self.at_us)}. Finish, then sign in again."
        return f"Nothing was done for a while: you are signed out at {clock(self.at_us)}. What you typed stays."


async def stream(visit: Visit) -> Response:
    if visit.streams.count >= visit.bank.settings.event_streams_max:
        words = f"This bank has {visit.streams.count} event streams open and takes no more; reload the page for news."
        return PlainTextResponse(words, 503, {"Retry-After": "20"})
    return StreamingResponse(_events(visit), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _events(visit: Visit) -> AsyncIterator[str]:
    bell, last = visit.bank.bell, ""
    topics: tuple[str, ...] = _COMMON
    is_warned, patience_s = False, HEARTBEAT_S
    visit.streams.count += 1
    try:
        while not bell.closed:
            rung = asyncio.ensure_future(bell.wait(topics, patience_s))
            await asyncio.sleep(0)  # it listens from here on, so nothing that happens while we read is missed
            try:
                ending = await run_in_threadpool(_ending, visit)
                if ending is None:
                    yield "event: signed-out\ndata: signed out\n\n"
                    return
                left_us = ending.at_us - visit.bank.clock.now_us()
                patience_s = _patience_s(left_us)
                if is_warned != (left_us <= WARNED_BEFORE_US):
                    is_warned = not is_warned
                    event = "session-ends" if is_warned else "session-goes-on"
                    yield f"event: {event}\ndata: {ending.words}\n\n"
                news = await visit.reading(_news)
                if topics != news.topics:  # the page shows other payments than it listens for: listen, and look again
                    topics = news.topics
                    continue
                yield _event(news.fragments) if news.fragments != last else ": still here\n\n"
                last = news.fragments
                await rung
            finally:
                rung.cancel()
            await asyncio.sleep(PAUSE_S)
    finally:
        visit.streams.count -= 1


def _ending(visit: Visit) -> Ending | None:
    """None: it has ended. Looks, and does not touch: an open page alone keeps no session alive."""
    assert visit.person is not None
    with visit.bank.readers.connection() as connection:
        row = live_session(connection, visit.person.session)
    idle = visit.bank.settings.session_idle_minutes
    if row is None or not is_in_time(row, visit.bank.clock.now_us(), idle):
        return None
    at_us = ends_us(row, idle)
    return Ending(at_us, for_good=at_us == row.expires_us)


def _patience_s(left_us: int) -> float:
    """Until the next moment at which there may be something to say of the session, or the heartbeat."""
    until_us = left_us - WARNED_BEFORE_US if left_us > WARNED_BEFORE_US else left_us
    return min(HEARTBEAT_S, max(0.05, until_us / 1_000_000))


def _news(visit: Visit, connection: Connection) -> News:
    """All fragments of the page as they are now, and the topics that may change them."""
    at, _, id_ = visit.asked("at").partition(":")
    frame = visit.frame(connection)
    parts = [partial(name, f"fragments/{file}.html", frame=frame) for name, file in _PARTS]
    topics = list(_COMMON)
    if not visit.may("transfers.read"):
        return News("".join(parts), _COMMON)
    if at == "payment":
        topics.append(f"transfer:{id_}")
        with suppress(NotThere):
            view = payment.view_of(visit, connection, id_)
            parts += [
                partial(name, f"fragments/{name}.html", frame=frame, payment=view)
                for name in ("line", "hops", "payment_acts")
            ]
    elif at == "sent":
        listed = sent.view_of(visit, connection)
        topics += [f"transfer:{row.id}" for row in listed.rows if row.is_open]
        parts.append(partial("sent", "fragments/sent.html", sent=listed))
    elif at == "approvals" and visit.may("approvals.read"):
        rows = approvals.view_of(visit, connection)
        parts.append(partial("approvals", "fragments/approvals.html", rows=rows, decided=False, older=""))
    elif at == "approval" and visit.may("approvals.read"):
        parts += approvals.decided(connection, visit, id_)
    elif at == "received":
        topics.append("received")
        parts.append(partial("received", "fragments/received.html", received=received.view_of(visit, connection)))
    return News("".join(parts), tuple(topics))


_PARTS = (("net", "net"), ("banner", "banner"), ("badge-41", "badge"), ("badge-42", "badge_42"), ("drawer", "drawer"))


def _event(body: str) -> str:
    return "".join(f"data: {line}\n" for line in body.splitlines()) + "\n"


PAGES = (Page("GET", "/stream", stream, "self.read"),)
