"""Looking transfers up: the list of those this bank made; one of them with its history, waiting for news if asked."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.doors import TheBank, allowed
from bank_node.api.paging import Cursor, Limit, page, text_of
from bank_node.api.problems import Problem, Stop
from bank_node.api.recalls import asked_json, request_json
from bank_node.api.respond import as_json, router
from bank_node.api.transfer_answers import TransferFile, TransferList, TransferReceivedFile, TransferWaiting
from bank_node.bank import Bank
from bank_node.ledger.account import read_number
from bank_node.ledger.dates import rfc3339
from bank_node.people import Person
from bank_node.store import queries, recall_queries, transfer_queries
from bank_node.store.approvals import ALTERED, WAITING, ApprovalRow, approval_of_transfer, order_in
from bank_node.store.transfer_queries import DecisionRow, TransferEvent, TransferRow
from bank_node.transfers.reasons import reason_said
from bank_node.transfers.states import ACCEPTED, AWAITING_APPROVAL, COMPLETED, FINAL, INSIDE, OPEN, REJECTED, api_status

routes = router("transfers")

WAIT_S_MAX = 30.0

_STATES = {"pending": OPEN, "completed": (COMPLETED,), "rejected": (REJECTED,)}
ALTERED_CODE = "altered"  # of an order that waits and cannot be read any more
_NOT_HERE = "There is no such transfer at this bank."


@routes.get("/transfers", response_model=TransferList)
def transfers(
    request: Request,
    bank: TheBank,
    _who: Annotated[Person, allowed("transfers.read")],
    status: Literal["pending", "completed", "rejected"] | None = None,
    account: Annotated[str | None, Query(max_length=64, description="the paying account")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Transfers this bank made, newest first."""
    with bank.readers.connection() as connection:
        payer = None
        if account is not None:
            found = queries.account(connection, read_number(account, "account"))
            if found is None:
                raise Stop(Problem("not_found", "There is no such account at this bank."))
            payer = [found.id]
        rows = transfer_queries.transfers(
            connection,
            before_id=text_of(cursor),
            limit=limit,
            account_ids=payer,
            states=_STATES[status] if status else None,
        )
    return page(request, [transfer_json(row) for row in rows], limit, rows[-1].transaction_id if rows else "")


@routes.get("/transfers/{transaction_id}", response_model=TransferFile | TransferWaiting | TransferReceivedFile)
async def transfer(
    bank: TheBank,
    _who: Annotated[Person, allowed("transfers.read")],
    transaction_id: Annotated[str, Path(max_length=64)],
    wait: Annotated[float, Query(ge=0, le=WAIT_S_MAX, description="seconds to wait for news of a pending one")] = 0,
) -> Response:
    """One transfer, sent or received, with its history. With `wait` the answer comes when it changes."""
    news = None
    if wait:
        news = asyncio.ensure_future(bank.bell.wait((f"transfer:{transaction_id}",), wait))
        await asyncio.sleep(0)  # the ear is at the bell before the books are read: nothing rings in between
    try:
        found = await asyncio.to_thread(_read, bank, transaction_id)
        if news is not None and found["status"] == "pending" and await news:
            found = await asyncio.to_thread(_read, bank, transaction_id)
    finally:
        if news is not None:
            news.cancel()
            with suppress(asyncio.CancelledError):
                await news
    headers = {"Retry-After": "1"} if found["status"] == "pending" else {}
    return as_json(found, headers=headers)


def _read(bank: Bank, transaction_id: str) -> dict[str, Any]:
    with bank.readers.connection() as connection:
        sent = transfer_queries.transfer(connection, transaction_id)
        if sent is not None:
            events = transfer_queries.transfer_events(connection, transaction_id)
            asked = [asked_json(row) for row in recall_queries.recalls_of_sent(connection, transaction_id)]
            signed = approval_of_transfer(connection, transaction_id)
            approved_by = {"approved_by": signed.decided_by if signed else None}
            return {**transfer_json(sent), **approved_by, "recalls": asked, "history": _history(sent, events)}
        received = transfer_queries.decision(connection, transaction_id)
        asked_for = approval_of_transfer(connection, transaction_id) if received is None else None
        if asked_for is not None:
            return waiting_json(asked_for)
        if received is None:
            raise Stop(Problem("not_found", _NOT_HERE))
        wanted = recall_queries.recalls_of_received(connection, received.from_bank, transaction_id)
    return {**received_json(received), "recalls": [request_json(row) for row in wanted]}


