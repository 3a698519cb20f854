"""Calling a sent payment back: taken back while it is open; once completed, its receiver is asked to return it."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import format_amount
from bank_node.operations.desk import call_back
from bank_node.operations.recall import RecallOrder
from bank_node.store import transfer_queries
from bank_node.store.counter_queries import Connection
from bank_node.store.transfer_queries import TransferRow
from bank_node.transfers import states
from teller_ui.counter import Page
from teller_ui.forms import Form, sentence
from teller_ui.posting import already, fresh, refused, typed
from teller_ui.views.frame import MessageView
from teller_ui.visit import NotThere, Visit

SCOPE, CODE = "call-back", "43"
FIELDS = ("reason", "of")


@dataclass(frozen=True, slots=True)
class CallBackView:
    """`asks_why` where other people will read the reason and decide."""

    title: str
    transaction_id: str
    says: str
    path: str
    cancel_path: str
    deed: str
    asks_why: bool


def show(visit: Visit, connection: Connection) -> Response:
    row = _sent(visit, connection)
    if row.state == states.REJECTED:
        return _cannot(visit, connection, row.transaction_id, "The other bank refused it; its money is back.")
    form = fresh(visit, connection, SCOPE, FIELDS)
    return form if isinstance(form, Response) else _form(visit, connection, row, form)


async def post(visit: Visit) -> Response:
    form = typed(visit, SCOPE, FIELDS)
    id_ = form.values["of"] = visit.request.path_params["id"]
    claim = visit.claim(SCOPE, form.key, form.request_hash)
    try:
        receipt = await visit.bank.submit(call_back, RecallOrder(id_, form.text("reason"), visit.username, claim))
    except Refusal as refusal:
        return await visit.reading(_refused, form, refusal)
    return visit.done(receipt)


def _sent(visit: Visit, connection: Connection) -> TransferRow:
    row = transfer_queries.transfer(connection, visit.request.path_params["id"])
    if row is None or row.kind == states.INSIDE:
        raise NotThere("This bank sent no such payment to another bank.")
    return row


def _refused(visit: Visit, connection: Connection, form: Form, refusal: Refusal) -> Response:
    if refusal.code in ("final", "not_found", "AG01", "AM02", "suspect"):
        posted = already(visit, connection, form)
        return posted or _cannot(visit, connection, form.value("of"), sentence(refusal.detail))
    status = refused(visit, connection, form, refusal)
    return _form(visit, connection, _sent(visit, connection), form, status)


def _cannot(visit: Visit, connection: Connection, transaction_id: str, why: str) -> Response:
    path = f"/payments/{transaction_id}"
    message = MessageView("It cannot be called back", f"{why} Nothing was done.", path, "Show the payment")
    return visit.page(connection, "message", code=CODE, status=409, message=message)


def _form(visit: Visit, connection: Connection, row: TransferRow, form: Form, status: int = 200) -> Response:
    view = _view(row)
    return visit.page(
        connection, "call_back", code=CODE, status=status, fragment="call_back_form", form=form, back=view
    )


def _view(row: TransferRow) -> CallBackView:
    path = f"/payments/{row.transaction_id}"
    sum_ = f"{format_amount(row.amount_minor, row.currency)} {row.currency}"
    to = row.to_name or f"the account at {row.to_bank}"
    if row.state in states.OPEN:
        says = (
            f"{row.to_bank} is asked to refuse the payment for ever, unless it has credited it already. The {sum_} are "
            f"back on the account of {row.from_name} as soon as it has refused, and not before."
        )
        return CallBackView(
            "Take back", row.transaction_id, says, f"{path}/call-back", path, f"Take back {sum_}", asks_why=False
        )
    says = (
        f"{to} was given {sum_}, and that is final. The staff of {row.to_bank} are asked to return it, and may "
        "refuse. No money moves unless they agree."
    )
    deed = f"Ask {row.to_bank} for {sum_}"
    return CallBackView("Ask for its return", row.transaction_id, says, f"{path}/call-back", path, deed, asks_why=True)


PAGES = (
    Page("GET", "/payments/{id}/call-back", show, "transfers.recall"),
    Page("POST", "/payments/{id}/call-back", post, "transfers.recall"),
)
