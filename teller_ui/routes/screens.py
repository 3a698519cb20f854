"""The way in, and the list of all screens for those who have no palette."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from bank_node.store.counter_queries import Connection
from teller_ui.counter import Page
from teller_ui.screens import BY_CODE
from teller_ui.visit import NotThere, Visit


async def home(visit: Visit) -> Response:
    homes = (("customers.read", "/customers"), ("own.read", "/my"), ("staff.read", "/staff"))
    return RedirectResponse(next((path for action, path in homes if visit.may(action)), "/screens"), 303)


def screens(visit: Visit, connection: Connection) -> Response:
    return visit.page(connection, "screens")


async def by_code(visit: Visit) -> Response:
    """`/go/31` is the payment form."""
    screen = BY_CODE.get(visit.request.path_params["code"])
    if screen is None:
        raise NotThere("No screen has this code. All screens: /screens")
    return RedirectResponse(screen.path, 303)


PAGES = (
    Page("GET", "/", home, "self.read"),
    Page("GET", "/screens", screens, "self.read"),
    Page("GET", "/go/{code}", by_code, "self.read"),
)
