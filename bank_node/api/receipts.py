"""The receipt of a transfer as the API says it: one shape, whoever ordered it and by which route."""

from __future__ import annotations

from typing import Any

from bank_node.api.idempotency import replay_headers
from bank_node.ledger.dates import rfc3339
from bank_node.operations.claims import Receipt


def said(receipt: Receipt) -> dict[str, Any]:
    """The body: id, status, state, and where to ask again."""
    return {
        "transaction_id": receipt.id,
        "status": receipt.status,
        "state": receipt.state,
        "created_at": rfc3339(receipt.at_us),
        "links": {"self": f"/api/v1/transfers/{receipt.id}"},
    }


def outcome_of(receipt: Receipt) -> tuple[int, dict[str, str]]:
    """Status and headers: 201 for what is completed, 202 for what another bank still decides."""
    headers = {"Location": f"/api/v1/transfers/{receipt.id}", **replay_headers(receipt)}
    return (201, headers) if receipt.status == "completed" else (202, {**headers, "Retry-After": "1"})
