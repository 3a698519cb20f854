"""A receipt alone on its paper (A6, or an 80 mm roll): the first print is the original, each later one is marked.

The page is the answer to the order to print and has no address of its own: reloading it orders again, and gets a copy.
"""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from bank_node.operations.receipts import ORIGINAL, PrintOrder, print_receipt
from bank_node.store.counter_queries import Connection
from teller_ui.counter import Page
from teller_ui.routes import entry, payment
from teller_ui.views.payment import ReceiptView
from teller_ui.visit import Visit


async def of_entry(visit: Visit) -> Response:
    id_ = str(visit.request.path_params["id"])
    return await _print(visit, "entry", id_, await visit.reading(entry.receipt_of, id_), f"/entries/{id_}")


async def of_transfer(visit: Visit) -> Response:
    id_ = str(visit.request.path_params["id"])
    view = await visit.reading(payment.view_of, id_)
    return await _print(visit, "transfer", id_, view.receipt, f"/payments/{id_}")


async def _print(visit: Visit, kind: str, id_: str, receipt: ReceiptView, back_path: str) -> Response:
    done = await visit.bank.submit(print_receipt, PrintOrder(kind, id_, visit.username))
    return await visit.reading(_page, replace(receipt, is_copy=done.state != ORIGINAL), back_path)


def _page(visit: Visit, connection: Connection, receipt: ReceiptView, back_path: str) -> Response:
    return visit.page(connection, "receipt", receipt=receipt, back_path=back_path)


PAGES = (
    Page("POST", "/entries/{id:int}/receipt", of_entry, "accounts.read"),
    Page("POST", "/payments/{id}/receipt", of_transfer, "transfers.read"),
)
