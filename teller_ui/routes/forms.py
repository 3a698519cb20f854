"""Was it posted? What somebody asks whose answer got lost: the form's key knows."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from bank_node.store import counter_queries
from bank_node.store.counter_queries import Connection
from teller_ui.counter import Page
from teller_ui.forms import read_key
from teller_ui.views.frame import MessageView
from teller_ui.visit import NotThere, Visit

_PAGE_OF = {
    "payment": "/payment",
    "my-payment": "/my/payment",
    "cash-in": "/cash/in",
    "cash-out": "/cash/out",
    "customer": "/customers/new",
    "account": "/accounts/new",
    "hold": "/holds/new",
    "card": "/cards/new",
    "drawer-claim": "/drawer",
    "drawer-close": "/drawer",
    "reversal": "/reversals",
    "return": "/payments/received",
    "call-back": "/payments/sent",
    "recall-agree": "/attention/recall",
    "recall-refuse": "/attention/recall",
    "pay-out": "/attention/unclaimed",
}


def show(visit: Visit, connection: Connection) -> Response:
    scope, key = visit.request.path_params["scope"], read_key(visit.request.path_params["key"])
    if scope not in _PAGE_OF or not key:
        raise NotThere("There is no such form.")
    posted = counter_queries.posted_under(connection, visit.scope(scope), key)
    if posted is not None:
        return RedirectResponse(visit.path_of(posted.kind, posted.id), 303)
    words = "This form was not posted, and nothing was booked. Send it again: the same form can be posted only once."
    message = MessageView("Not posted", words, f"{_PAGE_OF[scope]}?form={key}", "Back to the form")
    return visit.page(connection, "message", message=message)


PAGES = (Page("GET", "/forms/{scope}/{key}", show, "self.read"),)
