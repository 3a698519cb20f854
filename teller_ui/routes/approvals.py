"""Approvals (42): what waits for a second person; approving it, rejecting it with a reason, withdrawing one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from bank_node.ledger.errors import Refusal
from bank_node.operations import approvals as operations
from bank_node.operations.approvals import Verdict
from bank_node.operations.claims import Receipt
from bank_node.store import approvals as store
from bank_node.store import queries
from bank_node.store.approvals import WAITING, ApprovalRow
from bank_node.store.counter_queries import Connection
from bank_node.store.people import staff_named
from teller_ui.counter import Page
from teller_ui.forms import Form, new_key, sentence
from teller_ui.posting import already, refused, typed
from teller_ui.rendering import partial
from teller_ui.views.approvals import ApprovalView, approval_view
from teller_ui.visit import NotThere, Visit

CODE = "42"
FIELDS = ("reason",)
ROWS = 50


def show(visit: Visit, connection: Connection) -> Response:
    decided = visit.asked("decided") == "yes"
    before = visit.number_asked("before")
    rows = store.approvals(connection, waiting=not decided, before_id=before, limit=ROWS + 1)
    older = ""
    if len(rows) > ROWS:
        older = f"/approvals?{'decided=yes&' if decided else ''}before={rows[ROWS - 1].id}"
    views = view_of(visit, connection, rows[:ROWS])
    parts: dict[str, Any] = {"rows": views, "decided": decided, "older": older}
    return visit.page(connection, "approvals", code=CODE, at="" if decided or before else "approvals", **parts)


def show_one(visit: Visit, connection: Connection) -> Response:
    return _one(visit, connection, _find(visit, connection), Form("approval", new_key()))


async def approve(visit: Visit) -> Response:
    return await _decide(visit, "approve", operations.approve)


async def reject(visit: Visit) -> Response:
    return await _decide(visit, "reject", operations.reject)


async def withdraw(visit: Visit) -> Response:
    return await _decide(visit, "withdraw", operations.withdraw_request)


def view_of(visit: Visit, connection: Connection, rows: list[ApprovalRow] | None = None) -> list[ApprovalView]:
    """Those rows, or all that wait."""
    found = store.approvals(connection, limit=ROWS) if rows is None else rows
    names: dict[str, str] = {}

    def name(username: str) -> str:
        if username not in names:
            person = staff_named(connection, username)
            names[username] = person.name if person else username
        return names[username]

    now_us = visit.bank.clock.now_us()
    return [approval_view(row, _owner(connection, row), name, now_us) for row in found]


def decided(connection: Connection, visit: Visit, id_: str) -> list[str]:
    """The form of a page that waited, as soon as somebody else has decided; what is typed there stays till then."""
    row = store.approval(connection, int(id_)) if id_.isdigit() and len(id_) < 19 else None
    if row is None or row.state == WAITING:
        return []
    (view,) = view_of(visit, connection, [row])
    parts = {"it": view, "form": Form("approval", ""), "may_decide": False, "may_withdraw": False}
    return [partial("work", "fragments/approval_form.html", **parts)]


def _owner(connection: Connection, row: ApprovalRow) -> str:
    account = queries.account_by_id(connection, row.account_id) if row.account_id is not None else None
    return account.owner if account else ""


def _find(visit: Visit, connection: Connection) -> ApprovalRow:
    given = str(visit.request.path_params["id"])
    row = store.approval(connection, int(given)) if len(given) < 19 else None
    if row is None:
        raise NotThere("Nobody asked for an approval under this number.")
    return row


def _one(visit: Visit, connection: Connection, row: ApprovalRow, form: Form, status: int = 200) -> Response:
    (view,) = view_of(visit, connection, [row])
    waits, mine = row.state == WAITING, row.maker == visit.username
    parts: dict[str, Any] = {
        "form": form,
        "it": view,
        "may_decide": waits and not mine and visit.may("approvals.decide"),
        "may_withdraw": waits and mine,
    }
    at = f"approval:{row.id}" if waits else ""
    return visit.page(connection, "approval", code=CODE, at=at, status=status, fragment="approval_form", **parts)


async def _decide(visit: Visit, act: str, operation: Callable[..., Receipt]) -> Response:
    form = typed(visit, f"approval-{act}", FIELDS)
    id_ = int(str(visit.request.path_params["id"])[:18])
    claim = visit.claim(form.scope, form.key, f"{id_} {form.request_hash}")
    try:
        receipt = await visit.bank.submit(operation, Verdict(id_, visit.username, form.text("reason"), claim))
    except Refusal as refusal:
        return await visit.reading(_refused, form, refusal)
    return visit.done(receipt)


def _refused(visit: Visit, connection: Connection, form: Form, refusal: Refusal) -> Response:
    row = _find(visit, connection)
    posted = already(visit, connection, form)
    if posted is not None:
        return posted
    if refusal.field == "reason":
        form.errors["reason"] = sentence(refusal.detail)
        status = 422
    else:
        status = refused(visit, connection, form, refusal)
        status = 409 if refusal.code in ("final", "own_request") else status
    return _one(visit, connection, row, form, status)


PAGES = (
    Page("GET", "/approvals", show, "approvals.read"),
    Page("GET", "/approvals/{id:int}", show_one, "approvals.read"),
    Page("POST", "/approvals/{id:int}/approve", approve, "approvals.decide"),
    Page("POST", "/approvals/{id:int}/reject", reject, "approvals.decide"),
    Page("POST", "/approvals/{id:int}/withdraw", withdraw, "approvals.withdraw"),
)
