"""One form, one posting: the key in the address, the form that was posted already, the refusal from the books."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from bank_node.ledger.errors import Refusal
from bank_node.store import counter_queries
from bank_node.store.counter_queries import Connection
from teller_ui.forms import Form, new_key, read_key
from teller_ui.visit import Visit, with_notice


def fresh(visit: Visit, connection: Connection, scope: str, fields: tuple[str, ...]) -> Form | Response:
    """The form that the address names, with what the address fills in; or where to go instead.

    A new form gets its key in its address: reloading it, going back to it or doubling its tab keeps the one key. A form
    that was posted leads to its receipt.
    """
    key = read_key(visit.asked("form"))
    if not key:
        asked = {name: value for name, value in visit.request.query_params.items() if name != "form"}
        return RedirectResponse(f"{visit.request.url.path}?{urlencode({**asked, 'form': new_key()})}", 303)
    posted = counter_queries.posted_under(connection, visit.scope(scope), key)
    if posted is not None:
        return RedirectResponse(with_notice(visit.path_of(posted.kind, posted.id), "already"), 303)
    return Form(scope, key, {name: visit.asked(name) for name in fields})


def typed(visit: Visit, scope: str, fields: tuple[str, ...]) -> Form:
    """The form as it was sent."""
    key = read_key(visit.values.get("key", "")) or new_key()
    return Form(scope, key, {name: visit.values.get(name, "").strip()[:200] for name in fields})


def already(visit: Visit, connection: Connection, form: Form) -> Response | None:
    """The way to the receipt of this very form, where it was posted before.

    Asked before a review, and when a form does not fit: the first posting itself may be why, as it took the money.
    """
    posted = counter_queries.posted_under(connection, visit.scope(form.scope), form.key)
    if posted is None or posted.request_hash != form.request_hash:
        return None
    return visit.go(with_notice(visit.path_of(posted.kind, posted.id), "already"))


def refused(visit: Visit, connection: Connection, form: Form, refusal: Refusal) -> int:
    """Puts a refusal of the books into the form, and says with which status."""
    if refusal.code != "key_reused":
        form.refuse(refusal)
        return 422
    posted = counter_queries.posted_under(connection, visit.scope(form.scope), form.key)
    form.errors[""] = (
        "This form was posted before, with other details. Nothing was booked now; open a new form for more."
    )
    form.receipt_path = visit.path_of(posted.kind, posted.id) if posted else ""
    return 409
