"""My payments (73): those a customer made, and one of them, or one that came for him, with its receipt."""

from __future__ import annotations

from starlette.responses import Response

from bank_node.store.counter_queries import Connection
from bank_node.store.own_queries import own_credit, own_transfer, own_transfers, own_unsent, own_waiting
from bank_node.store.transfer_queries import TransferRow
from teller_ui.counter import Page
from teller_ui.routes.my_accounts import customer_of
from teller_ui.views.frame import MessageView
from teller_ui.views.lists import SentView
from teller_ui.views.own import own_sent_row, own_unsent_row, received_payment, sent_payment, unsent_payment
from teller_ui.visit import NotThere, Visit

CODE, ROWS, UNSENT_ROWS = "73", 25, 5


def show(visit: Visit, connection: Connection) -> Response:
    before, now_us = visit.asked("before") or None, visit.bank.clock.now_us()
    rows: list[TransferRow] = own_transfers(connection, customer_of(visit), before_id=before, limit=ROWS + 1)
    older = f"/my/payments?before={rows[ROWS - 1].transaction_id}" if len(rows) > ROWS else ""
    view = SentView(tuple(own_sent_row(row, now_us) for row in rows[:ROWS]), older, before is not None)
    waiting = [] if before else own_unsent(connection, customer_of(visit), UNSENT_ROWS)
    unsent = [own_unsent_row(row, now_us) for row in waiting]
    return visit.page(connection, "my_payments", code=CODE, sent=view, unsent=unsent)


def one(visit: Visit, connection: Connection) -> Response:
    customer_id, id_ = customer_of(visit), visit.request.path_params["id"]
    sent = own_transfer(connection, customer_id, id_)
    if sent is not None:
        view = sent_payment(sent, visit.bank.clock.now_us())
        return visit.page(connection, "my_payment_made", code=CODE, payment=view)
    received = own_credit(connection, customer_id, id_)
    if received is not None:
        return visit.page(connection, "my_payment_made", code=CODE, payment=received_payment(received))
    waiting = own_waiting(connection, customer_id, id_)
    if waiting is None:
        raise NotThere("There is no such payment of yours.")
    message = MessageView(*unsent_payment(waiting), "/my/payments", "My payments")
    return visit.page(connection, "message", code=CODE, message=message)


PAGES = (
    Page("GET", "/my/payments", show, "own.read"),
    Page("GET", "/my/payments/{id}", one, "own.read"),
)
