"""Reversal (32): today's entries that can be undone, and undoing one with a reason. Nothing is deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from bank_node.four_eyes import DECIDES, carry_out
from bank_node.ledger.account import group
from bank_node.ledger.chart import CUSTOMER
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import format_amount
from bank_node.operations.reversal import REVERSIBLE, ReversalOrder
from bank_node.statements.wording import KINDS
from bank_node.store import counter_queries
from bank_node.store.business_dates import business_day, date_of_entry
from bank_node.store.counter_queries import Connection, EntryRow
from bank_node.store.reversals import recent_entries, reversal_about
from teller_ui.counter import Page
from teller_ui.forms import Form, sentence
from teller_ui.posting import already, fresh, refused, typed
from teller_ui.second_person import is_about_signature, limit_of, refuse_signature, signature_of
from teller_ui.views.text import moment
from teller_ui.visit import NotThere, Visit

SCOPE, CODE = "reversal", "32"
FIELDS = ("reason", "of")


@dataclass(frozen=True, slots=True)
class ReversalView:
    path: str
    what: str
    whose: str
    amount: str
    booked: str
    entry_path: str


def show_list(visit: Visit, connection: Connection) -> Response:
    """What this person may undo: his own of today, a supervisor everybody's."""
    actor = None if visit.may(DECIDES) else visit.username
    rows = [counter_queries.entry(connection, id_) for id_ in recent_entries(connection, REVERSIBLE, actor)]
    views = [_view(visit, row) for row in rows if row is not None and is_offered(visit, connection, row)]
    return visit.page(connection, "reversals", code=CODE, rows=views)


def show(visit: Visit, connection: Connection) -> Response:
    row = _find(visit, connection)
    form = fresh(visit, connection, SCOPE, FIELDS)
    if isinstance(form, Response):
        return form
    form.values["of"] = str(row.id)
    if not is_offered(visit, connection, row):
        raise NotThere("This entry cannot be reversed: only cash and payments inside the bank, once, on their own day.")
    return _page(visit, connection, row, form)


async def post(visit: Visit) -> Response:
    form = typed(visit, SCOPE, FIELDS)
    row = await visit.reading(_find)
    form.values["of"] = str(row.id)
    if not form.value("reason"):
        form.errors["reason"] = "Say why: the reason stands with both entries."
        return await visit.reading(_wrong, row, form)
    assert visit.person is not None
    claim = visit.claim(SCOPE, form.key, form.request_hash)
    order = ReversalOrder(
        row.id,
        form.text("reason") or "",
        visit.username,
        any_entry=visit.may(DECIDES),
        needs_drawer=row.kind != "transfer_inside",
        claim=claim,
    )
    moved = max(abs(posting.amount_minor) for posting in row.postings), row.currency
    try:
        receipt = await carry_out(visit.bank, visit.person, "reversal", order, moved, signature_of(visit))
    except Refusal as refusal:
        return await visit.reading(_refused, row, form, refusal)
    return visit.done(receipt)


def is_offered(visit: Visit, connection: Connection, row: EntryRow) -> bool:
    """Whether this person may undo this entry now."""
    if row.kind not in REVERSIBLE or not visit.may("entries.reverse"):
        return False
    if row.actor != visit.username and not visit.may(DECIDES):
        return False
    today = business_day(connection, visit.bank.clock.now_us()).date
    return date_of_entry(connection, row.id, row.at_us) == today and reversal_about(connection, row.id) is None


def _find(visit: Visit, connection: Connection) -> EntryRow:
    given = str(visit.request.path_params["id"])
    row = counter_queries.entry(connection, int(given)) if len(given) < 19 else None
    if row is None:
        raise NotThere("There is no such entry in the books.")
    return row


def _view(visit: Visit, row: EntryRow) -> ReversalView:
    customer = next((p for p in row.postings if p.kind == CUSTOMER), row.postings[0])
    return ReversalView(
        path=f"/entries/{row.id}/reverse",
        what=KINDS.get(row.kind, row.kind),
        whose=f"{customer.owner}, {group(customer.code)}" if customer.owner else customer.code,
        amount=f"{format_amount(abs(customer.amount_minor), row.currency)} {row.currency}",
        booked=moment(row.at_us, visit.bank.clock.now_us()),
        entry_path=f"/entries/{row.id}",
    )


def _wrong(visit: Visit, connection: Connection, row: EntryRow, form: Form) -> Response:
    return already(visit, connection, form) or _page(visit, connection, row, form, 422)


def _refused(visit: Visit, connection: Connection, row: EntryRow, form: Form, refusal: Refusal) -> Response:
    if is_about_signature(refusal):
        refuse_signature(form, refusal)
        return _page(visit, connection, row, form, 422)
    if refusal.field == "reason":
        form.errors["reason"] = sentence(refusal.detail)
        return _page(visit, connection, row, form, 422)
    return _page(visit, connection, row, form, refused(visit, connection, form, refusal))


def _page(visit: Visit, connection: Connection, row: EntryRow, form: Form, status: int = 200) -> Response:
    limit = limit_of(visit, row.currency)
    parts: dict[str, Any] = {"form": form, "it": _view(visit, row), "limit": limit}
    return visit.page(connection, "reversal", code=CODE, status=status, fragment="reversal_form", **parts)


PAGES = (
    Page("GET", "/reversals", show_list, "entries.reverse"),
    Page("GET", "/entries/{id:int}/reverse", show, "entries.reverse"),
    Page("POST", "/entries/{id:int}/reverse", post, "entries.reverse"),
)
