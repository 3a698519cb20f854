"""Cash in (21) and cash out (22): one form, posted once, through the teller's drawer, ending in a receipt.

Above the teller's limit it ends in a request for approval, unless a supervisor signs in the same form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from bank_node.four_eyes import carry_out
from bank_node.ledger.errors import Refusal
from bank_node.operations.cash import CashOrder
from bank_node.store.counter_queries import Connection
from bank_node.store.drawers import drawer_of
from teller_ui.counter import Page
from teller_ui.counting import pieces_in
from teller_ui.forms import Form, amount, offer_accounts, own_account, sentence
from teller_ui.posting import already, fresh, refused, typed
from teller_ui.second_person import is_about_signature, limit_of, refuse_signature, signature_of
from teller_ui.views.branch import PIECE_FIELDS, pieces_of
from teller_ui.visit import Visit

FIELDS = ("account", "amount", "reference", "customer", *PIECE_FIELDS)


@dataclass(frozen=True, slots=True)
class CashView:
    title: str
    says: str
    path: str
    deed: str
    scope: str
    code: str
    kind: str
    cancel_path: str = "/customers"


IN = CashView(
    title="Cash in",
    says="Notes and coins over the counter onto an account.",
    path="/cash/in",
    deed="Take in",
    scope="cash-in",
    code="21",
    kind="deposit",
)
OUT = CashView(
    title="Cash out",
    says="From an account over the counter to the customer.",
    path="/cash/out",
    deed="Pay out",
    scope="cash-out",
    code="22",
    kind="withdrawal",
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
    assert visit.person is not None
    try:
        moved = order.amount_minor, order.currency
        receipt = await carry_out(visit.bank, visit.person, way.kind, order, moved, signature_of(visit))
    except Refusal as refusal:
        return await visit.reading(_refused, way, form, refusal)
    return visit.done(receipt)


def _read(visit: Visit, connection: Connection, form: Form) -> CashOrder | None:
    account = own_account(connection, form, "account")
    minor = amount(form, account.currency if account else "EUR")
    if account is None or minor is None:
        return None
    try:
        pieces = pieces_in(form, account.currency)
    except Refusal as refusal:
        form.errors["amount"] = sentence(refusal.detail)
        return None
    claim = visit.claim(form.scope, form.key, form.request_hash)
    return CashOrder(
        account.number,
        minor,
        account.currency,
        visit.username,
        form.text("reference"),
        claim,
        denominations=pieces or None,
        needs_drawer=True,
    )


def _wrong(visit: Visit, connection: Connection, way: CashView, form: Form) -> Response:
    return already(visit, connection, form) or _page(visit, connection, way, form, 422)


def _refused(visit: Visit, connection: Connection, way: CashView, form: Form, refusal: Refusal) -> Response:
    if is_about_signature(refusal):
        refuse_signature(form, refusal)
        return _page(visit, connection, way, form, 422)
    if refusal.field == "denominations" or refusal.code == "drawer_short":
        form.errors["amount"] = sentence(refusal.detail)
        return _page(visit, connection, way, form, 422)
    return _page(visit, connection, way, form, refused(visit, connection, form, refusal))


def _page(visit: Visit, connection: Connection, way: CashView, form: Form, status: int = 200) -> Response:
    offer_accounts(connection, form)
    currency = form.account.currency if form.account else "EUR"
    parts: dict[str, Any] = {
        "cash": way,
        "form": form,
        "group": pieces_of(currency),
        "limit": limit_of(visit, currency),
    }
    parts["has_drawer"] = drawer_of(connection, visit.username) is not None
    parts["counted"] = any(form.value(piece) for piece in PIECE_FIELDS)
    return visit.page(connection, "cash", code=way.code, status=status, fragment="cash_form", **parts)


PAGES = (
    Page("GET", "/cash/in", show_in, "cash.deposit"),
    Page("POST", "/cash/in", post_in, "cash.deposit"),
    Page("GET", "/cash/out", show_out, "cash.withdraw"),
    Page("POST", "/cash/out", post_out, "cash.withdraw"),
)
