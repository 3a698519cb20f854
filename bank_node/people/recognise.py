"""Who a cookie or a token speaks for. A session that was ended, or whose person was disabled, speaks for nobody."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bank_node.people.desk import Person
from bank_node.people.house import House
from bank_node.people.sessions import BROWSER, TOKEN, TOUCH_EVERY_US, ends_us, id_hash, is_in_time, touch_session
from bank_node.people.tokens import BadToken
from bank_node.store.people import SessionRow, live_session

_ID_CHARS_MAX = 128


def session_of(bank: House, session_id: str) -> Person | None:
    """Who a browser's cookie speaks for; None where there is no such session (any more). Reads the database."""
    if not session_id or len(session_id) > _ID_CHARS_MAX:
        return None
    now_us, idle_minutes = bank.clock.now_us(), bank.settings.session_idle_minutes
    session = _live(bank, session_id)
    if session is None or session.kind != BROWSER or not is_in_time(session, now_us, idle_minutes):
        return None
    if now_us - session.seen_us >= TOUCH_EVERY_US:
        bank.submit_later(touch_session, session.id_hash)
        session = replace(session, seen_us=now_us)
    return replace(_person(session), ends_us=ends_us(session, idle_minutes))


async def holder_of(bank: House, token: str) -> Person:
    """Who an access token speaks for. Raises BadToken. Quick for a token seen within the last second."""
    now_us = bank.clock.now_us()
    known = bank.desk.known
    person = known.get(token, now_us)
    if person is not None:
        return person
    # One look-up for all who wait for it: a busy token's requests would otherwise all ask in the same moment, each
    # second. Whoever comes after a withdrawal finds another epoch, and asks anew.
    asked = (token, known.epoch)
    under_way = known.asking.get(asked)
    if under_way is None:
        under_way = known.asking[asked] = asyncio.ensure_future(asyncio.to_thread(_look_up, bank, token, now_us))
        under_way.add_done_callback(lambda _: known.asking.pop(asked, None))
    return await asyncio.shield(under_way)


def _look_up(bank: House, token: str, now_us: int) -> Person:
    epoch = bank.desk.known.epoch
    claims = bank.desk.signet.read(token, now_us)
    session = _live(bank, claims.jti)
    if session is None or session.kind != TOKEN or session.username != claims.username:
        raise BadToken("the token was withdrawn; sign in again")
    if not is_in_time(session, now_us, bank.settings.session_idle_minutes):
        raise BadToken("the token has expired; sign in again")
    person = _person(session)
    bank.desk.known.keep(token, person, now_us, epoch)
    return person


def _live(bank: House, session_id: str) -> SessionRow | None:
    with bank.readers.connection() as connection:
        return live_session(connection, id_hash(session_id))


def _person(session: SessionRow) -> Person:
    return Person(
        session.staff_id,
        session.username,
        session.name,
        session.role,
        session.id_hash,
        session.kind,
        session.expires_us,
        session.customer_id,
        session.one_time_until_us is not None,
    )
