"""The one event stream of a page. Each event carries all fragments that changed, each morphed into its place.

What a page shows is read again when the bell rings; nothing is remembered between two events but the text last sent,
so a stream that was away tells the present state and not its history.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from bank_node.people.sessions import is_in_time
from bank_node.store.counter_queries import Connection
from bank_node.store.people import live_session
from teller_ui.counter import Page
from teller_ui.rendering import partial
from teller_ui.routes import payment, received, sent
from teller_ui.visit import NotThere, Visit

HEARTBEAT_S = 15.0
PAUSE_S = 0.1  # a busy bank rings often; a page is redrawn at most ten times a second
_COMMON = ("queue", "link", "attention")


async def stream(visit: Visit) -> Response:
    if visit.streams.count >= visit.bank.settings.event_streams_max:
        words = f"This bank has {visit.streams.count} event streams open and takes no more; reload the page for news."
        return PlainTextResponse(words, 503, {"Retry-After": "20"})
    return StreamingResponse(_events(visit), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _events(visit: Visit) -> AsyncIterator[str]:
    bell, last = visit.bank.bell, ""
    topics = (*_COMMON, *_topics(visit))
    visit.streams.count += 1
    try:
        while not bell.closed:
            rung = asyncio.ensure_future(bell.wait(topics, HEARTBEAT_S))
            await asyncio.sleep(0)  # it listens from here on, so nothing that happens while we read is missed
            try:
                if not await run_in_threadpool(_is_signed_in, visit):
                    yield "event: signed-out\ndata: signed out\n\n"
                    return
                news = await visit.reading(_fragments)
                yield _event(news) if news != last else ": still here\n\n"
                last = news
                await rung
            finally:
                rung.cancel()
            await asyncio.sleep(PAUSE_S)
    finally:
        visit.streams.count -= 1


def _topics(visit: Visit) -> tuple[str, ...]:
    at, _, id_ = visit.asked("at").partition(":")
    if at == "payment":
        return (f"transfer:{id_}",)
    return ("received",) if at == "received" else ()


def _is_signed_in(visit: Visit) -> bool:
    """Looks, and does not touch: an open page alone keeps no session alive."""
    assert visit.person is not None
    with visit.bank.readers.connection() as connection:
        row = live_session(connection, visit.person.session)
    idle = visit.bank.settings.session_idle_minutes
    return row is not None and is_in_time(row, visit.bank.clock.now_us(), idle)


def _fragments(visit: Visit, connection: Connection) -> str:
    at, _, id_ = visit.asked("at").partition(":")
    frame = visit.frame(connection)
    parts = [partial(name, f"fragments/{file}.html", frame=frame) for name, file in _PARTS]
    if at == "payment" and visit.may("transfers.read"):
        try:
            view = payment.view_of(visit, connection, id_)
        except NotThere:
            return "".join(parts)
        parts += [partial(name, f"fragments/{name}.html", frame=frame, payment=view) for name in ("line", "hops")]
    elif at == "sent" and visit.may("transfers.read"):
        parts.append(partial("sent", "fragments/sent.html", sent=sent.view_of(visit, connection)))
    elif at == "received" and visit.may("transfers.read"):
        parts.append(partial("received", "fragments/received.html", received=received.view_of(visit, connection)))
    return "".join(parts)


_PARTS = (("net", "net"), ("banner", "banner"), ("badge-41", "badge"))


def _event(body: str) -> str:
    return "".join(f"data: {line}\n" for line in body.splitlines()) + "\n"


PAGES = (Page("GET", "/stream", stream, "self.read"),)
