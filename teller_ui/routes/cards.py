"""Cards (13): listed, issued, blocked. A full number is shown once, after the post; a reload shows it masked."""

from __future__ import annotations

from starlette.responses import Response

from bank_node.issuing import order_card
from bank_node.ledger.cards import grouped
from bank_node.ledger.errors import Refusal
from bank_node.operations.cards import CardBlock, block_card
from bank_node.store.cards import CardRow, card, cards
from bank_node.store.counter_queries import Connection
from teller_ui.counter import Page
from teller_ui.forms import Form, new_key, own_account
from teller_ui.posting import already, fresh, refused, typed
from teller_ui.views.customer_sheets import card_line
from teller_ui.visit import NotThere, Visit, with_notice

SCOPE, BLOCK, CODE = "card", "card-block", "13"
FIELDS, ROWS = ("account",), 25


def show_list(visit: Visit, connection: Connection) -> Response:
    before, now_us = visit.number_asked("before"), visit.bank.clock.now_us()
    rows = cards(connection, before_id=before, limit=ROWS + 1)
    older = f"/cards?before={rows[ROWS - 1].id}" if len(rows) > ROWS else ""
    lines = tuple(card_line(row, now_us) for row in rows[:ROWS])
    return visit.page(
        connection,
        "cards",
        code=CODE,
        cards=lines,
        older_path=older,
        is_older=before is not None,
        may_issue=visit.may("cards.issue"),
    )


def show_form(visit: Visit, connection: Connection) -> Response:
    form = fresh(visit, connection, SCOPE, FIELDS)
    if isinstance(form, Response):
        return form
    if form.value("account"):
        own_account(connection, form, "account")
    return _form(visit, connection, form)


async def issue(visit: Visit) -> Response:
    form = typed(visit, SCOPE, FIELDS)
    account = await visit.reading(_account, form)
    if account is None:
        return await visit.reading(_wrong, form)
    claim = visit.claim(SCOPE, form.key, form.request_hash)
    try:
        receipt, full = await order_card(visit.bank, account, visit.username, claim)
    except Refusal as refusal:
        return await visit.reading(_refused, form, refusal)
    if full is None:
        return visit.go(with_notice(f"/cards/{receipt.id}", "already"))
    return await visit.reading(_told_once, int(receipt.id), full)


def show(visit: Visit, connection: Connection) -> Response:
    return _card(visit, connection, _asked(visit, connection), Form(BLOCK, new_key(), {"reason": ""}))


async def block(visit: Visit) -> Response:
    form = typed(visit, BLOCK, ("reason",))
    card_id = (await visit.reading(_asked)).id
    claim = visit.claim(BLOCK, form.key, f"{card_id} {form.request_hash}")
    try:
        await visit.bank.submit(block_card, CardBlock(card_id, form.value("reason"), visit.username, claim))
    except Refusal as refusal:
        return await visit.reading(_not_blocked, form, refusal)
    return visit.go(with_notice(f"/cards/{card_id}", "card-blocked"))


def _account(_visit: Visit, connection: Connection, form: Form) -> str | None:
    found = own_account(connection, form, "account")
    return None if found is None else found.number


def _asked(visit: Visit, connection: Connection) -> CardRow:
    given = str(visit.request.path_params["id"])
    row = card(connection, int(given)) if len(given) < 19 else None
    if row is None:
        raise NotThere("There is no such card at this bank.")
    return row


def _wrong(visit: Visit, connection: Connection, form: Form) -> Response:
    return already(visit, connection, form) or _form(visit, connection, form, 422)


def _refused(visit: Visit, connection: Connection, form: Form, refusal: Refusal) -> Response:
    return _form(visit, connection, form, refused(visit, connection, form, refusal))


def _not_blocked(visit: Visit, connection: Connection, form: Form, refusal: Refusal) -> Response:
    status = refused(visit, connection, form, refusal)
    return _card(visit, connection, _asked(visit, connection), form, 409 if refusal.code == "final" else status)


def _form(visit: Visit, connection: Connection, form: Form, status: int = 200) -> Response:
    return visit.page(connection, "issue_card", code=CODE, status=status, fragment="card_form", form=form)


def _told_once(visit: Visit, connection: Connection, card_id: int, full: str) -> Response:
    """In answer to the post, and to nothing else: the address stays the form's, which then leads to the card."""
    row = card(connection, card_id)
    assert row is not None, "it was just written"
    line = card_line(row, visit.bank.clock.now_us())
    return visit.page(
        connection,
        "card_told",
        code=CODE,
        status=201,
        fragment="card_told",
        card=line,
        number=grouped(full),
        digits=full,
        customer_path=f"/customers/{row.customer_id}?account={row.number}",
    )


def _card(visit: Visit, connection: Connection, row: CardRow, form: Form, status: int = 200) -> Response:
    line = card_line(row, visit.bank.clock.now_us())
    path = f"/customers/{row.customer_id}?account={row.number}"
    may_block = visit.may("cards.block") and row.blocked_us is None
    return visit.page(
        connection, "card", code=CODE, status=status, card=line, form=form, customer_path=path, may_block=may_block
    )


PAGES = (
    Page("GET", "/cards", show_list, "cards.read"),
    Page("GET", "/cards/new", show_form, "cards.issue"),
    Page("POST", "/cards/new", issue, "cards.issue"),
    Page("GET", "/cards/{id:int}", show, "cards.read"),
    Page("POST", "/cards/{id:int}/block", block, "cards.block"),
)
