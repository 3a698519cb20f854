"""New payment (72): from a customer's own account; the form, the review, the posting. At the counter it is screen 31.

Whose account a number is, he is not told: a name goes with the payment as he typed it.
"""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from bank_node.four_eyes import KIND, carry_out
from bank_node.ledger.account import group
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import format_amount
from bank_node.operations.orders import TransferOrder
from bank_node.store import queries
from bank_node.store.counter_queries import Connection
from bank_node.store.own_queries import own_account
from bank_node.store.queries import AccountRow
from teller_ui.counter import Page
from teller_ui.forms import BankChoice, Form, choice, sentence
from teller_ui.ordering import order_in
from teller_ui.posting import already, fresh, refused, typed
from teller_ui.routes.my_accounts import customer_of
from teller_ui.views.lists import grouped
from teller_ui.views.review import ReviewView
from teller_ui.visit import Visit, with_notice
from teller_ui.words import amount_in_words

SCOPE, CODE = "my-payment", "72"
FIELDS = ("from_account", "to_account", "to_bank", "to_name", "amount", "reference")


def show(visit: Visit, connection: Connection) -> Response:
    form = fresh(visit, connection, SCOPE, FIELDS)
    return form if isinstance(form, Response) else _form(visit, connection, form)


async def review(visit: Visit) -> Response:
    return await visit.reading(_review, typed(visit, SCOPE, FIELDS))


async def edit(visit: Visit) -> Response:
    return await visit.reading(_form, typed(visit, SCOPE, FIELDS))


async def post(visit: Visit) -> Response:
    form = typed(visit, SCOPE, FIELDS)
    order = await visit.reading(_order, form)
    if order is None or visit.person is None:
        return await visit.reading(_wrong, form)
    try:
        receipt = await carry_out(visit.bank, visit.person, "transfer", order, (order.amount_minor, order.currency))
    except Refusal as refusal:
        return await visit.reading(_refused, form, refusal)
    if receipt.kind == KIND:
        return visit.go(with_notice("/my/payments", "waits"))
    return visit.done(receipt)


def _review(visit: Visit, connection: Connection, form: Form) -> Response:
    posted = already(visit, connection, form)
    if posted is not None:
        return posted
    order = _order(visit, connection, form)
    if order is None:
        return _wrong(visit, connection, form)
    view = _review_view(visit, connection, order)
    return visit.page(connection, "payment_review", code=CODE, fragment="payment_review", form=form, review=view)


def _wrong(visit: Visit, connection: Connection, form: Form) -> Response:
    return already(visit, connection, form) or _form(visit, connection, form, 422)


def _refused(visit: Visit, connection: Connection, form: Form, refusal: Refusal) -> Response:
    return _form(visit, connection, form, refused(visit, connection, form, refusal))


def _form(visit: Visit, connection: Connection, form: Form, status: int = 200) -> Response:
    accounts = queries.accounts_of(connection, customer_of(visit))
    form.choices = tuple(choice(row) for row in accounts if row.state == "open")
    form.account = next((one for one in form.choices if one.number == form.value("from_account")), None)
    form.payee_said = None
    charter = visit.bank.charter
    form.banks = tuple(BankChoice(bank, charter.directory.name_of(bank)) for bank in charter.directory)
    return visit.page(connection, "my_payment", code=CODE, status=status, fragment="my_payment_form", form=form)


def _payer(visit: Visit, connection: Connection, form: Form) -> AccountRow | None:
    row = own_account(connection, customer_of(visit), form.value("from_account"))
    if row is None:
        form.errors["from_account"] = "Choose one of your accounts."
        return None
    form.account = choice(row)
    return row


def _order(visit: Visit, connection: Connection, form: Form) -> TransferOrder | None:
    return order_in(visit, connection, form, _payer(visit, connection, form))


def _review_view(visit: Visit, connection: Connection, order: TransferOrder) -> ReviewView:
    payer = queries.account(connection, order.from_account)
    assert payer is not None
    inside = order.to_bank == visit.bank.charter.bank_id
    sum_ = format_amount(order.amount_minor, order.currency)
    left = format_amount(payer.available_minor - order.amount_minor, order.currency)
    how = "At this bank: there at once." if inside else f"{order.to_bank} answers, most often within seconds."
    view = ReviewView(
        amount=sum_,
        currency=order.currency,
        words=sentence(amount_in_words(order.amount_minor, order.currency)),
        from_bank=visit.bank.charter.bank_id,
        from_name=payer.owner,
        from_account=group(payer.number),
        left_says=f"{left} {order.currency} left after this",
        to_bank=order.to_bank,
        to_name=order.to_name or f"Account at {order.to_bank}",
        to_account=grouped(order.to_account),
        payee_says="",
        reference=order.reference or "",
        how=how,
        deed=f"Send {sum_} {order.currency}",
    )
    return replace(view, path="/my/payment", edit_path="/my/payment/edit")


PAGES = (
    Page("GET", "/my/payment", show, "own.pay"),
    Page("POST", "/my/payment/review", review, "own.pay"),
    Page("POST", "/my/payment/edit", edit, "own.pay"),
    Page("POST", "/my/payment", post, "own.pay"),
)
