"""Staff (62): who can sign in; the admin lets somebody in and out, gives roles and one-time passwords."""

from __future__ import annotations

from starlette.responses import Response

from bank_node.ledger.errors import Refusal
from bank_node.people import change_role, invent_password, let_in, reset_password
from bank_node.people.roles import STAFF
from bank_node.people.staff import NewStaff, hire, username_of
from bank_node.store.counter_queries import Connection
from bank_node.store.people import StaffRow, all_staff, staff_named
from teller_ui.counter import Page
from teller_ui.forms import Form, sentence
from teller_ui.views.frame import MessageView
from teller_ui.views.people import member_view
from teller_ui.visit import NotThere, Visit

CODE = "62"
_FIELDS = ("username", "name", "role")


def show(visit: Visit, connection: Connection) -> Response:
    return _page(visit, connection, Form("staff", "", dict.fromkeys(_FIELDS, "")))


async def add(visit: Visit) -> Response:
    form = Form("staff", "", {name: visit.values.get(name, "").strip()[:140] for name in _FIELDS})
    made = await invent_password(visit.bank)
    new = NewStaff(
        form.value("username"),
        form.text("name") or "",
        form.value("role"),
        made.hash,
        visit.username,
        made.until_us,
    )
    try:
        await visit.bank.submit(hire, new)
    except Refusal as refusal:
        form.refuse(refusal)
        return await visit.reading(_page, form, 409 if refusal.code == "name_taken" else 422)
    return await visit.reading(_said_once, username_of(new.username), made.text)


async def reset(visit: Visit) -> Response:
    member = await visit.reading(_member)
    password = await reset_password(visit.bank, member.staff_id, visit.username)
    return await visit.reading(_said_once, member.username, password)


async def disable(visit: Visit) -> Response:
    return await _change(visit, active=False)


async def enable(visit: Visit) -> Response:
    return await _change(visit, active=True)


async def _change(visit: Visit, *, active: bool) -> Response:
    member = await visit.reading(_member)
    if _is_self(visit, member):
        return await visit.reading(_refused, "Nobody disables himself: somebody must be left who can undo it.")
    try:
        await let_in(visit.bank, member.staff_id, active, visit.username)
    except Refusal as refusal:
        return await visit.reading(_refused, sentence(refusal.detail))
    return visit.go("/staff?notice=staff-changed")


async def give_role(visit: Visit) -> Response:
    member = await visit.reading(_member)
    if _is_self(visit, member):
        return await visit.reading(_refused, "Nobody changes his own role; another admin does.")
    try:
        await change_role(visit.bank, member.staff_id, visit.values.get("role", ""), visit.username)
    except Refusal as refusal:
        return await visit.reading(_refused, sentence(refusal.detail))
    return visit.go("/staff?notice=staff-changed")


def _page(visit: Visit, connection: Connection, form: Form, status: int = 200) -> Response:
    assert visit.person is not None
    members = tuple(member_view(row, visit.person.staff_id) for row in all_staff(connection))
    may_change = visit.may("staff.change")
    about = {"members": members, "roles": STAFF, "may_change": may_change}
    return visit.page(connection, "staff", code=CODE, status=status, form=form, staff=about)


def _said_once(visit: Visit, connection: Connection, username: str, password: str) -> Response:
    back = "/staff"
    return visit.page(connection, "said_once", code=CODE, username=username, password=password, back=back)


def _member(visit: Visit, connection: Connection) -> StaffRow:
    row = staff_named(connection, username_of(visit.request.path_params["username"]))
    if row is None or row.customer_id is not None:
        raise NotThere("There is nobody of that name.")
    return row


def _refused(visit: Visit, connection: Connection, words: str) -> Response:
    message = MessageView("This cannot be done", f"{words} Nothing was changed.", "/staff", "Staff")
    return visit.page(connection, "message", code=CODE, status=409, message=message)


def _is_self(visit: Visit, member: StaffRow) -> bool:
    return visit.person is not None and member.staff_id == visit.person.staff_id


PAGES = (
    Page("GET", "/staff", show, "staff.read"),
    Page("POST", "/staff", add, "staff.change"),
    Page("POST", "/staff/{username}/reset", reset, "staff.change"),
    Page("POST", "/staff/{username}/disable", disable, "staff.change"),
    Page("POST", "/staff/{username}/enable", enable, "staff.change"),
    Page("POST", "/staff/{username}/role", give_role, "staff.change"),
)
