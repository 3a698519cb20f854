"""The teller's drawer (23): claimed with a float, counted and closed at the end. What was counted stays to be seen.

A supervisor opens anybody's, and counts and closes it where its teller cannot.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from bank_node.four_eyes import DECIDES, signed
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import EXPONENTS, exponent_of, parse_amount
from bank_node.operations.drawers import DrawerClaim, DrawerCount, claim_drawer, close_drawer
from bank_node.store import drawers as store
from bank_node.store.counter_queries import Connection
from bank_node.store.drawers import DrawerRow
from bank_node.store.people import staff_named
from teller_ui.counter import Page
from teller_ui.counting import count_of, total
from teller_ui.forms import Form, new_key, sentence
from teller_ui.posting import already, refused, typed
from teller_ui.second_person import is_about_signature, refuse_signature, signature_of
from teller_ui.views.branch import PIECE_FIELDS, DrawerView, count_rows, drawer_view, money_list, pieces_of
from teller_ui.visit import NotThere, Visit

CODE = "23"
CLAIM, CLOSE = "drawer-claim", "drawer-close"
CLAIM_FIELDS = ("number", "amount", "currency")
CLOSE_FIELDS = ("reason", *PIECE_FIELDS)


def show(visit: Visit, connection: Connection) -> Response:
    """Mine, to be counted; or a free one, to be claimed."""
    mine = store.drawer_of(connection, visit.username)
    if mine is not None:
        return _closing(visit, connection, mine, Form(CLOSE, new_key()))
    return _claiming(visit, connection, Form(CLAIM, new_key(), {"number": _free(connection), "currency": "EUR"}))


def show_one(visit: Visit, connection: Connection) -> Response:
    row = _find(visit, connection)
    if row.closed_us is None and row.teller != visit.username and visit.may(DECIDES):
        return _closing(visit, connection, row, Form(CLOSE, new_key()))
    return visit.page(connection, "drawer", code=CODE, drawer=_view(visit, connection, row))


async def claim(visit: Visit) -> Response:
    form = typed(visit, CLAIM, CLAIM_FIELDS)
    order = _claim_order(visit, form)
    if order is None:
        return await visit.reading(_not_claimed, form, None)
    try:
        receipt = await visit.bank.submit(claim_drawer, order)
    except Refusal as refusal:
        return await visit.reading(_not_claimed, form, refusal)
    return visit.done(receipt)


async def close(visit: Visit) -> Response:
    form = typed(visit, CLOSE, CLOSE_FIELDS)
    assert visit.person is not None
    row = await visit.reading(_to_close)
    try:
        counted = count_of(form)
        if row is None:
            return await visit.reading(_gone, form)
        signature = signature_of(visit)
        asked = signature.supervisor or signature.password
        supervisor = await signed(visit.bank, visit.person, signature) if asked else None
        once = visit.claim(CLOSE, form.key, form.request_hash)
        signed_by = (form.text("reason"), supervisor, visit.username)
        order = DrawerCount(row.id, counted, *signed_by, any_drawer=visit.may(DECIDES), claim=once)
        receipt = await visit.bank.submit(close_drawer, order)
    except Refusal as refusal:
        return await visit.reading(_not_closed, form, refusal)
    return visit.done(receipt)


def _find(visit: Visit, connection: Connection) -> DrawerRow:
    given = str(visit.request.path_params["id"])
    row = store.drawer_time(connection, int(given)) if len(given) < 19 else None
    if row is None:
        raise NotThere("Nobody had a drawer under this number.")
    return row


def _to_close(visit: Visit, connection: Connection) -> DrawerRow | None:
    """The one in the address, or else mine; None where it is not open."""
    if "id" not in visit.request.path_params:
        return store.drawer_of(connection, visit.username)
    row = _find(visit, connection)
    return row if row.closed_us is None else None


def _claim_order(visit: Visit, form: Form) -> DrawerClaim | None:
    number, currency = form.value("number"), form.value("currency") or "EUR"
    if not (number.isascii() and number.isdigit() and len(number) < 4):
        form.errors["number"] = "Which drawer? Its number is from 1 to 999."
    floats = {}
    try:
        exponent_of(currency)
        if form.value("amount") and form.value("amount").strip("0.,"):
            floats[currency] = parse_amount(form.value("amount"), currency)
    except Refusal as refusal:
        form.refuse(refusal)
    if form.errors:
        return None
    mine = visit.claim(CLAIM, form.key, form.request_hash)
    return DrawerClaim(int(number), floats, visit.username, mine)


def _not_claimed(visit: Visit, connection: Connection, form: Form, refusal: Refusal | None) -> Response:
    posted = already(visit, connection, form)
    if posted is not None:
        return posted
    status = 422
    if refusal is not None and refusal.field == "floats":
        form.errors["amount"] = sentence(refusal.detail)
    elif refusal is not None:
        status = refused(visit, connection, form, refusal)
    return _claiming(visit, connection, form, status)


def _gone(visit: Visit, connection: Connection, form: Form) -> Response:
    """This very count was posted before, or there is nothing to count."""
    posted = already(visit, connection, form)
    if posted is not None:
        return posted
    if "id" in visit.request.path_params:  # closed meanwhile, by somebody who is named there
        return visit.go(f"/drawers/{visit.request.path_params['id']}")
    return _claiming(visit, connection, Form(CLAIM, new_key(), errors={"": "You hold no drawer."}), 409)


def _not_closed(visit: Visit, connection: Connection, form: Form, refusal: Refusal) -> Response:
    row = _to_close(visit, connection)
    if row is None:
        return _gone(visit, connection, form)
    status = 422
    if is_about_signature(refusal):
        refuse_signature(form, refusal)
    elif refusal.field == "counted":
        form.errors[""] = sentence(refusal.detail)
    else:
        status = refused(visit, connection, form, refusal)
    odd = refusal.code == "variance" or is_about_signature(refusal)
    return _closing(visit, connection, row, form, status, is_odd=odd)


def _claiming(visit: Visit, connection: Connection, form: Form, status: int = 200) -> Response:
    rows = [_view(visit, connection, row) for row in store.open_drawers(connection)]
    closed = [_view(visit, connection, row) for row in store.closed_drawers(connection, 5)]
    parts: dict[str, Any] = {"form": form, "drawers": rows, "closed": closed, "currencies": tuple(EXPONENTS)}
    parts["may_close"] = visit.may(DECIDES)
    return visit.page(connection, "drawer_claim", code=CODE, status=status, fragment="drawer_claim_form", **parts)


def _closing(
    visit: Visit, connection: Connection, row: DrawerRow, form: Form, status: int = 200, *, is_odd: bool = False
) -> Response:
    cash, is_mine = store.cash_in(connection, row.number), row.teller == visit.username
    groups = tuple(pieces_of(currency) for currency in sorted({*cash, *row.floats} or {"EUR"}))
    try:
        counted = {currency: total(count, currency) for currency, count in count_of(form).items()}
    except Refusal:
        counted = {}
    expected = {currency: minor for currency, minor in cash.items() if minor}
    rows = count_rows(expected, counted) if is_odd else ()
    parts: dict[str, Any] = {
        "form": form,
        "drawer": _view(visit, connection, row),
        "is_mine": is_mine,
        "path": "/drawer/close" if is_mine else f"/drawers/{row.id}/close",
        "groups": groups,
        "rows": rows,
        "counted": money_list(counted),
    }
    return visit.page(connection, "drawer_close", code=CODE, status=status, fragment="drawer_close_form", **parts)


def _view(visit: Visit, connection: Connection, row: DrawerRow) -> DrawerView:
    cash = store.cash_in(connection, row.number) if row.closed_us is None else {}
    return drawer_view(
        row, cash, _name(connection, row.teller), _name(connection, row.supervisor), visit.bank.clock.now_us()
    )


def _name(connection: Connection, username: str | None) -> str:
    found = staff_named(connection, username) if username else None
    return found.name if found else username or ""


def _free(connection: Connection) -> str:
    """The lowest number that nobody holds."""
    taken = {row.number for row in store.open_drawers(connection)}
    return str(next(number for number in range(1, 1000) if number not in taken))


PAGES = (
    Page("GET", "/drawer", show, "drawers.claim"),
    Page("POST", "/drawer/claim", claim, "drawers.claim"),
    Page("POST", "/drawer/close", close, "drawers.close"),
    Page("GET", "/drawers/{id:int}", show_one, "drawers.read"),
    Page("POST", "/drawers/{id:int}/close", close, "drawers.close"),
)
