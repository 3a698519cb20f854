"""Return of a received payment, whole or in part: the form, the review that says it again, the posting."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import exponent_of, format_amount
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.store import queries, transfer_queries
from bank_node.store.counter_queries import Connection
from bank_node.store.queries import AccountRow
from bank_node.store.transfer_queries import DecisionRow
from bank_node.transfers import states
from teller_ui.counter import Page
from teller_ui.forms import Form, amount, sentence
from teller_ui.posting import already, fresh, refused, typed
from teller_ui.views.lists import grouped
from teller_ui.views.review import ReviewView
from teller_ui.visit import NotThere, Visit
from teller_ui.words import amount_in_words

SCOPE, CODE = "return", "44"
FIELDS = ("amount", "reason", "of")


@dataclass(frozen=True, slots=True)
class ReturnView:
    """What is known of the payment while its return is typed."""

    title: str
    says: str
    path: str
    cancel_path: str
    currency: str
    decimals: int
    left: str


@dataclass(frozen=True, slots=True)
class _Asked:
    payment: DecisionRow
    account: AccountRow
    left_minor: int
    path: str

    @property
    def sender(self) -> str:
        return self.payment.from_name or f"the payer at {self.payment.from_bank}"


def show(visit: Visit, connection: Connection) -> Response:
    asked = _asked(visit, connection)
    form = fresh(visit, connection, SCOPE, FIELDS)
    return form if isinstance(form, Response) else _form(visit, connection, asked, form)


async def review(visit: Visit) -> Response:
    return await visit.reading(_review, _typed(visit))


async def edit(visit: Visit) -> Response:
    return await visit.reading(lambda v, c, form: _form(v, c, _asked(v, c), form), _typed(visit))


async def post(visit: Visit) -> Response:
    form = _typed(visit)
    order = await visit.reading(_order, form)
    if order is None:
        return await visit.reading(_wrong, form)
    try:
        receipt = await visit.bank.submit(return_transfer, order)
    except Refusal as refusal:
        return await visit.reading(_refused, form, refusal)
    return visit.done(receipt)


def _typed(visit: Visit) -> Form:
    """The form with the payment it is about, so that its key cannot be used for another one's return."""
    form = typed(visit, SCOPE, FIELDS)
    form.values["of"] = "/".join((visit.request.path_params["bank"], visit.request.path_params["id"]))
    return form


def _asked(visit: Visit, connection: Connection) -> _Asked:
    """Raises NotThere where there is nothing to return."""
    place = visit.request.path_params
    row = transfer_queries.decision(connection, place["id"], place["bank"])
    if row is None:
        raise NotThere("This bank received no payment with this id from there.")
    account = queries.account(connection, row.to_account) if row.to_account else None
    if row.kind != states.PAYMENT or row.decision != states.ACCEPTED or account is None:
        raise NotThere("This bank credited nothing that could be returned.")
    left = (row.amount_minor or 0) - row.returned_minor
    return _Asked(row, account, left, f"/payments/received/{place['bank']}/{place['id']}")


def _review(visit: Visit, connection: Connection, form: Form) -> Response:
    posted = already(visit, connection, form)
    if posted is not None:
        return posted
    order = _order(visit, connection, form)
    if order is None:
        return _wrong(visit, connection, form)
    view = _review_view(visit, _asked(visit, connection), order)
    return visit.page(connection, "return_review", code=CODE, fragment="payment_review", form=form, review=view)


def _order(visit: Visit, connection: Connection, form: Form) -> ReturnOrder | None:
    asked = _asked(visit, connection)
    minor = asked.left_minor if not form.value("amount") else amount(form, asked.account.currency)
    if asked.left_minor == 0:
        form.errors["amount"] = "All of it was returned before."
    elif minor and minor > asked.left_minor:
        form.errors["amount"] = f"{_left(asked)} of it are left to return."
    elif minor and minor > asked.account.available_minor:
        available = format_amount(asked.account.available_minor, asked.account.currency)
        form.errors["amount"] = f"The account has {available} {asked.account.currency} available."
    if minor is None or form.errors:
        return None
    claim = visit.claim(SCOPE, form.key, form.request_hash)
    payment = asked.payment
    reason = form.text("reason")
    return ReturnOrder(payment.from_bank, payment.transaction_id, minor, reason, visit.username, claim)


def _wrong(visit: Visit, connection: Connection, form: Form) -> Response:
    return already(visit, connection, form) or _form(visit, connection, _asked(visit, connection), form, 422)


def _refused(visit: Visit, connection: Connection, form: Form, refusal: Refusal) -> Response:
    status = refused(visit, connection, form, refusal)
    return _form(visit, connection, _asked(visit, connection), form, status)


def _form(visit: Visit, connection: Connection, asked: _Asked, form: Form, status: int = 200) -> Response:
    payment, currency = asked.payment, asked.account.currency
    whole = f"{format_amount(payment.amount_minor or 0, currency)} {currency}"
    view = ReturnView(
        title=f"Return to {asked.sender}",
        says=f"{whole} came from {payment.from_bank} for {asked.account.owner}. {_left(asked)} can be returned.",
        path=f"{asked.path}/return",
        cancel_path=asked.path,
        currency=currency,
        decimals=exponent_of(currency),
        left=format_amount(asked.left_minor, currency),
    )
    return visit.page(connection, "return_form", code=CODE, status=status, fragment="return_form", form=form, back=view)


def _left(asked: _Asked) -> str:
    return f"{format_amount(asked.left_minor, asked.account.currency)} {asked.account.currency}"


def _review_view(visit: Visit, asked: _Asked, order: ReturnOrder) -> ReviewView:
    account, payment, currency = asked.account, asked.payment, asked.account.currency
    minor = order.amount_minor or 0
    said = format_amount(minor, currency)
    left = format_amount(account.available_minor - minor, currency)
    return ReviewView(
        amount=said,
        currency=currency,
        words=sentence(amount_in_words(minor, currency)),
        from_bank=visit.bank.charter.bank_id,
        from_name=account.owner,
        from_account=grouped(account.number),
        left_says=f"{left} {currency} left after this",
        to_bank=payment.from_bank,
        to_name=asked.sender,
        to_account=grouped(payment.from_account),
        payee_says="the account the payment came from",
        reference=order.reason or "",
        how=f"A payment of its own that names this one; {payment.from_bank} books it to the payer and answers.",
        deed=f"Return {said} {currency} to {asked.sender}",
        path=f"{asked.path}/return",
        edit_path=f"{asked.path}/return/edit",
    )


PAGES = (
    Page("GET", "/payments/received/{bank}/{id}/return", show, "transfers.return"),
    Page("POST", "/payments/received/{bank}/{id}/return/review", review, "transfers.return"),
    Page("POST", "/payments/received/{bank}/{id}/return/edit", edit, "transfers.return"),
    Page("POST", "/payments/received/{bank}/{id}/return", post, "transfers.return"),
)
