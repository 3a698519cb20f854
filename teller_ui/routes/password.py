"""One's own password: changed by who knows it, and the first thing after coming in by a one-time password."""

from __future__ import annotations

from starlette.responses import Response

from bank_node.ledger.errors import Refusal
from bank_node.people import choose_password, sign_in
from bank_node.store.counter_queries import Connection
from teller_ui import session
from teller_ui.counter import Page
from teller_ui.forms import Form, sentence
from teller_ui.visit import Visit

_FIELDS = ("old_password", "password", "again")


def show(visit: Visit, connection: Connection) -> Response:
    return _page(visit, connection, Form("password", ""))


async def post(visit: Visit) -> Response:
    assert visit.person is not None
    request, typed = visit.request, visit.values
    old, new = typed.get("old_password", ""), typed.get("password", "")
    form = Form("password", "", dict.fromkeys(_FIELDS, ""))
    if new != typed.get("again", ""):
        form.errors["again"] = "The two are not the same."
        return await visit.reading(_page, form, 422)
    address = request.client.host if request.client else ""
    try:
        await choose_password(visit.bank, visit.person, old, new, address)
    except Refusal as refusal:
        form.errors[refusal.field or ""] = sentence(refusal.detail)
        return await visit.reading(_page, form, 422)
    opened = await sign_in(visit.bank, visit.username, new, address)  # all sessions have ended, this one goes on
    answer = visit.go("/sessions?notice=password")
    session.remember(answer, request, visit.bank.settings, opened.id)
    return answer


def _page(visit: Visit, connection: Connection, form: Form, status: int = 200) -> Response:
    return visit.page(connection, "password", code="64", status=status, form=form)


PAGES = (
    Page("GET", "/password", show, "self.password"),
    Page("POST", "/password", post, "self.password"),
)
