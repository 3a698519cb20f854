"""Finding a customer in one gesture: by name, account number, phone number or payment id; else those he had last."""

from __future__ import annotations

import re

from starlette.responses import HTMLResponse, RedirectResponse, Response

from bank_node.ledger.account import group, read_number
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import format_amount
from bank_node.store import queries, transfer_queries
from bank_node.store.counter_queries import Connection
from bank_node.store.queries import AccountRow, CustomerRow
from teller_ui.counter import Page
from teller_ui.rendering import render
from teller_ui.views import text
from teller_ui.views.customer import TYPES, FoundRow, FoundView
from teller_ui.visit import Visit

LATEST, FOUND_MAX = 5, 12
_PAYMENT_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


def search(visit: Visit, connection: Connection) -> Response:
    asked = visit.asked("q")
    found = _found(visit, connection, asked)
    if asked and len(found.rows) == 1:
        return RedirectResponse(found.rows[0].path, 303)
    may_open = visit.may("customers.open")
    return visit.page(connection, "customers", code="10", found=found, may_open=may_open)


def find(visit: Visit, connection: Connection) -> Response:
    """What the search box shows while somebody types; while it is empty, whom he had before."""
    asked = visit.asked("q")
    found = FoundView((), "") if len(asked) == 1 else _found(visit, connection, asked)
    return HTMLResponse(render("fragments/found.html", found=found))


def _found(visit: Visit, connection: Connection, asked: str) -> FoundView:
    if not asked:
        return _before(visit, connection)
    account = _account_asked(connection, asked)
    if account is not None:
        path = f"/customers/{account.customer_id}?account={account.number}"
        return FoundView((FoundRow(path, account.owner, TYPES.get(account.type, ""), group(account.number)),), asked)
    payment = _payment_asked(connection, asked) if visit.may("transfers.read") else None
    found = () if payment else _customers(connection, queries.find_customers(connection, asked, FOUND_MAX))
    return FoundView((payment, *found) if payment else tuple(found), asked)


def _before(visit: Visit, connection: Connection) -> FoundView:
    """The last customers this person looked at; before the first one, those opened last."""
    seen = visit.recent.of(visit.username)
    if seen:
        rows = queries.customers_with(connection, seen)
        return FoundView(tuple(_customers(connection, rows)), are_recent=True)
    return FoundView(tuple(_customers(connection, queries.latest_customers(connection, LATEST))))


def _customers(connection: Connection, rows: list[CustomerRow]) -> list[FoundRow]:
    accounts = queries.accounts_by_customer(connection, [row.id for row in rows])
    return [_customer(row, accounts.get(row.id, [])) for row in rows]


def _customer(row: CustomerRow, accounts: list[str]) -> FoundRow:
    about = ", ".join(filter(None, (row.phone, text.plural(len(accounts), "account"))))
    return FoundRow(f"/customers/{row.id}", row.name, about, group(accounts[0]) if accounts else "")


def _account_asked(connection: Connection, asked: str) -> AccountRow | None:
    try:
        return queries.account(connection, read_number(asked))
    except Refusal:
        return None


def _payment_asked(connection: Connection, asked: str) -> FoundRow | None:
    id_ = asked.replace(" ", "").lower()
    if not _PAYMENT_ID.fullmatch(id_):
        return None
    sent = transfer_queries.transfer(connection, id_)
    if sent is not None:
        amount = f"{format_amount(sent.amount_minor, sent.currency)} {sent.currency} to {sent.to_bank}"
        return FoundRow(f"/payments/{id_}", f"Payment of {sent.from_name}", amount, icon="send")
    got = transfer_queries.decision(connection, id_)
    if got is None:
        return None
    return FoundRow(
        f"/payments/received/{got.from_bank}/{id_}", "Payment received", f"from {got.from_bank}", icon="back"
    )


PAGES = (
    Page("GET", "/customers", search, "customers.read"),
    Page("GET", "/customers/find", find, "customers.read"),
)
