"""Sessions (64): where one is signed in; for the admin, who is. Each can be ended; and one can stay a while longer."""

from __future__ import annotations

from starlette.responses import Response

from bank_node.ledger.errors import Refusal
from bank_node.people import end_listed
from bank_node.store.counter_queries import Connection
from bank_node.store.session_queries import open_sessions
from teller_ui.counter import Page
from teller_ui.views.people import SessionView, session_view
from teller_ui.visit import NotThere, Visit

CODE = "64"
_MINUTE_US = 60 * 1_000_000


def show(visit: Visit, connection: Connection) -> Response:
    assert visit.person is not None
    own = _listed(visit, connection, visit.person.staff_id)
    everybody = _listed(visit, connection, None) if visit.may("sessions.all") else ()
    return visit.page(connection, "sessions", code=CODE, own=own, everybody=everybody)


async def end_own(visit: Visit) -> Response:
    assert visit.person is not None
    return await _end(visit, visit.person.staff_id)


async def end_any(visit: Visit) -> Response:
    return await _end(visit, 0)


async def extend(_visit: Visit) -> Response:
    """Being asked for is enough: it was used, so it goes on. The page in front of it stays as it is."""
    return Response(status_code=204)


async def _end(visit: Visit, staff_id: int) -> Response:
    handle = visit.request.path_params["session"]
    try:
        await end_listed(visit.bank, handle, staff_id, visit.username)
    except Refusal:
        raise NotThere("This session has ended already.") from None
    return visit.go("/sessions?notice=session-ended")


def _listed(visit: Visit, connection: Connection, staff_id: int | None) -> tuple[SessionView, ...]:
    assert visit.person is not None
    bank, now_us = visit.bank, visit.bank.clock.now_us()
    idle_us = bank.settings.session_idle_minutes * _MINUTE_US
    rows = open_sessions(connection, now_us, idle_us, staff_id=staff_id)
    return tuple(session_view(row, visit.person.session, now_us, all_=staff_id is None) for row in rows)


PAGES = (
    Page("GET", "/sessions", show, "self.sessions"),
    Page("POST", "/sessions/extend", extend, "self.read"),
    Page("POST", "/sessions/{session}/end", end_own, "self.sessions"),
    Page("POST", "/sessions/all/{session}/end", end_any, "sessions.all"),
)
