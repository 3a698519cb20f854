"""Sessions and tokens that open something now: one's own, and for the admin everybody's; each can be ended."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from starlette.responses import Response

from bank_node.api.branch_answers import SessionList
from bank_node.api.doors import TheBank, allowed
from bank_node.api.respond import as_json, router
from bank_node.bank import Bank
from bank_node.ledger.dates import rfc3339
from bank_node.people import Person
from bank_node.people.signing_in import end_listed
from bank_node.store.session_queries import OpenSession, open_sessions

routes = router("sessions")

LISTED_MAX = 200
_MINUTE_US = 60 * 1_000_000

Handle = Annotated[str, Path(pattern="^[0-9a-f]{16}$", examples=["0123456789abcdef"])]
Mine = Annotated[Person, allowed("self.sessions")]
Everybodys = Annotated[Person, allowed("sessions.all")]


@routes.get("/auth/sessions", response_model=SessionList)
def own_sessions(bank: TheBank, who: Mine) -> Response:
    """Where one is signed in, this token included; the latest sign-in first."""
    return _list(bank, who, who.staff_id)


@routes.delete("/auth/sessions/{session}", status_code=204)
async def end_own_session(bank: TheBank, who: Mine, session: Handle) -> Response:
    """Ends one of one's own sessions or tokens at once."""
    await end_listed(bank, session, who.staff_id, who.username)
    return Response(status_code=204)


@routes.get("/sessions", response_model=SessionList)
def all_sessions(bank: TheBank, who: Everybodys) -> Response:
    """Who is signed in now, the latest first, up to 200."""
    return _list(bank, who, None)


@routes.delete("/sessions/{session}", status_code=204)
async def end_somebodys_session(bank: TheBank, who: Everybodys, session: Handle) -> Response:
    """Ends whoever's session or token at once."""
    await end_listed(bank, session, 0, who.username)
    return Response(status_code=204)


def _list(bank: Bank, who: Person, staff_id: int | None) -> Response:
    idle_us = bank.settings.session_idle_minutes * _MINUTE_US
    with bank.readers.connection() as connection:
        rows = open_sessions(connection, bank.clock.now_us(), idle_us, staff_id=staff_id, limit=LISTED_MAX)
    return as_json({"items": [_session_json(row, who) for row in rows], "next": None})


def _session_json(row: OpenSession, who: Person) -> dict[str, Any]:
    return {
        "session": row.handle,
        "username": row.username,
        "role": row.role,
        "kind": row.kind,
        "since": rfc3339(row.created_us),
        "last_used": rfc3339(row.seen_us),
        "expires_at": rfc3339(row.expires_us),
        "from": row.address,
        "this_one": who.session.startswith(row.handle),
    }
