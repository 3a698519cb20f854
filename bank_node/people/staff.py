"""Who can sign in, as units of work: hired, given another password, disabled. Passwords come in already hashed."""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.ledger.errors import Refusal
from bank_node.people.roles import ROLES
from bank_node.store.books import Books
from bank_node.store.people import PeopleBook

USERNAME_CHARS_MAX = 64


@dataclass(frozen=True, slots=True)
class NewStaff:
    username: str
    name: str
    role: str
    password_hash: str
    actor: str = ""


def username_of(text: str) -> str:
    """How a user name is kept and compared: without spaces around it, in small letters."""
    return text.strip().casefold()[:USERNAME_CHARS_MAX]


def hire(books: Books, now_us: int, _ids: object, new: NewStaff) -> int:
    if new.role not in ROLES:
        raise Refusal("no_such_role", f"{new.role!r} is not a role; there are {', '.join(ROLES)}", "role")
    people, username = PeopleBook(books.unit), username_of(new.username)
    if not username:
        raise Refusal("invalid", "a user name has at least one character", "username")
    if people.is_taken(username):
        raise Refusal("name_taken", f"{username} is somebody already; choose another user name", "username")
    staff_id = people.add(username, new.name, new.role, new.password_hash, now_us)
    books.audit.note("staff_hired", f"staff/{staff_id}", new.actor, {"username": username, "role": new.role})
    return staff_id


def set_password(books: Books, now_us: int, _ids: object, staff_id: int, password_hash: str, actor: str = "") -> None:
    """Ends every session of the person: whoever knew the old password is out."""
    people = PeopleBook(books.unit)
    people.set_password(staff_id, password_hash)
    people.end_all(staff_id, now_us)
    books.audit.note("staff_password", f"staff/{staff_id}", actor, {})


def set_active(books: Books, now_us: int, _ids: object, staff_id: int, active: bool, actor: str = "") -> None:
    """A disabled person's sessions end at once, and do not come back when he does."""
    people = PeopleBook(books.unit)
    if not people.set_active(staff_id, active):
        return
    books.audit.note("staff_let_in" if active else "staff_disabled", f"staff/{staff_id}", actor, {})
    if not active:
        people.end_all(staff_id, now_us)
