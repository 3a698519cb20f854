"""Payment (31): the form, the review that says it again in words and figures, and the posting."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from bank_node.four_eyes import carry_out, is_above_limit
from bank_node.ledger.account import group
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import format_amount
from bank_node.operations.orders import TransferOrder
from bank_node.store import payees, queries
from bank_node.store.counter_queries import Connection
from bank_node.transfers.charter import Charter
from teller_ui.counter import Page
from teller_ui.forms import BankChoice, Form, offer_accounts, own_account, sentence
from teller_ui.ordering import order_in
from teller_ui.posting import already, fresh, refused, typed
from teller_ui.second_person import is_about_signature, limit_of, refuse_signature, signature_of
from teller_ui.views.review import ReviewView
from teller_ui.visit import Visit
from teller_ui.words import amount_in_words

SCOPE, CODE = "payment", "31"
FIELDS = ("from_account", "to_account", "to_bank", "to_name", "amount", "reference", "customer")


def show(visit: Visit, connection: Connection) -> Response:
    form = fresh(visit, connection, SCOPE, FIELDS)
    if isinstance(form, Response):
        return form
    if visit.asked("account") and not form.value("from_account"):
        form.values["from_account"] = visit.asked("account")
    if form.value("from_account"):
        own_account(connection, form, "from_account")
    return _form(visit, connection, form)


async def review(visit: Visit) -> Response:
    form = typed(visit, SCOPE, FIELDS)
    return await visit.reading(_review, form)


async def edit(visit: Visit) -> Response:
    form = typed(visit, SCOPE, FIELDS)
    return await visit.reading(_edit, form)


async def post(visit: Visit) -> Response:
    form = typed(visit, SCOPE, FIELDS)
    order = await visit.reading(_order, form)
    if order is None:
        return await visit.reading(_wrong, form)
    assert visit.person is not None
    try:
        moved = order.amount_minor, order.currency
        receipt = await carry_out(visit.bank, visit.person, "transfer", order, moved, signature_of(visit))
    except Refusal as refusal:
        if is_about_signature(refusal):
            refuse_signature(form, refusal)
            return await visit.reading(_reviewed, form, order, 422)
        return await visit.reading(_refused, form, refusal)
    return visit.done(receipt)


def _review(visit: Visit, connection: Connection, form: Form) -> Response:
    posted = already(visit, connection, form)
    if posted is not None:
        return posted
    order = _order(visit, connection, form)
    if order is None:
        return _wrong(visit, connection, form)
    return _reviewed(visit, connection, form, order)


def _reviewed(visit: Visit, connection: Connection, form: Form, order: TransferOrder, status: int = 200) -> Response:
    assert visit.person is not None
    above = is_above_limit(visit.bank, visit.person, order.amount_minor, order.currency)
    limit = limit_of(visit, order.currency) if above else ""
    parts: dict[str, Any] = {"form": form, "review": _review_view(visit, connection, order), "limit": limit}
    return visit.page(connection, "payment_review", code=CODE, status=status, fragment="payment_review", **parts)


def _edit(visit: Visit, connection: Connection, form: Form) -> Response:
    own_account(connection, form, "from_account")
    return _form(visit, connection, form)


def _wrong(visit: Visit, connection: Connection, form: Form) -> Response:
    return already(visit, connection, form) or _form(visit, connection, form, 422)


def _refused(visit: Visit, connection: Connection, form: Form, refusal: Refusal) -> Response:
    own_account(connection, form, "from_account")
    return _form(visit, connection, form, refused(visit, connection, form, refusal))


def _form(visit: Visit, connection: Connection, form: Form, status: int = 200) -> Response:
    offer_accounts(connection, form)
    own = visit.bank.charter.bank_id
    form.banks = tuple(
        BankChoice(bank, f"{bank}XFXX" + (" (this bank)" if bank == own else _called(visit.bank.charter, bank)))
        for bank in visit.bank.charter.directory
    )
    if form.value("to_bank") in visit.bank.charter.directory:
        form.bank_seen = visit.seen(connection, form.value("to_bank"))
    if form.payee_said and form.payee_said.bank:
        form.payee_seen = visit.seen(connection, form.payee_said.bank)
    return visit.page(connection, "payment_form", code=CODE, status=status, fragment="payment_form", form=form)


def _called(charter: Charter, bank_id: str) -> str:
    """What a bank calls itself, where it has told its name."""
    name = charter.directory.name_of(bank_id)
    return "" if name == bank_id else f", {name}"


def _order(visit: Visit, connection: Connection, form: Form) -> TransferOrder | None:
    return order_in(visit, connection, form, own_account(connection, form, "from_account"))


def _review_view(visit: Visit, connection: Connection, order: TransferOrder) -> ReviewView:
    payer = queries.account(connection, order.from_account)
    assert payer is not None
    inside = order.to_bank == visit.bank.charter.bank_id
    holder = _holder(connection, order, inside=inside)
    name = (holder if inside else None) or order.to_name or holder or f"Account at {order.to_bank}"
    amount_text = format_amount(order.amount_minor, order.currency)
    left = format_amount(payer.available_minor - order.amount_minor, order.currency)
    how = "Inside this bank: final at once." if inside else f"Through the network; {order.to_bank} decides and answers."
    return ReviewView(
        amount=amount_text,
        currency=order.currency,
        words=sentence(amount_in_words(order.amount_minor, order.currency)),
        from_bank=visit.bank.charter.bank_id,
        from_name=payer.owner,
        from_account=group(payer.number),
        left_says=f"{left} {order.currency} left after this",
        to_bank=order.to_bank,
        to_name=name,
        to_account=group(order.to_account) if order.to_account.startswith("XF") else order.to_account,
        payee_says=_payee_says(order, holder),
        reference=order.reference or "",
        how=how,
        deed=f"Send {amount_text} {order.currency} to {name}",
        seen=visit.seen(connection, order.to_bank),
    )


def _holder(connection: Connection, order: TransferOrder, *, inside: bool) -> str | None:
    """Whose account it is: by our books, or by what its bank has said; empty where it says there is none."""
    if inside:
        own = queries.account(connection, order.to_account)
        return own.owner if own else None
    known = payees.payee(connection, order.to_bank, order.to_account)
    return None if known is None or known.found is None else known.name or ""


def _payee_says(order: TransferOrder, owner: str | None) -> str:
    """Confirmation of payee; where the other bank has said nothing, only the number could be checked."""
    if owner is None:
        return f"{order.to_bank} checks the account when the payment arrives"
    if not owner:
        return f"{order.to_bank} said that it has no such account"
    if order.to_name is None or order.to_name.casefold() == owner.casefold():
        return "the account belongs to this name" if order.to_name is None else "name matches"
    return f"the account belongs to {owner}, not to {order.to_name}"


PAGES = (
    Page("GET", "/payment", show, "transfers.send"),
    Page("POST", "/payment/review", review, "transfers.send"),
    Page("POST", "/payment/edit", edit, "transfers.send"),
    Page("POST", "/payment", post, "transfers.send"),
)
