"""What the API answers where an order waits for approval instead of being done."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.idempotency import replay_headers
from bank_node.api.respond import as_json
from bank_node.api.schemas import Signed
from bank_node.bank import Bank
from bank_node.four_eyes import Signature
from bank_node.ledger.dates import rfc3339
from bank_node.operations.claims import Receipt
from bank_node.store.approvals import WAITING, approval
from bank_node.transfers.states import AWAITING_APPROVAL


def signature_of(request: Request, given: Signed) -> Signature:
    address = request.client.host if request.client else ""
    return Signature(given.supervisor or "", given.supervisor_password or "", address)


def waits(receipt: Receipt) -> Response:
    """202: asked for, nothing booked; where to look what becomes of it."""
    path = f"/api/v1/approvals/{receipt.id}"
    headers = {"Location": path, "Retry-After": "1", **replay_headers(receipt)}
    return as_json(_said(receipt, path), 202, headers)


def transfer_waits(bank: Bank, receipt: Receipt) -> dict[str, Any]:
    """A transfer's answer: it has its id already, and is looked up under it."""
    with bank.readers.connection() as connection:
        row = approval(connection, int(receipt.id))
    assert row is not None
    said = _said(receipt, f"/api/v1/transfers/{row.leads_to}")
    links = {**said["links"], "approval": f"/api/v1/approvals/{receipt.id}"}
    return {"transaction_id": row.leads_to, **said, "links": links}


def _said(receipt: Receipt, path: str) -> dict[str, Any]:
    return {
        "approval_id": int(receipt.id),
        "status": "pending",
        "state": AWAITING_APPROVAL if receipt.state == WAITING else receipt.state,
        "created_at": rfc3339(receipt.at_us),
        "links": {"self": path},
    }
