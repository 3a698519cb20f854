"""Change an account: what its owner calls it; and, for a supervisor, its state, its type, its overdraft or minimum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from bank_node.ledger.account import BLOCKED, CLOSED, DEBIT_FROZEN, OPEN, TYPES, group
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import exponent_of, format_amount, parse_amount
from bank_node.operations import account_terms
from bank_node.operations.account_terms import FloorChange, LabelChange, TypeChange
from bank_node.operations.accounts import StateChange, change_state
from bank_node.store.counter_queries import Connection
from bank_node.store.queries import AccountRow
from bank_node.transfers.states import Chip
from teller_ui.counter import Page
from teller_ui.forms import Form, new_key, sentence
from teller_ui.posting import refused, typed
from teller_ui.routes.accounts import account_in_address
from teller_ui.views import customer
from teller_ui.views.customer_sheets import account_chips
from teller_ui.visit import NotThere, Visit, with_notice

CODE = "10"
LABEL, STATE, TYPE, LIMIT = "label", "state", "type", "limit"
FIELDS = {
    LABEL: ("label", "version"),
    STATE: ("state", "reason", "version"),
    TYPE: ("type", "version"),
    LIMIT: ("limit", "kind", "version"),
}
STATES = (
    (OPEN, "Open", "pays in and out"),
    (DEBIT_FROZEN, "Debits frozen", "takes money in and pays none out"),
    (BLOCKED, "Blocked", "takes nothing in and pays nothing out"),
    (CLOSED, "Closed", "for good; nothing may be left on it"),
)


@dataclass(frozen=True, slots=True)
class ChangeView:
    number: str
    grouped: str
    name: str
    owner: str
    says: str
    chips: tuple[Chip, ...]
    currency: str
    decimals: int
    path: str
    customer_path: str
    may_decide: bool
    is_closed: bool
    types: tuple[tuple[str, str], ...]
    states: tuple[tuple[str, str, str], ...] = STATES


def show(visit: Visit, connection: Connection) -> Response:
    account = account_in_address(visit, connection)
    return _page(visit, connection, account, _forms(account))


async def post(visit: Visit) -> Response:
    what = str(visit.request.path_params["what"])
    if what not in FIELDS or (what != LABEL and not visit.may("accounts.change_terms")):
        raise NotThere("That cannot be changed here.")
    form = typed(visit, f"account-{what}", FIELDS[what])
    account = await visit.reading(account_in_address)
    try:
        operation, change = _change(visit, account, what, form)
        await visit.bank.submit(operation, change)
    except Refusal as refusal:
        return await visit.reading(_refused, what, form, refusal)
    return visit.go(with_notice(f"/accounts/{account.number}", "changed"))


def _change(visit: Visit, account: AccountRow, what: str, form: Form) -> tuple[Callable[..., Any], object]:
    """The operation and its order. Raises Refusal."""
    given = form.value("version")
    version = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
    number, who = account.number, visit.username
    claim = visit.claim(form.scope, form.key, f"{number} {form.request_hash}")
    if what == LABEL:
        return account_terms.change_label, LabelChange(number, form.text("label"), version, who, claim)
    if what == TYPE:
        return account_terms.change_type, TypeChange(number, form.value("type"), version, who, claim)
    if what == LIMIT:
        return account_terms.change_floor, FloorChange(number, _floor(account, form), version, who, claim)
    reason = form.text("reason")
    if reason is None:
        raise Refusal("FF01", "say why: whoever looks at the account will ask", "reason")
    return change_state, StateChange(number, form.value("state"), version, who, reason, claim)


def _floor(account: AccountRow, form: Form) -> int:
    text = form.value("limit")
    minor = 0 if text.strip(" 0.,") == "" and "0" in text else parse_amount(text, account.currency)
    return minor if form.value("kind") == "minimum" else -minor


def _forms(account: AccountRow) -> dict[str, Form]:
    """All forms of the page as the account stands."""
    kind = "minimum" if account.floor_minor > 0 else "overdraft"
    limit = format_amount(abs(account.floor_minor), account.currency)
    values = {
        LABEL: {"label": account.label or ""},
        STATE: {"state": account.state, "reason": ""},
        TYPE: {"type": account.type},
        LIMIT: {"limit": limit, "kind": kind},
    }
    version = {"version": str(account.version)}
    return {what: Form(f"account-{what}", new_key(), {**given, **version}) for what, given in values.items()}


def _refused(visit: Visit, connection: Connection, what: str, form: Form, refusal: Refusal) -> Response:
    account = account_in_address(visit, connection)
    if refusal.code == "AM12" and what == LIMIT:
        form.errors["limit"] = sentence(refusal.detail)
        status = 422
    else:
        status = refused(visit, connection, form, refusal)
    if refusal.code == "changed_meanwhile":
        form.errors[""] = "Somebody changed the account meanwhile. See how it stands now, and change it again."
        form.values["version"] = str(account.version)
        status = 409
    return _page(visit, connection, account, {**_forms(account), what: form}, status)


def _page(
    visit: Visit, connection: Connection, account: AccountRow, forms: dict[str, Form], status: int = 200
) -> Response:
    available = f"{format_amount(account.available_minor, account.currency)} {account.currency}"
    view = ChangeView(
        number=account.number,
        grouped=group(account.number),
        name=customer.TYPES.get(account.type, account.type),
        owner=account.owner,
        says=f"{account.owner}, {available} available.",
        chips=account_chips(account),
        currency=account.currency,
        decimals=exponent_of(account.currency),
        path=f"/accounts/{account.number}/change",
        customer_path=f"/accounts/{account.number}",
        may_decide=visit.may("accounts.change_terms"),
        is_closed=account.state == CLOSED,
        types=tuple((name, customer.TYPES[name]) for name in TYPES),
    )
    return visit.page(connection, "change_account", code=CODE, status=status, account=view, forms=forms)


PAGES = (
    Page("GET", "/accounts/{number}/change", show, "accounts.label"),
    Page("POST", "/accounts/{number}/change/{what}", post, "accounts.label"),
)
