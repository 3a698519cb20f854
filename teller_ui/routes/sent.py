"""Payments sent (43), newest first; the list follows what happens."""

from __future__ import annotations

from starlette.responses import Response

from bank_node.store import recall_queries, transfer_queries
from bank_node.store.counter_queries import Connection
from teller_ui.counter import Page
from teller_ui.views.lists import SentView, sent_row
from teller_ui.visit import Visit

ROWS = 25


def show(visit: Visit, connection: Connection) -> Response:
    before = visit.asked("before") or None
    view = view_of(visit, connection, before)
    return visit.page(connection, "payments_sent", code="43", at="" if before else "sent", sent=view)


def view_of(visit: Visit, connection: Connection, before: str | None = None) -> SentView:
    now_us = visit.bank.clock.now_us()
    rows = transfer_queries.transfers(connection, before_id=before, limit=ROWS + 1)
    older = f"/payments/sent?before={rows[ROWS - 1].transaction_id}" if len(rows) > ROWS else ""
    asked = recall_queries.still_asked(connection, [row.transaction_id for row in rows])
    listed = (sent_row(row, now_us, recall_asked=row.transaction_id in asked) for row in rows[:ROWS])
    return SentView(tuple(listed), older, before is not None)


PAGES = (Page("GET", "/payments/sent", show, "transfers.read"),)
