"""An entry of the books and its receipt: what cash in and cash out end in."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from bank_node.ledger.account import group
from bank_node.ledger.chart import CUSTOMER
from bank_node.ledger.money import format_amount
from bank_node.operations.reversal import KIND
from bank_node.statements.wording import KINDS
from bank_node.store import counter_queries
from bank_node.store.approvals import approval_of_entry
from bank_node.store.counter_queries import Connection, EntryPosting, EntryRow
from bank_node.store.people import staff_named
from bank_node.store.reversals import ReversalRow, reversal_about
from teller_ui.counter import Page
from teller_ui.routes.reversal import is_offered
from teller_ui.views.frame import Act
from teller_ui.views.payment import EntryView, PostingRow, ReceiptLine, ReceiptView
from teller_ui.views.text import clock, date, signed
from teller_ui.visit import NotThere, Visit
from teller_ui.words import amount_in_words

_SCREENS = {"deposit": Act("More cash in", "/cash/in"), "withdrawal": Act("More cash out", "/cash/out")}


def show(visit: Visit, connection: Connection) -> Response:
    given = str(visit.request.path_params["id"])
    row = counter_queries.entry(connection, int(given)) if len(given) < 19 else None
    if row is None:
        raise NotThere("There is no such entry in the books.")
    if row.kind == KIND and (about := reversal_about(connection, row.id)) is not None:
        return visit.page(connection, "entry", code="32", entry=_view(visit, connection, row, about))
    if row.transaction_id and row.kind in ("transfer_out", "transfer_inside"):
        return RedirectResponse(f"/payments/{row.transaction_id}", 303)
    return visit.page(connection, "entry", entry=_view(visit, connection, row))


def receipt_of(visit: Visit, connection: Connection, entry_id: str) -> ReceiptView:
    """Raises NotThere."""
    row = counter_queries.entry(connection, int(entry_id)) if len(entry_id) < 19 else None
    if row is None:
        raise NotThere("There is no such entry in the books.")
    return _view(visit, connection, row).receipt


def _view(visit: Visit, connection: Connection, row: EntryRow, about: ReversalRow | None = None) -> EntryView:
    customer = next((p for p in row.postings if p.kind == CUSTOMER), row.postings[0])
    amount = abs(customer.amount_minor)
    teller = staff_named(connection, row.actor)
    title = KINDS.get(row.kind, row.kind.replace("_", " ").capitalize())
    lines = [ReceiptLine(title, customer.owner or "the bank's own account", _number(customer))]
    if row.text:
        lines.append(ReceiptLine("For", row.text))
    lines.append(ReceiptLine("Booked", f"{date(row.at_us)}, {clock(row.at_us)}"))
    lines.append(ReceiptLine("Teller", teller.name if teller else row.actor))
    approved = approval_of_entry(connection, row.id)
    if approved is not None:
        checker = staff_named(connection, approved.decided_by or "")
        lines.append(ReceiptLine("Approved by", checker.name if checker else approved.decided_by or ""))
    about = about or reversal_about(connection, row.id)
    words = amount_in_words(amount, row.currency)
    receipt = ReceiptView(format_amount(amount, row.currency), row.currency, words, tuple(lines), f"entry {row.id}")
    acts = [_SCREENS[row.kind]] if row.kind in _SCREENS and visit.may(f"cash.{_ACTION[row.kind]}") else []
    if is_offered(visit, connection, row):
        acts.append(Act("Reverse", f"/entries/{row.id}/reverse"))
    if customer.customer_id is not None:
        acts.append(Act("Customer", f"/customers/{customer.customer_id}?account={customer.code}"))
    says = f"{date(row.at_us)}, {clock(row.at_us)}"
    if about is not None:
        other = about.reversal_id if about.entry_id == row.id else about.entry_id
        acts.append(
            Act("The entry that undid it" if about.entry_id == row.id else "What it undid", f"/entries/{other}")
        )
        says += f". {'Reversed' if about.entry_id == row.id else 'Reverses an entry'}: {about.reason}"
    return EntryView(row.id, title, says, tuple(_posting(p, row.currency) for p in row.postings), receipt, tuple(acts))


_ACTION = {"deposit": "deposit", "withdrawal": "withdraw"}


def _number(posting: EntryPosting) -> str:
    return group(posting.code) if posting.kind == CUSTOMER else posting.code


def _posting(posting: EntryPosting, currency: str) -> PostingRow:
    balance = format_amount(posting.balance_minor, currency) if posting.kind == CUSTOMER else ""
    return PostingRow(
        _number(posting),
        posting.owner or f"the bank's {posting.kind.replace('_', ' ')}",
        signed(posting.amount_minor, currency),
        balance,
        posting.amount_minor > 0,
    )


PAGES = (Page("GET", "/entries/{id:int}", show, "accounts.read"),)
