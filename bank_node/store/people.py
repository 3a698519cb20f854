"""Who can sign in, staff and customers, and their sessions. A session's id is a secret of its holder: only its hash is
here. What is listed of sessions is in `session_queries`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from bank_node.store.schema import logins, sessions
from bank_node.store.statements import Hot, insert
from bank_node.store.unit import UnitOfWork

NAMED = Hot("SELECT id FROM logins WHERE username = :username")
LOGIN = Hot("SELECT id, username, name, role, active, customer_id FROM logins WHERE id = :staff_id")
OF_CUSTOMER = Hot("SELECT id FROM logins WHERE customer_id = :customer_id")
CUSTOMERS_NAME = Hot("SELECT name FROM customers WHERE id = :customer_id")
OTHER_ADMINS = Hot("SELECT count(*) FROM logins WHERE role = 'admin' AND active = 1 AND id <> :staff_id")
_NEW = ["username", "name", "role", "password_hash", "created_us", "customer_id", "one_time_until_us"]
ADD_LOGIN = insert(logins, _NEW, "RETURNING id")
OPEN_SESSION = Hot(  # only for somebody who may still sign in with the very password that was just checked
    "INSERT INTO sessions (id_hash, login_id, kind, created_us, seen_us, expires_us, address)"
    " SELECT :id_hash, id, :kind, :now_us, :now_us, :expires_us, :address FROM logins"
    " WHERE id = :staff_id AND active = 1 AND password_hash = :password_hash"
)
TOUCH = Hot("UPDATE sessions SET seen_us = :now_us WHERE id_hash = :id_hash AND ended_us IS NULL AND seen_us < :now_us")
END = Hot("UPDATE sessions SET ended_us = :now_us WHERE id_hash = :id_hash AND ended_us IS NULL")
END_LISTED = Hot(  # by the beginning of the hash, which is what a list of sessions calls it
    "UPDATE sessions SET ended_us = :now_us WHERE id_hash >= :handle AND id_hash < :beyond AND ended_us IS NULL"
    " AND (login_id = :staff_id OR :staff_id = 0) RETURNING login_id"
)
END_ALL = Hot("UPDATE sessions SET ended_us = :now_us WHERE login_id = :staff_id AND ended_us IS NULL")
REHASH = Hot("UPDATE logins SET password_hash = :password_hash WHERE id = :staff_id AND password_hash = :old_hash")
SET_PASSWORD = Hot(
    "UPDATE logins SET password_hash = :password_hash, one_time_until_us = :one_time_until_us, epoch = epoch + 1"
    " WHERE id = :staff_id"
)
SET_ROLE = Hot("UPDATE logins SET role = :role, epoch = epoch + 1 WHERE id = :staff_id")
SET_ACTIVE = Hot("UPDATE logins SET active = :active, epoch = epoch + 1 WHERE id = :staff_id AND active <> :active")


@dataclass(frozen=True, slots=True)
class StaffRow:
    """Somebody who can sign in, or could; a customer where `customer_id` says which."""

    staff_id: int
    username: str
    name: str
    role: str
    password_hash: str
    active: bool
    customer_id: int | None = None
    one_time_until_us: int | None = None


@dataclass(frozen=True, slots=True)
class Login:
    """The same as operations see it, before they change it."""

    staff_id: int
    username: str
    name: str
    role: str
    active: bool
    customer_id: int | None

    @property
    def subject(self) -> str:
        """What the audit log calls it."""
        return f"staff/{self.staff_id}" if self.customer_id is None else f"customer/{self.customer_id}"


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session that has not been ended, of somebody who may sign in; whether it is in time is not decided here."""

    id_hash: str
    kind: str
    seen_us: int
    expires_us: int
    staff_id: int
    username: str
    name: str
    role: str
    customer_id: int | None
    one_time_until_us: int | None


