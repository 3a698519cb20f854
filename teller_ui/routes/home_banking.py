"""A customer's own login, at the counter: given with a one-time password, reset, ended. His pages are under /my."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from bank_node.ledger.errors import Refusal
from bank_node.people import invent_password, let_in, reset_password
from bank_node.people.logins import NewLogin, give_login
from bank_node.people.staff import username_of
from bank_node.store import queries
from bank_node.store.counter_queries import Connection
from bank_node.store.people import StaffRow, login_of_customer
from bank_node.store.queries import CustomerRow
from bank_node.transfers.states import Chip
from teller_ui.counter import Page
from teller_ui.forms import Form
from teller_ui.views.people import ACTIVE, DISABLED, ONE_TIME
from teller_ui.visit import NotThere, Visit

CODE = "10"


@dataclass(frozen=True, slots=True)
class LoginView:
    customer_id: int
    customer: str
    login: StaffRow | None
    chips: tuple[Chip, ...]
    may_give: bool


def show(visit: Visit, connection: Connection) -> Response:
    return _page(visit, connection, Form("login", "", {"username": ""}))


async def give(visit: Visit) -> Response:
    customer = await visit.reading(_customer)
    form = Form("login", "", {"username": visit.values.get("username", "").strip()[:64]})
    made = await invent_password(visit.bank)
    new = NewLogin(customer.id, form.value("username"), made.hash, made.until_us, visit.username)
    try:
        await visit.bank.submit(give_login, new)
    except Refusal as refusal:
        form.refuse(refusal)
        return await visit.reading(_page, form, 422 if refusal.field else 409)
    return await visit.reading(_said_once, username_of(new.username), made.text)


async def reset(visit: Visit) -> Response:
    login = await visit.reading(_login)
    return await visit.reading(
        _said_once, login.username, await reset_password(visit.bank, login.staff_id, visit.username)
    )


async def end(visit: Visit) -> Response:
    return await _let_in(visit, active=False)


async def open_again(visit: Visit) -> Response:
    return await _let_in(visit, active=True)


async def _let_in(visit: Visit, *, active: bool) -> Response:
    login = await visit.reading(_login)
    await let_in(visit.bank, login.staff_id, active, visit.username)
    return visit.go(f"/customers/{login.customer_id}/login?notice=staff-changed")


def _page(visit: Visit, connection: Connection, form: Form, status: int = 200) -> Response:
    customer = _customer(visit, connection)
    login = login_of_customer(connection, customer.id)
    chips: list[Chip] = []
    if login is not None:
        chips += [ACTIVE if login.active else DISABLED, *([ONE_TIME] if login.one_time_until_us is not None else [])]
    else:
        form.values["username"] = form.value("username") or ".".join(customer.name.casefold().split())[:64]
    view = LoginView(customer.id, customer.name, login, tuple(chips), visit.may("logins.give"))
    return visit.page(connection, "home_banking", code=CODE, status=status, form=form, home=view)


def _said_once(visit: Visit, connection: Connection, username: str, password: str) -> Response:
    back = f"/customers/{visit.request.path_params['id']}"
    return visit.page(connection, "said_once", code=CODE, username=username, password=password, back=back)


def _customer(visit: Visit, connection: Connection) -> CustomerRow:
    given = str(visit.request.path_params["id"])
    row = queries.customer(connection, int(given)) if len(given) < 19 else None
    if row is None:
        raise NotThere("There is no such customer at this bank.")
    return row


def _login(visit: Visit, connection: Connection) -> StaffRow:
    login = login_of_customer(connection, _customer(visit, connection).id)
    if login is None:
        raise NotThere("This customer has no login.")
    return login


PAGES = (
    Page("GET", "/customers/{id:int}/login", show, "logins.read"),
    Page("POST", "/customers/{id:int}/login", give, "logins.give"),
    Page("POST", "/customers/{id:int}/login/reset", reset, "logins.give"),
    Page("POST", "/customers/{id:int}/login/end", end, "logins.give"),
    Page("POST", "/customers/{id:int}/login/open", open_again, "logins.give"),
)