def transfer_json(row: TransferRow) -> dict[str, Any]:
    return {
        "transaction_id": row.transaction_id,
        "direction": "inside" if row.kind == INSIDE else "sent",
        "status": api_status(row.state),
        "state": row.state,
        "reason": reason_said(row.reason_code, row.reason_text),
        "conflict": row.conflict,
        "returned_minor": row.returned_minor,
        "from_account": row.from_account,
        "from_name": row.from_name,
        "to_bank": row.to_bank,
        "to_account": row.to_account,
        "to_name": row.to_name,
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "reference": row.reference,
        "created_at": rfc3339(row.created_us),
        "expires_at": _moment(row.expires_us),
        "concluded_at": _moment(row.concluded_us),
        "attempt": row.attempt,
    }


def waiting_json(row: ApprovalRow) -> dict[str, Any]:
    """A transfer above its maker's limit, of which nothing is booked: it waits, or came to nothing."""
    order = order_in(row) or {}  # what cannot be read is not told, and `reason` says why
    waits = row.state == WAITING
    reason = {"code": row.state, "text": row.reason} if not waits else None
    said = ("from_account", "to_bank", "to_account", "to_name", "reference")
    return {
        "transaction_id": row.leads_to,
        "direction": "sent",
        "status": "pending" if waits else "rejected",
        "state": AWAITING_APPROVAL if waits else row.state,
        "reason": reason if order or not waits else {"code": ALTERED_CODE, "text": ALTERED},
        **{name: order.get(name) for name in said},
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "created_at": rfc3339(row.made_us),
        "approval": {"approval_id": row.id, "maker": row.maker, "decided_by": row.decided_by},
        "history": [{"at": rfc3339(row.made_us), "what": "approval_asked"}],
        "links": {"approval": f"/api/v1/approvals/{row.id}"},
    }


def received_json(row: DecisionRow) -> dict[str, Any]:
    """A payment this bank received. Its decision is final, and is all there is to its history here."""
    credited = row.decision == ACCEPTED
    return {
        "transaction_id": row.transaction_id,
        "direction": "received",
        "status": "completed" if credited else "rejected",
        "state": row.decision,
        "reason": reason_said(row.reason_code, row.reason_text),
        "from_bank": row.from_bank,
        "from_account": row.from_account,
        "from_name": row.from_name,
        "to_account": row.to_account,
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "reference": row.reference,
        "repeats_ignored": row.repeats_ignored,
        "history": [
            {"at": rfc3339(row.read_us), "what": "read"},
            {"at": rfc3339(row.decided_us), "what": "credited" if credited else "refused"},
        ],
    }


def _history(row: TransferRow, events: list[TransferEvent]) -> list[dict[str, Any]]:
    """What is known of the way, oldest first. The other bank's moments are by its own clock, and say so."""
    lines: list[tuple[int, dict[str, Any]]] = [(row.created_us, {"what": "booked"})]
    if row.published_us is not None:
        place = {"partition": row.partition, "offset": row.offset}
        lines.append((row.published_us, {"what": "on_topic", **place}))
    lines += [(event.at_us, {"what": event.kind, **event.facts}) for event in events]
    if row.concluded_us is not None and row.state in FINAL:
        lines.append((row.concluded_us, {"what": row.state.lower()}))
    lines.sort(key=lambda line: line[0])
    history = [{"at": rfc3339(at_us), **facts} for at_us, facts in lines]
    if row.answer:
        history.append({"what": "at_the_other_bank", "by_clock_of": row.to_bank, **row.answer})
    return history


def _moment(at_us: int | None) -> str | None:
    return rfc3339(at_us) if at_us is not None else None
