"""Statements (51): asked for by account, shown to be printed, as CSV, as camt.053, and as PDF behind a signed address.

The same pages for staff (any account) and for a customer under /my (his own). Only the PDF asks nobody who he is: its
address is signed, says one statement, and expires.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.responses import RedirectResponse, Response

from bank_node.ledger.errors import Refusal
from bank_node.statements.camt053 import MEDIA_TYPE as XML
from bank_node.statements.camt053 import as_xml
from bank_node.statements.link import link_to, read_link
from bank_node.statements.paper import MEDIA_TYPE as PDF
from bank_node.statements.paper import PaperProblem, as_pdf
from bank_node.statements.period import Period, read_period
from bank_node.statements.spreadsheet import MEDIA_TYPE as CSV
from bank_node.statements.spreadsheet import as_csv
from bank_node.statements.statement import Statement, statement_of
from bank_node.store import queries
from bank_node.store.business_dates import business_day
from bank_node.store.counter_queries import Connection
from bank_node.store.queries import AccountRow
from teller_ui.counter import Page
from teller_ui.forms import Form, own_account, sentence
from teller_ui.problems import message_page
from teller_ui.routes.history import account_here, days_asked
from teller_ui.views.statement import StatementView, statement_view
from teller_ui.visit import NotThere, Visit

CODE = "51"


def ask(visit: Visit, connection: Connection) -> Response:
    """For which account? With its number in the address, its statement of this month."""
    form = Form("statement", "", {"account": visit.asked("account")})
    if not form.value("account"):
        return visit.page(connection, "statement_ask", code=CODE, form=form)
    row = own_account(connection, form, "account")
    if row is None:
        return visit.page(connection, "statement_ask", code=CODE, form=form, status=422)
    return RedirectResponse(f"/accounts/{row.number}/statement", 303)


def show(visit: Visit, connection: Connection) -> Response:
    account = account_here(visit, connection)
    asked = days_asked(visit, connection, account, "statement")
    try:
        said = _read(visit, connection, account)
    except Refusal as refusal:
        asked.form.refuse(refusal)
        return visit.page(connection, "statement", code=_code(visit), statement=StatementView(asked), status=422)
    view = statement_view(asked, said, link_to(visit.bank, account.number, said.period))
    return visit.page(connection, "statement", code=_code(visit), statement=view)


def csv(visit: Visit, connection: Connection) -> Response:
    return _file(visit, connection, as_csv, CSV, "csv")


def xml(visit: Visit, connection: Connection) -> Response:
    return _file(visit, connection, as_xml, XML, "xml")


async def pdf(visit: Visit) -> Response:
    """Whoever has the address; refused in words where it is not the bank's own, or not any more."""
    try:
        said = await visit.reading(_behind_the_link)
        made = await asyncio.to_thread(as_pdf, said)
    except Refusal as refusal:
        status = 403 if refusal.code == "forbidden" else 422
        return _say(visit, status, "No statement at this address", sentence(refusal.detail))
    except PaperProblem as problem:
        return _say(visit, 503, "The statement cannot be printed now", str(problem))
    headers = {"Content-Disposition": f'attachment; filename="{said.name}.pdf"'}
    return Response(made, headers=headers, media_type=PDF)


def _behind_the_link(visit: Visit, connection: Connection) -> Statement:
    number, given = str(visit.request.path_params["number"]), visit.request.query_params
    period = read_link(visit.bank, number, given)
    account = queries.account(connection, number)
    if account is None:
        raise NotThere("There is no such account at this bank.")
    return statement_of(visit.bank, connection, account, period)


def _say(visit: Visit, status: int, title: str, words: str) -> Response:
    return message_page(visit.request, visit.bank.settings, status, title, words, "/", "Go on")


def _file(
    visit: Visit, connection: Connection, written: Callable[[Statement], bytes], media: str, ending: str
) -> Response:
    try:
        said = _read(visit, connection, account_here(visit, connection))
    except Refusal as refusal:
        return _say(visit, 422, "No such statement", sentence(refusal.detail))
    headers = {"Content-Disposition": f'attachment; filename="{said.name}.{ending}"'}
    return Response(written(said), headers=headers, media_type=media)


def _read(visit: Visit, connection: Connection, account: AccountRow) -> Statement:
    return statement_of(visit.bank, connection, account, _period(visit, connection))


def _period(visit: Visit, connection: Connection) -> Period:
    today = business_day(connection, visit.bank.clock.now_us()).date
    first, last = visit.asked("from"), visit.asked("until")
    return read_period("" if first or last else visit.asked("month"), first, last, today)


def _code(visit: Visit) -> str:
    return "71" if visit.may("own.read") else CODE


PAGES = (
    Page("GET", "/statement", ask, "accounts.read"),
    Page("GET", "/accounts/{number}/statement", show, "accounts.read"),
    Page("GET", "/accounts/{number}/statement.csv", csv, "accounts.read"),
    Page("GET", "/accounts/{number}/statement.xml", xml, "accounts.read"),
    Page("GET", "/my/accounts/{number}/statement", show, "own.read"),
    Page("GET", "/my/accounts/{number}/statement.csv", csv, "own.read"),
    Page("GET", "/my/accounts/{number}/statement.xml", xml, "own.read"),
    Page("GET", "/statements/{number}.pdf", pdf),
)
