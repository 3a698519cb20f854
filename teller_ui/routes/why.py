"""Why? The words behind a queue, an ignored repeat, a hold, a return or a record set aside, and the records."""

from __future__ import annotations

from starlette.responses import Response

from bank_node.explaining import explain
from bank_node.store.counter_queries import Connection
from bank_node.transfers.explanations import TOPICS
from teller_ui.counter import Page
from teller_ui.views.why import why_view
from teller_ui.visit import NotThere, Visit


def show(visit: Visit, connection: Connection) -> Response:
    place = visit.request.path_params
    topic = TOPICS.get(place["topic"])
    if topic is None:
        raise NotThere("Nothing is explained at this address.")
    found = explain(visit.bank, connection, topic, place.get("id", ""))
    if found is None:
        raise NotThere("This bank has no such record.")
    return visit.page(connection, "why", why=why_view(found))


PAGES = (
    Page("GET", "/why/{topic}", show, "transfers.read"),
    Page("GET", "/why/{topic}/{id}", show, "transfers.read"),
)
