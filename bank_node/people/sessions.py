"""Sessions as units of work: opened at sign-in, touched by use, ended by whoever may. Pure checks of time are here too.

A browser session ends after minutes of silence and after hours in any case; a token's session ends with the token. The
id leaves the bank once, to its holder; the database keeps its hash.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Literal

from bank_node.ledger.errors import Refusal
from bank_node.store.books import Books
from bank_node.store.people import PeopleBook, SessionRow, StaffRow

BROWSER: Literal["browser"] = "browser"
TOKEN: Literal["token"] = "token"  # noqa: S105 (a kind of session, not a secret)
TOUCH_EVERY_US = 30 * 1_000_000  # a page view writes at most so often

_MINUTE_US = 60 * 1_000_000


@dataclass(frozen=True, slots=True)
class NewSession:
    id_hash: str
    person: StaffRow  # as the password was checked against it
    kind: Literal["browser", "token"]
    expires_us: int
    address: str
    ends: str | None = None  # the session this one replaces in the same browser
    better_hash: str | None = None  # the same password under today's parameters


def new_id() -> str:
    """256 bits that nobody can guess."""
    return secrets.token_urlsafe(32)


def id_hash(session_id: str) -> str:
    """What the database knows a session by. No salt: there is nothing to guess in 256 random bits."""
    return hashlib.sha256(session_id.encode("utf-8", "replace")).hexdigest()


def ends_us(session: SessionRow, idle_minutes: int) -> int:
    """When it ends if nothing more is done in it."""
    if session.kind != BROWSER:
        return session.expires_us
    return min(session.expires_us, session.seen_us + idle_minutes * _MINUTE_US)


def is_in_time(session: SessionRow, now_us: int, idle_minutes: int) -> bool:
    return now_us < ends_us(session, idle_minutes)


def open_session(books: Books, now_us: int, _ids: object, new: NewSession) -> None:
    """Refuses where the person was disabled or got another password since the check."""
    people = PeopleBook(books.unit)
    if not people.open_session(
        new.id_hash, new.person, kind=new.kind, expires_us=new.expires_us, address=new.address, now_us=now_us
    ):
        raise Refusal("signed_out", "this sign-in was withdrawn a moment ago; try again")
    signed_in = {"kind": new.kind, "from": new.address}
    books.audit.note("signed_in", _subject(people, new.person.staff_id), new.person.username, signed_in)
    if new.ends is not None:
        people.end(new.ends, now_us)
    if new.better_hash is not None:
        people.rehash(new.person.staff_id, new.person.password_hash, new.better_hash)


def touch_session(books: Books, now_us: int, _ids: object, session: str) -> None:
    PeopleBook(books.unit).touch(session, now_us)


def end_listed(books: Books, now_us: int, _ids: object, handle: str, staff_id: int, actor: str) -> None:
    """Ends a session as a list names it; `staff_id` is whose it must be, 0 for whoever's."""
    people = PeopleBook(books.unit)
    whose = people.end_listed(handle, staff_id, now_us)
    if whose is None:
        raise Refusal("not_found", "there is no such session, or it has ended")
    books.audit.note("session_ended", _subject(people, whose), actor, {"session": handle})


def _subject(people: PeopleBook, staff_id: int) -> str:
    login = people.login(staff_id)
    return login.subject if login is not None else f"staff/{staff_id}"


def end_session(books: Books, now_us: int, _ids: object, session: str) -> bool:
    return PeopleBook(books.unit).end(session, now_us)
