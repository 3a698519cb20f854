"""Open an account (12) for a customer; its number with check digits is made by the bank."""

from __future__ import annotations

from starlette.responses import Response

from bank_node.ledger.account import TYPES
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import EXPONENTS
from bank_node.operations.accounts import NewAccount, open_account
from bank_node.store import queries
from bank_node.store.counter_queries import Connection
from teller_ui.counter import Page
from teller_ui.forms import Form
from teller_ui.posting import fresh, refused, typed
from teller_ui.views import customer
from teller_ui.visit import NotThere, Visit

SCOPE, CODE = "account", "12"
FIELDS = ("customer", "type", "currency")


def show(visit: Visit, connection: Connection) -> Response:
    if not visit.asked("customer"):
        raise NotThere("Choose the customer first; the button stands on the customer's page.")
    form = fresh(visit, connection, SCOPE, FIELDS)
    return form if isinstance(form, Response) else _page(visit, connection, form)


async def post(visit: Visit) -> Response:
    form = typed(visit, SCOPE, FIELDS)
    customer_id = form.value("customer")
    whose = int(customer_id) if customer_id.isascii() and customer_id.isdigit() and len(customer_id) < 19 else 0
    claim = visit.claim(SCOPE, form.key, form.request_hash)
    new = NewAccount(whose, form.value("type"), form.value("currency"), visit.username, claim)
    try:
        receipt = await visit.bank.submit(open_account, new)
    except Refusal as refusal:
        return await visit.reading(_refused, form, refusal)
    return visit.done(receipt)


def _refused(visit: Visit, connection: Connection, form: Form, refusal: Refusal) -> Response:
    return _page(visit, connection, form, refused(visit, connection, form, refusal))


def _page(visit: Visit, connection: Connection, form: Form, status: int = 200) -> Response:
    given = form.value("customer")
    known = (
        queries.customer(connection, int(given)) if given.isascii() and given.isdigit() and len(given) < 19 else None
    )
    if known is None:
        raise NotThere("There is no such customer at this bank.")
    types = tuple((name, customer.TYPES[name]) for name in TYPES)
    return visit.page(
        connection,
        "open_account",
        code=CODE,
        status=status,
        fragment="open_account_form",
        form=form,
        owner=known.name,
        types=types,
        currencies=tuple(EXPONENTS),
    )


PAGES = (
    Page("GET", "/accounts/new", show, "accounts.open"),
    Page("POST", "/accounts/new", post, "accounts.open"),
)
