"""Account numbers as they are typed: whose is it, can it be? And the address of an account by its number."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import quote

from starlette.responses import HTMLResponse, RedirectResponse, Response

from bank_node.enquiry import holder_of
from bank_node.ledger.account import read_number
from bank_node.ledger.errors import Refusal
from bank_node.store import queries
from bank_node.store.counter_queries import Connection
from bank_node.store.errors import StoreUnavailable
from bank_node.store.queries import AccountRow
from teller_ui.counter import Page
from teller_ui.forms import Form, about_payee, own_account, payee
from teller_ui.rendering import render
from teller_ui.visit import NotThere, Visit

FIELDS = ("account", "from_account", "to_account")


async def said(visit: Visit) -> Response:
    """The line under an account field, as soon as the field is left; and the currency beside the amount."""
    name = visit.asked("field")
    if name not in FIELDS:
        raise NotThere("There is no such field.")
    form = Form("said", "", {name: visit.asked(name), "to_bank": visit.asked("to_bank")})
    if not visit.asked(name):
        return HTMLResponse("")
    if visit.asked("role") == "payee":
        return await _payee_said(visit, form, name)
    return await visit.reading(_own_said, form, name)


async def _payee_said(visit: Visit, form: Form, name: str) -> Response:
    """Confirmation of payee: his own bank is asked, and waited for only so long."""
    charter = visit.bank.charter
    to = await visit.reading(lambda _visit, connection: payee(connection, form, charter.directory, charter.bank_id))
    if to is not None and to[0] != charter.bank_id:
        with suppress(StoreUnavailable):
            holder = await holder_of(visit.bank, *to)
            form.payee_said = about_payee(to[0], holder.known, holder.name)
        form.payee_seen = await visit.reading(Visit.seen, to[0])
    said = {"said": form.payee_said, "seen": form.payee_seen}
    return HTMLResponse(render("fragments/account_said.html", form=form, name=name, **said))


def bank_said(visit: Visit, connection: Connection) -> Response:
    """The line under the choice of a bank, as soon as it is made."""
    bank = visit.asked("to_bank")
    known = bank in visit.bank.charter.directory
    return HTMLResponse(
        render("fragments/bank_said.html", bank=bank, seen=visit.seen(connection, bank) if known else None)
    )


def _own_said(_visit: Visit, connection: Connection, form: Form, name: str) -> Response:
    own_account(connection, form, name)
    body = render("fragments/account_said.html", form=form, name=name, said=form.said, seen=None)
    if form.account:
        unit = render("fragments/unit.html", form=form)
        body += f'<hx-partial hx-target="#unit" hx-swap="outerHTML">{unit}</hx-partial>'
    return HTMLResponse(body)


def account_in_address(visit: Visit, connection: Connection) -> AccountRow:
    """For staff, who may see any. Raises NotThere."""
    try:
        row = queries.account(connection, read_number(visit.request.path_params["number"]))
    except Refusal:
        row = None
    if row is None:
        raise NotThere("There is no such account at this bank.")
    return row


def by_number(visit: Visit, connection: Connection) -> Response:
    row = account_in_address(visit, connection)
    notice = f"&notice={quote(visit.asked('notice'))}" if visit.asked("notice") else ""
    return RedirectResponse(f"/customers/{row.customer_id}?account={row.number}{notice}", 303)


PAGES = (
    Page("GET", "/accounts/said", said, "accounts.read"),
    Page("GET", "/banks/said", bank_said, "transfers.send"),
    Page("GET", "/accounts/{number}", by_number, "accounts.read"),
)