class PeopleBook:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    def is_taken(self, username: str) -> bool:
        return self._unit.one(NAMED, {"username": username}) is not None

    def add(
        self,
        username: str,
        name: str,
        role: str,
        password_hash: str,
        now_us: int,
        *,
        customer_id: int | None = None,
        one_time_until_us: int | None = None,
    ) -> int:
        """Somebody new who can sign in; returns the id."""
        row = {"username": username, "name": name, "role": role, "password_hash": password_hash, "created_us": now_us}
        row |= {"customer_id": customer_id, "one_time_until_us": one_time_until_us}
        return int(self._unit.change_one(ADD_LOGIN, row)[0])

    def login(self, staff_id: int) -> Login | None:
        row = self._unit.one(LOGIN, {"staff_id": staff_id})
        return None if row is None else Login(row[0], row[1], row[2], row[3], bool(row[4]), row[5])

    def login_of(self, customer_id: int) -> Login | None:
        """The customer's own."""
        row = self._unit.one(OF_CUSTOMER, {"customer_id": customer_id})
        return None if row is None else self.login(row[0])

    def customers_name(self, customer_id: int) -> str | None:
        row = self._unit.one(CUSTOMERS_NAME, {"customer_id": customer_id})
        return None if row is None else str(row[0])

    def other_admins(self, staff_id: int) -> int:
        """How many besides this one could let somebody in again."""
        return int(self._unit.one(OTHER_ADMINS, {"staff_id": staff_id})[0])

    def open_session(
        self, id_hash: str, person: StaffRow, *, kind: str, expires_us: int, address: str, now_us: int
    ) -> bool:
        """False where the person was disabled, or the password changed, since it was checked."""
        row = {"id_hash": id_hash, "staff_id": person.staff_id, "password_hash": person.password_hash, "kind": kind}
        times = {"now_us": now_us, "expires_us": expires_us, "address": address}
        return self._unit.change(OPEN_SESSION, {**row, **times}) == 1

    def touch(self, id_hash: str, now_us: int) -> None:
        self._unit.change(TOUCH, {"id_hash": id_hash, "now_us": now_us})

    def end(self, id_hash: str, now_us: int) -> bool:
        return self._unit.change(END, {"id_hash": id_hash, "now_us": now_us}) == 1

    def end_listed(self, handle: str, staff_id: int, now_us: int) -> int | None:
        """Ends the session that a list calls so, if it is this person's (0: whoever's); whose it was."""
        key = {"handle": handle, "beyond": handle + "g", "staff_id": staff_id, "now_us": now_us}
        row = self._unit.change_one(END_LISTED, key)
        return None if row is None else int(row[0])

    def end_all(self, staff_id: int, now_us: int) -> int:
        """Ends every session of one person; returns how many there were."""
        return self._unit.change(END_ALL, {"staff_id": staff_id, "now_us": now_us})

    def rehash(self, staff_id: int, old_hash: str, password_hash: str) -> None:
        """The same password under today's parameters; nothing where it was changed meanwhile."""
        self._unit.change(REHASH, {"staff_id": staff_id, "old_hash": old_hash, "password_hash": password_hash})

    def set_password(self, staff_id: int, password_hash: str, one_time_until_us: int | None) -> None:
        row = {"staff_id": staff_id, "password_hash": password_hash, "one_time_until_us": one_time_until_us}
        self._unit.change(SET_PASSWORD, row)

    def set_role(self, staff_id: int, role: str) -> None:
        self._unit.change(SET_ROLE, {"staff_id": staff_id, "role": role})

    def set_active(self, staff_id: int, active: bool) -> bool:
        """False where it was so already."""
        return self._unit.change(SET_ACTIVE, {"staff_id": staff_id, "active": int(active)}) == 1


_STAFF = select(
    logins.c.id,
    logins.c.username,
    logins.c.name,
    logins.c.role,
    logins.c.password_hash,
    logins.c.active,
    logins.c.customer_id,
    logins.c.one_time_until_us,
)
_SESSION: Select[*tuple[Any, ...]] = (
    select(
        sessions.c.id_hash,
        sessions.c.kind,
        sessions.c.seen_us,
        sessions.c.expires_us,
        logins.c.id,
        logins.c.username,
        logins.c.name,
        logins.c.role,
        logins.c.customer_id,
        logins.c.one_time_until_us,
    )
    .join(logins, logins.c.id == sessions.c.login_id)
    .where(sessions.c.ended_us.is_(None), logins.c.active == 1)
)


def staff_named(connection: Connection, username: str) -> StaffRow | None:
    """Whoever signs in by this name, customers included."""
    row = connection.execute(_STAFF.where(logins.c.username == username)).one_or_none()
    return _member(row) if row is not None else None


def all_staff(connection: Connection) -> list[StaffRow]:
    """In the order of their names; no customers."""
    staff = _STAFF.where(logins.c.customer_id.is_(None)).order_by(logins.c.username)
    return [_member(row) for row in connection.execute(staff)]


def login_of_customer(connection: Connection, customer_id: int) -> StaffRow | None:
    row = connection.execute(_STAFF.where(logins.c.customer_id == customer_id)).first()
    return _member(row) if row is not None else None


def live_session(connection: Connection, id_hash: str) -> SessionRow | None:
    row = connection.execute(_SESSION.where(sessions.c.id_hash == id_hash)).one_or_none()
    return SessionRow(*row) if row is not None else None


def live_sessions(connection: Connection, id_hashes: Collection[str]) -> dict[str, SessionRow]:
    """Those of these that have not been ended."""
    found = connection.execute(_SESSION.where(sessions.c.id_hash.in_(id_hashes)))
    return {row[0]: SessionRow(*row) for row in found}


def _member(row: Row[*tuple[Any, ...]]) -> StaffRow:
    return StaffRow(row[0], row[1], row[2], row[3], row[4], bool(row[5]), row[6], row[7])
