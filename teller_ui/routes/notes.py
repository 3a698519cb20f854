"""Notes and alerts about a customer: written and ended on the customer's own page."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from bank_node.ledger.errors import Refusal
from bank_node.operations.notes import NewNote, NoteEnd, add_note, end_note
from bank_node.store.counter_queries import Connection
from bank_node.store.notes import NOTE, note
from teller_ui.counter import Page
from teller_ui.forms import Form, read_key
from teller_ui.posting import already, refused, typed
from teller_ui.routes.customers import customer_asked, show
from teller_ui.visit import NotThere, Visit, with_notice

SCOPE, END = "note", "note-end"
FIELDS = ("kind", "text")


async def post(visit: Visit) -> Response:
    form = typed(visit, SCOPE, FIELDS)
    form.values["kind"] = form.value("kind") or NOTE
    customer = await visit.reading(customer_asked)
    claim = visit.claim(SCOPE, form.key, form.request_hash)
    new = NewNote(customer.id, form.value("kind"), form.value("text"), visit.username, claim)
    try:
        receipt = await visit.bank.submit(add_note, new)
    except Refusal as refusal:
        return await visit.reading(_refused, form, refusal)
    path = f"/customers/{customer.id}"
    return visit.go(f"{with_notice(path, 'already') if receipt.replayed else path}#notes")


async def end(visit: Visit) -> Response:
    note_id, key = int(visit.request.path_params["note"]), read_key(visit.values.get("key", ""))
    customer = await visit.reading(customer_asked)
    claim = visit.claim(END, key, str(note_id)) if key else None
    try:
        await visit.bank.submit(end_note, NoteEnd(customer.id, note_id, visit.username, claim))
    except Refusal as refusal:
        if refusal.code == "not_found":
            raise NotThere("There is no such note about this customer.") from None
    return visit.go(with_notice(f"/customers/{customer.id}", "note-ended"))


def by_id(visit: Visit, connection: Connection) -> Response:
    found = note(connection, int(visit.request.path_params["note"]))
    if found is None:
        raise NotThere("There is no such note.")
    return RedirectResponse(f"/customers/{found.customer_id}#notes", 303)


def _refused(visit: Visit, connection: Connection, form: Form, refusal: Refusal) -> Response:
    posted = already(visit, connection, form)
    if posted is not None:
        return posted
    return show(visit, connection, customer_asked(visit, connection), form, refused(visit, connection, form, refusal))


PAGES = (
    Page("POST", "/customers/{id:int}/notes", post, "customers.note"),
    Page("POST", "/customers/{id:int}/notes/{note:int}/end", end, "customers.note"),
    Page("GET", "/notes/{note:int}", by_id, "customers.read"),
)
