"""Account numbers as they are typed: whose is it, can it be? And the address of an account by its number."""

from __future__ import annotations

from starlette.responses import HTMLResponse, RedirectResponse, Response

from bank_node.ledger.account import read_number
from bank_node.ledger.errors import Refusal
from bank_node.store import queries
from bank_node.store.counter_queries import Connection
from teller_ui.counter import Page
from teller_ui.forms import Form, own_account, payee
from teller_ui.rendering import render
from teller_ui.visit import NotThere, Visit

FIELDS = ("account", "from_account", "to_account")


def said(visit: Visit, connection: Connection) -> Response:
    """The line under an account field, as soon as the field is left; and the currency beside the amount."""
    name = visit.asked("field")
    if name not in FIELDS:
        raise NotThere("There is no such field.")
    form = Form("said", "", {name: visit.asked(name)})
    if not visit.asked(name):
        return HTMLResponse("")
    if visit.asked("role") == "payee":
        payee(connection, form, visit.bank.charter.directory, visit.bank.charter.bank_id)
        return HTMLResponse(render("fragments/account_said.html", form=form, name=name, said=form.payee_said))
    own_account(connection, form, name)
    body = render("fragments/account_said.html", form=form, name=name, said=form.said)
    if form.account:
        unit = render("fragments/unit.html", form=form)
        body += f'<hx-partial hx-target="#unit" hx-swap="outerHTML">{unit}</hx-partial>'
    return HTMLResponse(body)


def by_number(visit: Visit, connection: Connection) -> Response:
    try:
        row = queries.account(connection, read_number(visit.request.path_params["number"]))
    except Refusal:
        row = None
    if row is None:
        raise NotThere("There is no such account at this bank.")
    return RedirectResponse(f"/customers/{row.customer_id}?account={row.number}", 303)


PAGES = (
    Page("GET", "/accounts/said", said, "accounts.read"),
    Page("GET", "/accounts/{number}", by_number, "accounts.read"),
)
