"""The one event stream of a page. Each event carries all fragments that changed, each morphed into its place.

When and how often pages are read is the newsroom's; here is what they show, and how it is said.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import suppress

from starlette.responses import PlainTextResponse, Response

from bank_node.seats import RETRY_AFTER_S, NoSeat, SeatedStream
from bank_node.store.counter_queries import Connection
from teller_ui.counter import Page
from teller_ui.newsroom import Press, Shown
from teller_ui.rendering import partial
from teller_ui.routes import approvals, payment, received, sent
from teller_ui.views.frame import FrameView
from teller_ui.views.text import zone
from teller_ui.visit import NotThere, Visit


async def stream(visit: Visit) -> Response:
    try:
        return SeatedStream(visit.newsroom.seats, visit.username, _events(visit))
    except NoSeat as full:
        words = f"{full} Reload the page for news."
        return PlainTextResponse(words, 429 if full.is_ones_own else 503, {"Retry-After": str(RETRY_AFTER_S)})


async def _events(visit: Visit) -> AsyncGenerator[str]:
    reader, last, is_warned = visit.newsroom.open(visit), "", False
    try:
        async for told in reader.news():
            if told.is_over:
                yield "event: signed-out\ndata: signed out\n\n"
                return
            if is_warned != bool(told.ending):
                is_warned = not is_warned
                event = "session-ends" if is_warned else "session-goes-on"
                yield f"event: {event}\ndata: {told.ending}\n\n"
            yield _event(told.fragments) if told.fragments != last else ": still here\n\n"
            last = told.fragments
    finally:
        visit.newsroom.close(reader)


def _event(body: str) -> str:
    return "".join(f"data: {line}\n" for line in body.splitlines()) + "\n"


_PARTS = (("net", "net"), ("banner", "banner"), ("badge-41", "badge"), ("badge-42", "badge_42"), ("drawer", "drawer"))


def _around(frame: FrameView) -> str:
    """What every page of a person shows."""
    return "".join(partial(name, f"fragments/{file}.html", frame=frame) for name, file in _PARTS)


def _at(visit: Visit, connection: Connection) -> Shown:
    """What stands at the page's own place, and what may change it."""
    at, _, id_ = visit.asked("at").partition(":")
    if not visit.may("transfers.read"):
        return Shown()
    if at == "payment":
        topics = frozenset({f"transfer:{id_}", "link", "recalls"})
        with suppress(NotThere):
            view = payment.view_of(visit, connection, id_)
            names, settings = ("line", "hops", "payment_acts"), visit.bank.settings
            frame = FrameView(settings.bank_id, settings.name, zone=zone(visit.bank.clock.now_us()))
            parts = [partial(name, f"fragments/{name}.html", frame=frame, payment=view) for name in names]
            return Shown("".join(parts), topics)
        return Shown("", topics)
    if at == "sent":
        listed = sent.view_of(visit, connection)
        topics = frozenset({"queue", "recalls", *(f"transfer:{row.id}" for row in listed.rows if row.is_open)})
        return Shown(partial("sent", "fragments/sent.html", sent=listed), topics)
    if at == "received":
        view_ = received.view_of(visit, connection)
        topics = frozenset({"received", "recalls"})
        return Shown(partial("received", "fragments/received.html", received=view_), topics)
    return _approvals_at(visit, connection, at, id_)


def _approvals_at(visit: Visit, connection: Connection, at: str, id_: str) -> Shown:
    if not visit.may("approvals.read"):
        return Shown()
    topics = frozenset({"approvals"})
    if at == "approvals":
        rows = approvals.view_of(visit, connection)
        return Shown(partial("approvals", "fragments/approvals.html", rows=rows, decided=False, older=""), topics)
    return Shown("".join(approvals.decided(connection, visit, id_)), topics) if at == "approval" else Shown()


def _is_for_all(visit: Visit) -> bool:
    """Payments sent look the same to all who may see them."""
    return visit.asked("at") == "sent" and visit.may("transfers.read")


PRESS = Press(_around, _at, _is_for_all)
PAGES = (Page("GET", "/stream", stream, "self.read"),)
