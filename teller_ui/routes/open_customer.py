"""Open a customer (11): a warning where somebody of that name is a customer already."""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from bank_node.ledger.errors import Refusal
from bank_node.operations.customers import NewCustomer, open_customer
from bank_node.store import queries
from bank_node.store.counter_queries import Connection
from teller_ui.counter import Page
from teller_ui.forms import Form
from teller_ui.posting import already, fresh, refused, typed
from teller_ui.visit import Visit

SCOPE, CODE = "customer", "11"
FIELDS = ("name", "phone", "born", "another")


def show(visit: Visit, connection: Connection) -> Response:
    form = fresh(visit, connection, SCOPE, FIELDS)
    return form if isinstance(form, Response) else _page(visit, connection, form)


async def post(visit: Visit) -> Response:
    form = typed(visit, SCOPE, FIELDS)
    if not await visit.reading(_fits, form):
        return await visit.reading(_wrong, form)
    claim = visit.claim(SCOPE, form.key, form.request_hash)
    new = NewCustomer(form.text("name") or "", form.text("phone"), form.text("born"), visit.username, claim)
    try:
        receipt = await visit.bank.submit(open_customer, new)
    except Refusal as refusal:
        return await visit.reading(_refused, form, refusal)
    return visit.done(receipt)


def _fits(_visit: Visit, connection: Connection, form: Form) -> bool:
    name = form.text("name")
    if name is None:
        form.errors["name"] = "What is the customer called?"
        return False
    if form.value("born") and not _is_date(form.value("born")):
        form.errors["born"] = "Write the day of birth like 1987-05-04."
    alike = [row for row in queries.find_customers(connection, name) if row.name.casefold() == name.casefold()]
    if alike and form.value("another") != "yes":
        form.errors["another"] = f"{alike[0].name} is a customer already. Open a second one only for another person."
    return not form.errors


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _wrong(visit: Visit, connection: Connection, form: Form) -> Response:
    return already(visit, connection, form) or _page(visit, connection, form, 422)


def _refused(visit: Visit, connection: Connection, form: Form, refusal: Refusal) -> Response:
    return _page(visit, connection, form, refused(visit, connection, form, refusal))


def _page(visit: Visit, connection: Connection, form: Form, status: int = 200) -> Response:
    fragment = "open_customer_form"
    return visit.page(connection, "open_customer", code=CODE, status=status, fragment=fragment, form=form)


PAGES = (
    Page("GET", "/customers/new", show, "customers.open"),
    Page("POST", "/customers/new", post, "customers.open"),
)
