"""Open a customer (11), in two steps with the first account; a warning where somebody is called just so already."""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from bank_node.ledger.errors import Refusal
from bank_node.operations.customers import NewCustomer, open_customer
from bank_node.store import queries
from bank_node.store.counter_queries import Connection
from bank_node.store.queries import CustomerRow
from teller_ui.counter import Page
from teller_ui.forms import Form
from teller_ui.posting import already, fresh, refused, typed
from teller_ui.views import text
from teller_ui.views.customer import FoundRow
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
    if receipt.replayed:
        return visit.done(receipt)
    return visit.go(f"/accounts/new?customer={receipt.id}")


def _fits(_visit: Visit, connection: Connection, form: Form) -> bool:
    name = form.text("name")
    if name is None:
        form.errors["name"] = "What is the customer called?"
        return False
    if form.value("born") and not _is_date(form.value("born")):
        form.errors["born"] = "Write the day of birth like 1987-05-04."
    alike = queries.namesakes(connection, name)
    if alike and form.value("another") != "yes":
        form.errors["another"] = f"{alike[0].name} is a customer already. Open a second one only for another person."
    return not form.errors


def _namesake(row: CustomerRow) -> FoundRow:
    """What tells one from another: born when, and since when a customer."""
    born = f"born {text.day_of(row.born)}, " if row.born else ""
    return FoundRow(f"/customers/{row.id}", row.name, f"{born}customer since {text.date(row.since_us)}")


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
    alike = queries.namesakes(connection, form.value("name")) if form.error("another") else []
    return visit.page(
        connection,
        "open_customer",
        code=CODE,
        status=status,
        fragment="open_customer_form",
        form=form,
        namesakes=tuple(_namesake(row) for row in alike),
    )


PAGES = (
    Page("GET", "/customers/new", show, "customers.open"),
    Page("POST", "/customers/new", post, "customers.open"),
)
