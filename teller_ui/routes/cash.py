"""Cash in (21) and cash out (22): one form, posted once, ending in a receipt."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from bank_node.ledger.errors import Refusal
from bank_node.operations import cash
from bank_node.operations.cash import CashOrder
from bank_node.store.counter_queries import Connection
from teller_ui.counter import Page
from teller_ui.forms import Form, amount, offer_accounts, own_account
from teller_ui.posting import already, fresh, refused, typed
from teller_ui.visit import Visit

FIELDS = ("account", "amount", "reference", "customer")


@dataclass(frozen=True, slots=True)
class CashView:
    title: str
    says: str
    path: str
    deed: str
    role: str
    scope: str
    code: str
    cancel_path: str = "/customers"


IN = CashView(
    "Cash in", "Notes and coins over the counter onto an account.", "/cash/in", "Take in", "payee", "cash-in", "21"
)
OUT = CashView(
    "Cash out", "From an account over the counter to the customer.", "/cash/out", "Pay out", "payer", "cash-out", "22"
)


def show_in(visit: Visit, connection: Connection) -> Response:
    return _show(visit, connection, IN)


def show_out(visit: Visit, connection: Connection) -> Response:
    return _show(visit, connection, OUT)


async def post_in(visit: Visit) -> Response:
    return await _post(visit, IN)


async def post_out(visit: Visit) -> Response:
    return await _post(visit, OUT)


def _show(visit: Visit, connection: Connection, way: CashView) -> Response:
    form = fresh(visit, connection, way.scope, FIELDS)
    if isinstance(form, Response):
        return form
    if form.value("account"):
        own_account(connection, form, "account")
    return _page(visit, connection, way, form)


async def _post(visit: Visit, way: CashView) -> Response:
    form = typed(visit, way.scope, FIELDS)
    order = await visit.reading(_read, form)
    if order is None:
        return await visit.reading(_wrong, way, form)
    try:
        receipt = await visit.bank.submit(cash.deposit if way is IN else cash.withdraw, order)
    except Refusal as refusal:
        return await visit.reading(_refused, way, form, refusal)
    return visit.done(receipt)


def _read(visit: Visit, connection: Connection, form: Form) -> CashOrder | None:
    account = own_account(connection, form, "account")
    minor = amount(form, account.currency if account else "EUR")
    if account is None or minor is None:
        return None
    claim = visit.claim(form.scope, form.key, form.request_hash)
    return CashOrder(account.number, minor, account.currency, visit.username, form.text("reference"), claim)


def _wrong(visit: Visit, connection: Connection, way: CashView, form: Form) -> Response:
    return already(visit, connection, form) or _page(visit, connection, way, form, 422)


def _refused(visit: Visit, connection: Connection, way: CashView, form: Form, refusal: Refusal) -> Response:
    return _page(visit, connection, way, form, refused(visit, connection, form, refusal))


def _page(visit: Visit, connection: Connection, way: CashView, form: Form, status: int = 200) -> Response:
    offer_accounts(connection, form)
    return visit.page(connection, "cash", code=way.code, status=status, fragment="cash_form", cash=way, form=form)


PAGES = (
    Page("GET", "/cash/in", show_in, "cash.deposit"),
    Page("POST", "/cash/in", post_in, "cash.deposit"),
    Page("GET", "/cash/out", show_out, "cash.withdraw"),
    Page("POST", "/cash/out", post_out, "cash.withdraw"),
)
