"""Unclaimed money is paid out: to an account of this bank, or in cash. The page that says what will happen, once."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import format_amount
from bank_node.operations.unclaimed import PayOut, pay_out_unclaimed
from bank_node.store.counter_queries import Connection
from bank_node.store.unclaimed import UnclaimedRow, unclaimed
from teller_ui.counter import Page
from teller_ui.forms import Form, own_account
from teller_ui.posting import already, fresh, refused, typed
from teller_ui.views.frame import MessageView
from teller_ui.views.lists import grouped
from teller_ui.views.text import date, moment
from teller_ui.visit import NotThere, Visit
from teller_ui.words import amount_in_words

SCOPE, CODE = "pay-out", "41"
FIELDS = ("to_account", "of")


@dataclass(frozen=True, slots=True)
class PayOutView:
    title: str
    says: str
    amount: str
    currency: str
    words: str
    facts: tuple[tuple[str, str], ...]
    path: str
    deed: str


def show(visit: Visit, connection: Connection) -> Response:
    row = _item(visit, connection)
    if row.paid_us is not None:
        return _paid(visit, connection, row)
    form = fresh(visit, connection, SCOPE, FIELDS)
    return form if isinstance(form, Response) else _form(visit, connection, form)


async def post(visit: Visit) -> Response:
    form = typed(visit, SCOPE, FIELDS)
    order = await visit.reading(_order, form)
    if order is None:
        return await visit.reading(_wrong, form)
    try:
        receipt = await visit.bank.submit(pay_out_unclaimed, order)
    except Refusal as refusal:
        return await visit.reading(_refused, form, refusal)
    return visit.done(receipt)


def _item(visit: Visit, connection: Connection) -> UnclaimedRow:
    given = str(visit.request.path_params["id"])
    id_ = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0
    found = unclaimed(connection, before_id=id_ + 1, limit=1) if id_ else []
    if not found or found[0].id != id_:
        raise NotThere("There is no such item of unclaimed money.")
    return found[0]


def _order(visit: Visit, connection: Connection, form: Form) -> PayOut | None:
    row = _item(visit, connection)
    form.values["of"] = str(row.id)
    to = own_account(connection, form, "to_account") if form.value("to_account") else None
    if form.errors:
        return None
    claim = visit.claim(SCOPE, form.key, form.request_hash)
    return PayOut(row.id, to.number if to else None, visit.username, claim)


def _wrong(visit: Visit, connection: Connection, form: Form) -> Response:
    return already(visit, connection, form) or _form(visit, connection, form, 422)


def _refused(visit: Visit, connection: Connection, form: Form, refusal: Refusal) -> Response:
    row = _item(visit, connection)
    if row.paid_us is not None:
        return _paid(visit, connection, row, 409)
    return _form(visit, connection, form, refused(visit, connection, form, refusal))


def _paid(visit: Visit, connection: Connection, row: UnclaimedRow, status: int = 200) -> Response:
    when = moment(row.paid_us or 0, visit.bank.clock.now_us())
    words = f"{row.paid_by} paid it out, {when}. It is paid once."
    message = MessageView("It is paid out", words, f"/entries/{row.paid_entry_id}", "Show its receipt")
    return visit.page(connection, "message", code=CODE, status=status, message=message)


def _form(visit: Visit, connection: Connection, form: Form, status: int = 200) -> Response:
    row = _item(visit, connection)
    said = format_amount(row.amount_minor, row.currency)
    view = PayOutView(
        title=f"Pay out to {row.owner}",
        says="It came back after the account was closed. See who stands in front of you before you pay.",
        amount=said,
        currency=row.currency,
        words=amount_in_words(row.amount_minor, row.currency),
        facts=(
            ("Owner", row.owner),
            ("Closed account", grouped(row.account)),
            ("Since", date(row.at_us)),
            ("Payment", row.transaction_id),
        ),
        path=f"/attention/unclaimed/{row.id}/pay-out",
        deed=f"Pay out {said} {row.currency}",
    )
    return visit.page(connection, "pay_out", code=CODE, status=status, form=form, out=view)


PAGES = (
    Page("GET", "/attention/unclaimed/{id}/pay-out", show, "desk.pay_out"),
    Page("POST", "/attention/unclaimed/{id}/pay-out", post, "desk.pay_out"),
)
