"""Needs attention (41): payments that came back, unreadable records, incidents. To read only."""

from __future__ import annotations

from starlette.responses import Response

from bank_node.store import transfer_queries
from bank_node.store.counter_queries import Connection
from bank_node.transfers import states
from teller_ui.counter import Page
from teller_ui.views.lists import AttentionView, noted_row, sent_row, unreadable_row
from teller_ui.visit import Visit

ROWS = 25


def show(visit: Visit, connection: Connection) -> Response:
    now_us = visit.bank.clock.now_us()
    back = transfer_queries.transfers(connection, states=(states.REJECTED,), limit=ROWS)
    view = AttentionView(
        tuple(sent_row(row, now_us) for row in back),
        tuple(unreadable_row(row, now_us) for row in transfer_queries.quarantined(connection, limit=ROWS)),
        tuple(noted_row(row, now_us) for row in transfer_queries.incidents(connection, limit=ROWS)),
    )
    return visit.page(connection, "attention", code="41", attention=view)


PAGES = (Page("GET", "/attention", show, "transfers.read"),)
