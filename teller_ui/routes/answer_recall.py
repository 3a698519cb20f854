"""Another bank asks for a payment back: what is known, and the two answers. Agreeing says how much it returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import RedirectResponse, Response

from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import exponent_of, format_amount
from bank_node.operations.answer_recall import Agreement, RecallRefusal, agree_to_recall, refuse_recall
from bank_node.store import queries, recall_queries, transfer_queries
from bank_node.store.counter_queries import Connection
from bank_node.store.recall_queries import RequestRow
from bank_node.transfers.reasons import quoted
from bank_node.transfers.recall import OPEN
from teller_ui.counter import Page
from teller_ui.forms import Form, amount, new_key, read_key
from teller_ui.posting import already, refused, typed
from teller_ui.views.frame import MessageView
from teller_ui.views.lists import grouped
from teller_ui.views.text import date, moment
from teller_ui.visit import NotThere, Visit
from teller_ui.words import amount_in_words

AGREE, REFUSE, CODE = "recall-agree", "recall-refuse", "41"
FIELDS = ("amount", "reason", "of")


@dataclass(frozen=True, slots=True)
class RecallView:
    title: str
    says: str
    facts: tuple[tuple[str, str], ...]
    path: str
    payment_path: str
    from_bank: str
    currency: str
    decimals: int
    left: str
    words: str
    cannot: str  # why agreeing would be refused at the moment


def show(visit: Visit, connection: Connection) -> Response:
    row = _request(visit, connection)
    if row.state != OPEN:
        return _answered(visit, connection, row)
    key = read_key(visit.asked("form"))
    if not key:
        return RedirectResponse(f"{_path(row)}?form={new_key()}", 303)
    return _page(visit, connection, row, Form(AGREE, key, dict.fromkeys(FIELDS, "")))


async def agree(visit: Visit) -> Response:
    form = typed(visit, AGREE, FIELDS)
    order = await visit.reading(_agreement, form)
    if order is None:
        return await visit.reading(_wrong, form)
    return await _do(visit, form, agree_to_recall, order)


async def refuse(visit: Visit) -> Response:
    form = typed(visit, REFUSE, FIELDS)
    order = await visit.reading(_refusal, form)
    if order is None:
        return await visit.reading(_wrong, form)
    return await _do(visit, form, refuse_recall, order)


async def _do(visit: Visit, form: Form, operation: Any, order: Any) -> Response:
    try:
        receipt = await visit.bank.submit(operation, order)
    except Refusal as refusal:
        return await visit.reading(_refused, form, refusal)
    return visit.done(receipt)


def _agreement(visit: Visit, connection: Connection, form: Form) -> Agreement | None:
    row = _of(visit, connection, form)
    minor = amount(form, row.currency or "EUR") if form.value("amount") else None
    if form.errors:
        return None
    claim = visit.claim(AGREE, form.key, form.request_hash)
    return Agreement(row.from_bank, row.recall_id, minor, visit.username, claim)


def _refusal(visit: Visit, connection: Connection, form: Form) -> RecallRefusal | None:
    row = _of(visit, connection, form)
    reason = form.text("reason")
    if reason is None:
        form.errors["reason"] = "Say why: the other bank's staff will read it."
        return None
    claim = visit.claim(REFUSE, form.key, form.request_hash)
    return RecallRefusal(row.from_bank, row.recall_id, reason, visit.username, claim)


def _of(visit: Visit, connection: Connection, form: Form) -> RequestRow:
    row = _request(visit, connection)
    form.values["of"] = f"{row.from_bank}/{row.recall_id}"
    return row


def _request(visit: Visit, connection: Connection) -> RequestRow:
    from_bank, _, recall_id = visit.request.path_params["id"].partition(":")
    row = recall_queries.request(connection, from_bank, recall_id)
    if row is None:
        raise NotThere("No bank asked this one for such a recall.")
    return row


def _wrong(visit: Visit, connection: Connection, form: Form) -> Response:
    return already(visit, connection, form) or _page(visit, connection, _request(visit, connection), form, 422)


def _refused(visit: Visit, connection: Connection, form: Form, refusal: Refusal) -> Response:
    row = _request(visit, connection)
    if row.state != OPEN:
        return _answered(visit, connection, row, 409)
    return _page(visit, connection, row, form, refused(visit, connection, form, refusal))


def _answered(visit: Visit, connection: Connection, row: RequestRow, status: int = 200) -> Response:
    when = moment(row.decided_us or 0, visit.bank.clock.now_us())
    words = f"It was {row.state.lower()} by {row.decided_by}, {when}, and stays so."
    if row.answer_text:
        words += f" {row.from_bank} was told: {quoted(row.answer_text)}"
    path = f"/payments/{row.return_id}" if row.return_id else _payment_path(row)
    word = "Show the return" if row.return_id else "Show the payment"
    message = MessageView("The recall is answered", words, path, word)
    return visit.page(connection, "message", code=CODE, status=status, message=message)


def _page(visit: Visit, connection: Connection, row: RequestRow, form: Form, status: int = 200) -> Response:
    view = _view(connection, row)
    return visit.page(connection, "recall", code=CODE, status=status, form=form, recall=view)


def _view(connection: Connection, row: RequestRow) -> RecallView:
    currency = row.currency or "EUR"
    left_minor = (row.amount_minor or 0) - (row.reserved_minor or 0)
    left = f"{format_amount(left_minor, currency)} {currency}"
    payment = transfer_queries.decision(connection, row.transaction_id, row.from_bank)
    account = queries.account(connection, row.to_account) if row.to_account else None
    owner = account.owner if account else "nobody here"
    cannot = ""
    if account is not None and account.available_minor < left_minor:
        available = f"{format_amount(account.available_minor, currency)} {currency}"
        cannot = f"{owner} has {available} available. Nothing happens if you agree to more."
    facts = [("Credited", f"{owner}, {grouped(row.to_account)}")]
    if payment is not None:
        facts.append(("Sent by", f"{payment.from_name or row.from_bank}, {grouped(payment.from_account)}"))
        facts.append(("On", date(payment.decided_us)))
        facts.append(("Reference", payment.reference or "none"))
    facts.append(("They say", quoted(row.reason, nothing="They give no reason.")))
    return RecallView(
        title=f"{row.from_bank} asks for {format_amount(row.amount_minor or 0, currency)} {currency} back",
        says="No money moves unless you agree. Ask the customer first: the money is theirs.",
        facts=tuple(facts),
        path=_path(row).rpartition("/")[0],
        payment_path=_payment_path(row),
        from_bank=row.from_bank,
        currency=currency,
        decimals=exponent_of(currency),
        left=left,
        words=amount_in_words(left_minor, currency),
        cannot=cannot,
    )


def _path(row: RequestRow) -> str:
    return f"/attention/recall/{row.from_bank}:{row.recall_id}/answer"


def _payment_path(row: RequestRow) -> str:
    return f"/payments/received/{row.from_bank}/{row.transaction_id}"


PAGES = (
    Page("GET", "/attention/recall/{id}/answer", show, "desk.answer_recall"),
    Page("POST", "/attention/recall/{id}/agree", agree, "desk.answer_recall"),
    Page("POST", "/attention/recall/{id}/refuse", refuse, "desk.answer_recall"),
)
