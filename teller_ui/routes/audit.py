"""Audit log (63): who did what to what, and when; by user and by object. For supervisor and auditor."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from bank_node.ledger.account import read_number
from bank_node.ledger.errors import Refusal
from bank_node.people.staff import username_of
from bank_node.store import queries
from bank_node.store.audit_pages import Search, account_codes, audit_page
from bank_node.store.counter_queries import Connection
from bank_node.store.people import staff_named
from teller_ui.counter import Page
from teller_ui.views.audit import AuditView, account_ids, audit_row
from teller_ui.views.text import date
from teller_ui.visit import Visit

CODE = "63"
ROWS = 25
KINDS = {"": "Everything", "acts": "All but bookings"}


def show(visit: Visit, connection: Connection) -> Response:
    user, asked, kind = visit.asked("user"), visit.asked("object"), visit.asked("what")
    kind = kind if kind in KINDS else ""
    search = Search(user, _subject(connection, asked), bookings=kind != "acts")
    before = visit.number_asked("before")
    found = audit_page(connection, search, before=before, limit=ROWS)
    numbers = account_codes(connection, set().union(*(account_ids(row) for row in found.rows)))
    here = {name: value for name, value in (("user", user), ("object", asked), ("what", kind)) if value}
    view = AuditView(
        rows=tuple(audit_row(row, numbers) for row in found.rows),
        user=user,
        subject=asked,
        kind=kind,
        older_path=f"/audit?{urlencode({**here, 'before': found.next_seq})}" if found.next_seq else "",
        newest_path=f"/audit?{urlencode(here)}" if before is not None else "",
        looked_back=date(found.looked_back_us) if found.looked_back_us is not None else "",
    )
    return visit.page(connection, "audit", code=CODE, audit=view, kinds=KINDS)


def _subject(connection: Connection, asked: str) -> str:
    """What the log calls it: an account by its number, a colleague by his user name, all else as it was typed."""
    try:
        account = queries.account(connection, read_number(asked)) if asked else None
    except Refusal:
        account = None
    if account is not None:
        return f"account/{account.id}"
    member = staff_named(connection, username_of(asked)) if asked and "/" not in asked else None
    if member is not None:
        return f"staff/{member.staff_id}" if member.customer_id is None else f"customer/{member.customer_id}"
    return asked.replace(" ", "/", 1) if asked.partition(" ")[2].isdigit() else asked


PAGES = (Page("GET", "/audit", show, "audit.read"),)
