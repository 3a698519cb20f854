"""Who can sign in, as units of work: hired, given another role or password, disabled. Passwords come in already hashed.

A customer's own login is given in `logins`; once it is there, what is done to it is done here too.
"""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.ledger.errors import Refusal
from bank_node.people.roles import ADMIN, CUSTOMER, STAFF
from bank_node.store.books import Books
from bank_node.store.people import Login, PeopleBook

USERNAME_CHARS_MAX = 64


@dataclass(frozen=True, slots=True)
class NewStaff:
    """`one_time_until_us`: the password was made by the bank, and is good until then."""

    username: str
    name: str
    role: str
    password_hash: str
    actor: str = ""
    one_time_until_us: int | None = None


_MARKS = "/\\?#%"  # a name stands in addresses


def username_of(text: str) -> str:
    """How a user name is kept and compared: without spaces around it, in small letters."""
    return text.strip().casefold()[:USERNAME_CHARS_MAX]


def hire(books: Books, now_us: int, _ids: object, new: NewStaff) -> int:
    _check_role(new.role)
    people, username = PeopleBook(books.unit), check_username(books, new.username)
    if not new.name.strip():
        raise Refusal("invalid", "a name has at least one character", "name")
    until_us = new.one_time_until_us
    staff_id = people.add(username, new.name, new.role, new.password_hash, now_us, one_time_until_us=until_us)
    hired = {"username": username, "role": new.role, "one_time": until_us is not None}
    books.audit.note("staff_hired", f"staff/{staff_id}", new.actor, hired)
    return staff_id


def check_username(books: Books, typed: str) -> str:
    """The name as it is kept. Raises Refusal where it is none, or is somebody's."""
    username = username_of(typed)
    if not username or any(not letter.isprintable() or letter.isspace() or letter in _MARKS for letter in username):
        words = f"a user name has at least one character, no blanks and none of {' '.join(_MARKS)}"
        raise Refusal("invalid", words, "username")
    if not username.strip("."):  # in an address these lead elsewhere: /staff/.. is /
        raise Refusal("invalid", "a user name has not only dots", "username")
    if PeopleBook(books.unit).is_taken(username):
        raise Refusal("name_taken", f"{username} is somebody already; choose another user name", "username")
    return username


def set_password(
    books: Books,
    now_us: int,
    _ids: object,
    staff_id: int,
    password_hash: str,
    actor: str = "",
    one_time_until_us: int | None = None,
) -> None:
    """Ends every session of the person: whoever knew the old password is out."""
    people = PeopleBook(books.unit)
    login = _login(people, staff_id)
    people.set_password(staff_id, password_hash, one_time_until_us)
    ended = people.end_all(staff_id, now_us)
    facts = {"one_time": one_time_until_us is not None, "sessions_ended": ended}
    books.audit.note("staff_password" if login.customer_id is None else "login_password", login.subject, actor, facts)


def set_active(books: Books, now_us: int, _ids: object, staff_id: int, active: bool, actor: str = "") -> None:
    """A disabled person's sessions end at once, and do not come back when he does."""
    people = PeopleBook(books.unit)
    login = _login(people, staff_id)
    if not active:
        _check_not_last(people, login)
    if not people.set_active(staff_id, active):
        return
    if login.customer_id is None:
        action = "staff_let_in" if active else "staff_disabled"
    else:
        action = "login_let_in" if active else "login_disabled"
    said = {"from": "disabled", "to": "active"} if active else {"from": "active", "to": "disabled"}
    books.audit.note(action, login.subject, actor, said)
    if not active:
        people.end_all(staff_id, now_us)


def set_role(books: Books, now_us: int, _ids: object, staff_id: int, role: str, actor: str = "") -> None:
    """Another role for a member of staff, from the next sign-in on: what is open in the old one ends."""
    _check_role(role)
    people = PeopleBook(books.unit)
    login = _login(people, staff_id)
    if login.role == CUSTOMER:
        raise Refusal("no_such_role", "a customer's login is for his own pages, and stays so", "role")
    if login.role == role:
        return
    _check_not_last(people, login)
    people.set_role(staff_id, role)
    people.end_all(staff_id, now_us)
    books.audit.note("staff_role", login.subject, actor, {"from": login.role, "to": role})


def _check_role(role: str) -> None:
    if role not in STAFF:
        raise Refusal("no_such_role", f"{role!r} is not a role; there are {', '.join(STAFF)}", "role")


def _check_not_last(people: PeopleBook, login: Login) -> None:
    """Two admins may disable each other in the same moment; in a unit of work one of them is first."""
    if login.role == ADMIN and login.active and not people.other_admins(login.staff_id):
        raise Refusal("last_admin", "this is the last admin: somebody must be left who can undo it")


def _login(people: PeopleBook, staff_id: int) -> Login:
    login = people.login(staff_id)
    if login is None:
        raise Refusal("not_found", "there is nobody of that name")
    return login
