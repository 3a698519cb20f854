"""The payment page: where the money is, what happened, the receipt. It fills by itself, and is right after F5."""

from __future__ import annotations

from starlette.responses import Response

from bank_node.store import transfer_queries
from bank_node.store.counter_queries import Connection
from bank_node.store.people import staff_named
from bank_node.store.transfer_queries import TransferRow
from teller_ui.counter import Page
from teller_ui.travel import travel_of
from teller_ui.views.payment import PaymentFacts, PaymentView, payment_view
from teller_ui.visit import NotThere, Visit


def show(visit: Visit, connection: Connection) -> Response:
    id_ = visit.request.path_params["id"]
    view = view_of(visit, connection, id_)
    at = "" if view.is_inside else f"payment:{id_}"
    return visit.page(connection, "payment", code="43", at=at, payment=view)


def view_of(visit: Visit, connection: Connection, transaction_id: str) -> PaymentView:
    row = transfer_queries.transfer(connection, transaction_id)
    if row is None:
        raise NotThere("This bank sent no payment with this id.")
    events = transfer_queries.transfer_events(connection, transaction_id)
    travel = travel_of(row, events, visit.bank.charter.bank_id, link_up=visit.bank.link.carries)
    return payment_view(_facts(connection, row), travel)


def _facts(connection: Connection, row: TransferRow) -> PaymentFacts:
    teller = staff_named(connection, row.actor)
    return PaymentFacts(
        amount_minor=row.amount_minor,
        currency=row.currency,
        from_name=row.from_name,
        to_name=row.to_name,
        reference=row.reference,
        actor=teller.name if teller else row.actor,
        returned_minor=row.returned_minor,
        conflict=row.conflict,
    )


PAGES = (Page("GET", "/payments/{id}", show, "transfers.read"),)
