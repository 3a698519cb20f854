"""Hold money (12): a form for the hold, and the button that releases one. Holds are listed on the customer's page."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from bank_node.ledger.errors import Refusal
from bank_node.operations.holds import HoldOrder, Release, place_hold, release_hold
from bank_node.store.counter_queries import Connection
from bank_node.store.holds import hold
from teller_ui.counter import Page
from teller_ui.forms import Form, amount, own_account, read_key, sentence
from teller_ui.posting import already, fresh, refused, typed
from teller_ui.views.customer_sheets import end_of_day_us, today
from teller_ui.views.frame import MessageView
from teller_ui.visit import NotThere, Visit

SCOPE, RELEASE, CODE = "hold", "release", "12"
FIELDS = ("account", "amount", "reason", "until")


def show(visit: Visit, connection: Connection) -> Response:
    form = fresh(visit, connection, SCOPE, FIELDS)
    if isinstance(form, Response):
        return form
    if form.value("account"):
        own_account(connection, form, "account")
    return _page(visit, connection, form)


async def post(visit: Visit) -> Response:
    form = typed(visit, SCOPE, FIELDS)
    order = await visit.reading(_read, form)
    if order is None:
        return await visit.reading(_wrong, form)
    try:
        receipt = await visit.bank.submit(place_hold, order)
    except Refusal as refusal:
        return await visit.reading(_refused, form, refusal)
    return visit.go(f"/holds/{receipt.id}?notice={'already' if receipt.replayed else 'held'}")


async def release(visit: Visit) -> Response:
    hold_id, key = int(visit.request.path_params["id"]), read_key(visit.values.get("key", ""))
    claim = visit.claim(RELEASE, key, str(hold_id)) if key else None
    try:
        await visit.bank.submit(release_hold, Release(hold_id, None, visit.username, claim))
    except Refusal as refusal:
        if refusal.code == "not_found":
            raise NotThere("There is no such hold.") from None
        return await visit.reading(_not_released, hold_id, refusal)
    return visit.go(f"/holds/{hold_id}?notice=released")


def by_id(visit: Visit, connection: Connection) -> Response:
    """The account it is on, with all its holds."""
    found = hold(connection, int(visit.request.path_params["id"]))
    if found is None:
        raise NotThere("There is no such hold.")
    notice = f"?notice={visit.asked('notice')}" if visit.asked("notice") else ""
    return RedirectResponse(f"/accounts/{found.number}{notice}", 303)


def _read(visit: Visit, connection: Connection, form: Form) -> HoldOrder | None:
    account = own_account(connection, form, "account")
    minor = amount(form, account.currency if account else "EUR")
    expires_us = _until(form)
    if form.text("reason") is None:
        form.errors["reason"] = "Why? Whoever looks at the account will ask."
    if account is None or minor is None or form.errors:
        return None
    claim = visit.claim(SCOPE, form.key, form.request_hash)
    reason = form.text("reason") or ""
    return HoldOrder(account.number, minor, account.currency, reason, expires_us, visit.username, claim)


def _until(form: Form) -> int | None:
    if not form.value("until"):
        return None
    try:
        return end_of_day_us(form.value("until"))
    except (ValueError, OverflowError):
        form.errors["until"] = "Write the last day like 2026-12-31."
        return None


def _wrong(visit: Visit, connection: Connection, form: Form) -> Response:
    return already(visit, connection, form) or _page(visit, connection, form, 422)


def _refused(visit: Visit, connection: Connection, form: Form, refusal: Refusal) -> Response:
    return _page(visit, connection, form, refused(visit, connection, form, refusal))


def _not_released(visit: Visit, connection: Connection, hold_id: int, refusal: Refusal) -> Response:
    message = MessageView("Not released", sentence(refusal.detail), f"/holds/{hold_id}", "Show the account")
    return visit.page(connection, "message", code=CODE, status=409, message=message)


def _page(visit: Visit, connection: Connection, form: Form, status: int = 200) -> Response:
    first_day = today(visit.bank.clock.now_us())
    return visit.page(
        connection, "hold", code=CODE, status=status, fragment="hold_form", form=form, first_day=first_day
    )


PAGES = (
    Page("GET", "/holds/new", show, "holds.place"),
    Page("POST", "/holds/new", post, "holds.place"),
    Page("GET", "/holds/{id:int}", by_id, "accounts.read"),
    Page("POST", "/holds/{id:int}/release", release, "holds.release"),
)
