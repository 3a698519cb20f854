"""Signing in and out. Who a cookie or a token speaks for afterwards is in `recognise`, new passwords are in `renewal`.

An unknown name and a wrong password get the same answer after the same work: there is always one hash to check. Which
cookie or header carries the secret is for pages and API to say.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from bank_node.people.desk import Person
from bank_node.people.house import House
from bank_node.people.passwords import fits, hash_password, is_outdated
from bank_node.people.sessions import (
    BROWSER,
    TOKEN,
    NewSession,
    end_session,
    id_hash,
    new_id,
    open_session,
)
from bank_node.people.sessions import end_listed as listed_session_ended
from bank_node.people.staff import set_active, set_role, username_of
from bank_node.store.people import StaffRow, staff_named

BUSY_WAIT_S = 2
_HOUR_US = 3_600 * 1_000_000


class WrongPassword(Exception):
    """The name, the password, or both: nobody is told which."""


class Throttled(Exception):
    """Too many tries. `wait_s` is when the next one is looked at."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"too many tries; wait {wait_s} s")
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Session:
    """A new browser session. `id` is the cookie's value and is never seen again."""

    id: str
    person: Person
    expires_us: int


@dataclass(frozen=True, slots=True)
class AccessToken:
    text: str
    person: Person
    expires_us: int


@dataclass(frozen=True, slots=True)
class Checked:
    """A name and its right password. `better_hash`: the same password under today's parameters, where it is old."""

    member: StaffRow
    better_hash: str | None


async def sign_in(bank: House, username: str, password: str, address: str, replaces: str | None = None) -> Session:
    """A browser session for who knows the password; `replaces` is the cookie the browser had before.

    Raises WrongPassword or Throttled.
    """
    expires_us = bank.clock.now_us() + bank.settings.session_hours_max * _HOUR_US
    ends = id_hash(replaces) if replaces else None
    session_id, person = await _open(bank, username, password, address, kind=BROWSER, expires_us=expires_us, ends=ends)
    return Session(session_id, person, expires_us)


async def issue_token(bank: House, username: str, password: str, address: str) -> AccessToken:
    """An access token for who knows the password. Raises WrongPassword or Throttled."""
    now_us = bank.clock.now_us()
    expires_us = (now_us // 1_000_000 + bank.settings.token_minutes * 60) * 1_000_000
    jti, person = await _open(bank, username, password, address, kind=TOKEN, expires_us=expires_us)
    return AccessToken(bank.desk.signet.seal(person.username, person.role, jti, now_us), person, expires_us)


async def _open(
    bank: House,
    username: str,
    password: str,
    address: str,
    *,
    kind: Literal["browser", "token"],
    expires_us: int,
    ends: str | None = None,
) -> tuple[str, Person]:
    checked = await check_password(bank, username, password, address)
    member, session_id = checked.member, new_id()
    new = NewSession(id_hash(session_id), member, kind, expires_us, address, ends, checked.better_hash)
    await bank.submit(open_session, new)
    one_time = member.one_time_until_us is not None
    about = (member.staff_id, member.username, member.name, member.role, new.id_hash, kind, expires_us)
    return session_id, Person(*about, member.customer_id, one_time)


async def check_password(bank: House, username: str, password: str, address: str) -> Checked:
    """Whose name and password these are; under the throttle, and opens nothing. Raises WrongPassword or Throttled."""
    name = username_of(username)
    if not bank.desk.has_room():
        raise Throttled(BUSY_WAIT_S)
    _knock(bank, name, address)
    return await asyncio.wrap_future(bank.desk.check(_check, bank, name, password, address))


def _check(bank: House, name: str, password: str, address: str) -> Checked:
    """Runs on one of the two hashing threads. Asks the throttle again: many tries may have come at once."""
    _knock(bank, name, address)
    nobodys = _nobodys_hash()
    with bank.readers.connection() as connection:
        member = staff_named(connection, name)
    right = fits(member.password_hash if member else nobodys, password)
    if member is None or not member.active or not right or _is_over(member, bank.clock.now_us()):
        bank.desk.throttle.failed(name, address, bank.clock.now_us())
        raise WrongPassword
    bank.desk.throttle.succeeded(name)
    return Checked(member, hash_password(password) if is_outdated(member.password_hash) else None)


def _is_over(member: StaffRow, now_us: int) -> bool:
    """A one-time password that nobody used in time opens nothing any more; a new one is asked for at the counter."""
    return member.one_time_until_us is not None and now_us >= member.one_time_until_us


def _knock(bank: House, name: str, address: str) -> None:
    wait_s = bank.desk.throttle.wait_s(name, address, bank.clock.now_us())
    if wait_s:
        raise Throttled(wait_s)


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    """What the password of an unknown name is checked against, so that it takes as long as a known one's."""
    return hash_password(new_id())


async def sign_out(bank: House, session_id: str) -> None:
    """Ends the session of a browser's cookie; one that is over already is no error."""
    await end(bank, id_hash(session_id))


async def end(bank: House, session: str) -> None:
    """Ends the session kept under this hash (`Person.session`), browser's or token's."""
    await bank.submit(end_session, session)
    bank.desk.known.forget_all()


async def end_listed(bank: House, handle: str, staff_id: int, actor: str) -> None:
    """Ends a session as a list names it; `staff_id` is whose it must be, 0 for whoever's. Raises Refusal."""
    await bank.submit(listed_session_ended, handle, staff_id, actor)
    bank.desk.known.forget_all()


async def let_in(bank: House, staff_id: int, active: bool, actor: str = "") -> None:
    """Enables or disables somebody's login; disabling ends all his sessions at once."""
    await bank.submit(set_active, staff_id, active, actor)
    bank.desk.known.forget_all()


async def change_role(bank: House, staff_id: int, role: str, actor: str = "") -> None:
    """Another role; all sessions of the person end. Raises Refusal."""
    await bank.submit(set_role, staff_id, role, actor)
    bank.desk.known.forget_all()
