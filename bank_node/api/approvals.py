"""Approvals: the orders that wait for a second person, and what he decides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.branch_answers import Approval, ApprovalList
from bank_node.api.branch_schemas import RejectionInput, VerdictInput
from bank_node.api.doors import TheBank, allowed
from bank_node.api.idempotency import PARAMETER, claim, needed_key, replay_headers
from bank_node.api.paging import Cursor, Limit, number_of, page
from bank_node.api.problems import Problem, Stop
from bank_node.api.respond import as_json, router
from bank_node.bank import Bank
from bank_node.ledger.dates import rfc3339
from bank_node.operations import approvals as operations
from bank_node.operations.approvals import Verdict
from bank_node.operations.claims import Receipt
from bank_node.people import Person
from bank_node.store import approvals as store
from bank_node.store.approvals import ALTERED, APPROVED, ApprovalRow, order_in

routes = router("approvals")

ApprovalId = Annotated[int, Path(ge=1, lt=2**63)]
_EXTRA: dict[str, Any] = {"parameters": [PARAMETER]}
_NOT_HERE = "Nobody asked for an approval under this number."


@routes.get("/approvals", response_model=ApprovalList)
def approvals(
    request: Request,
    bank: TheBank,
    _who: Annotated[Person, allowed("approvals.read")],
    decided: Annotated[bool, Query(description="what was decided, instead of what waits")] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Orders above their maker's limit, the newest first; and how many wait."""
    with bank.readers.connection() as connection:
        rows = store.approvals(connection, waiting=not decided, before_id=number_of(cursor), limit=limit)
        waiting = store.waiting_count(connection, bank.clock.now_us())
    return page(request, [approval_json(row) for row in rows], limit, rows[-1].id if rows else 0, {"waiting": waiting})


@routes.get("/approvals/{approval_id}", response_model=Approval)
def approval(bank: TheBank, _who: Annotated[Person, allowed("approvals.read")], approval_id: ApprovalId) -> Response:
    """One of them, and what became of it."""
    return as_json(_read(bank, approval_id))


@routes.post("/approvals/{approval_id}/approve", openapi_extra=_EXTRA, response_model=Approval)
async def approve(
    request: Request,
    bank: TheBank,
    approval_id: ApprovalId,
    who: Annotated[Person, allowed("approvals.decide")],
    verdict: VerdictInput | None = None,
) -> Response:
    """Carries out what was asked for, in its maker's name and this one's. Nobody approves his own."""
    reason = verdict.reason if verdict else None
    return await _decide(bank, request, who, approval_id, "approve", reason, operations.approve)


@routes.post("/approvals/{approval_id}/reject", openapi_extra=_EXTRA, response_model=Approval)
async def reject(
    request: Request,
    bank: TheBank,
    approval_id: ApprovalId,
    verdict: RejectionInput,
    who: Annotated[Person, allowed("approvals.decide")],
) -> Response:
    """Refuses it, with a reason; what was held is free again. What is past its time ends as expired."""
    return await _decide(bank, request, who, approval_id, "reject", verdict.reason, operations.reject)


@routes.post("/approvals/{approval_id}/withdraw", openapi_extra=_EXTRA, response_model=Approval)
async def withdraw(
    request: Request,
    bank: TheBank,
    approval_id: ApprovalId,
    who: Annotated[Person, allowed("approvals.withdraw")],
) -> Response:
    """The maker takes back what he asked for."""
    return await _decide(bank, request, who, approval_id, "withdraw", None, operations.withdraw_request)


async def _decide(
    bank: Bank,
    request: Request,
    who: Person,
    approval_id: int,
    act: str,
    reason: str | None,
    operation: Callable[..., Receipt],
) -> Response:
    mine = claim(who.username, f"approvals:{act}", needed_key(request.headers), (approval_id, reason))
    receipt = await bank.submit(operation, Verdict(approval_id, who.username, reason, mine))
    return as_json(await asyncio.to_thread(_read, bank, approval_id), headers=replay_headers(receipt))


def _read(bank: Bank, approval_id: int) -> dict[str, Any]:
    with bank.readers.connection() as connection:
        row = store.approval(connection, approval_id)
    if row is None:
        raise Stop(Problem("not_found", _NOT_HERE))
    return approval_json(row)


def approval_json(row: ApprovalRow) -> dict[str, Any]:
    done, order = None, order_in(row)
    if row.state == APPROVED:
        done = f"/api/v1/transfers/{row.leads_to}" if row.kind == "transfer" else f"/api/v1/entries/{row.leads_to}"
    return {
        "approval_id": row.id,
        "kind": row.kind,
        "state": row.state,
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "order": order,
        "unreadable": None if order else ALTERED,
        "maker": row.maker,
        "asked_at": rfc3339(row.made_us),
        "expires_at": rfc3339(row.expires_us),
        "decided_by": row.decided_by,
        "decided_at": rfc3339(row.decided_us) if row.decided_us is not None else None,
        "reason": row.reason,
        "links": {"self": f"/api/v1/approvals/{row.id}", **({"done": done} if done else {})},
    }
