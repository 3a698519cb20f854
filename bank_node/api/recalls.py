"""Recalls, asked for and received, and the answers this bank's staff give. Asking for one is in `transfer_desk`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.doors import TheBank, allowed
from bank_node.api.idempotency import PARAMETER, claim, needed_key, replay_headers
from bank_node.api.paging import Cursor, Limit, not_ours, page, text_of
from bank_node.api.respond import as_json, router
from bank_node.api.schemas import RecallAgreement, RecallDecided, RecallRefused
from bank_node.api.transfer_answers import RecallList
from bank_node.ledger.dates import rfc3339
from bank_node.operations.answer_recall import Agreement, RecallRefusal, agree_to_recall, refuse_recall
from bank_node.operations.claims import Receipt
from bank_node.people import Person
from bank_node.store import recall_queries
from bank_node.store.recall_queries import AskedRow, RequestRow
from bank_node.transfers.recall import AGREED, ASKED, OPEN, REFUSED, asked_words, request_words

routes = router("recalls")

BankPath = Annotated[str, Path(max_length=64, description="the bank that asks")]
RecallPath = Annotated[str, Path(max_length=64)]
_EXTRA: dict[str, Any] = {"parameters": [PARAMETER]}
_STATES = {"agreed": AGREED, "refused": REFUSED}


@routes.get("/recalls", response_model=RecallList)
def recalls(
    request: Request,
    bank: TheBank,
    _who: Annotated[Person, allowed("transfers.read")],
    direction: Annotated[Literal["received", "asked"], Query(description="asked: by this bank")] = "received",
    status: Literal["open", "agreed", "refused"] | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Recalls in one direction, newest first."""
    after, unanswered = text_of(cursor), OPEN if direction == "received" else ASKED
    state = _STATES.get(status, unanswered) if status else None
    with bank.readers.connection() as connection:
        if direction == "asked":
            asked = recall_queries.asked(connection, before_id=after, limit=limit, state=state)
            return page(request, [asked_json(row) for row in asked], limit, asked[-1].recall_id if asked else "")
        found = recall_queries.requests(connection, before=place_of(after), limit=limit, state=state)
    last = f"{found[-1].received_us}.{found[-1].from_bank}.{found[-1].recall_id}" if found else ""
    return page(request, [request_json(row) for row in found], limit, last)


@routes.post(
    "/recalls/{from_bank}/{recall_id}/agree", status_code=202, response_model=RecallDecided, openapi_extra=_EXTRA
)
async def agree(
    request: Request,
    bank: TheBank,
    from_bank: BankPath,
    recall_id: RecallPath,
    who: Annotated[Person, allowed("desk.answer_recall")],
    agreement: RecallAgreement | None = None,
) -> Response:
    """Agrees to a recall: the payment is returned, whole or in part. Where the money is gone, nothing happens."""
    amount_minor = agreement.amount_minor if agreement else None
    key = needed_key(request.headers)
    mine = claim(who.username, "recall:agree", key, (from_bank, recall_id, amount_minor))
    order = Agreement(from_bank, recall_id, amount_minor, who.username, mine)
    receipt: Receipt = await bank.submit(agree_to_recall, order)
    headers = {"Location": f"/api/v1/transfers/{receipt.id}", **replay_headers(receipt)}
    return as_json(_decided(from_bank, recall_id, AGREED, receipt, receipt.id), 202, headers)


@routes.post("/recalls/{from_bank}/{recall_id}/refuse", response_model=RecallDecided, openapi_extra=_EXTRA)
async def refuse(
    request: Request,
    bank: TheBank,
    from_bank: BankPath,
    recall_id: RecallPath,
    refused: RecallRefused,
    who: Annotated[Person, allowed("desk.answer_recall")],
) -> Response:
    """Refuses a recall, in words. The payment stays where it is."""
    mine = claim(who.username, "recall:refuse", needed_key(request.headers), (from_bank, recall_id, refused.reason))
    order = RecallRefusal(from_bank, recall_id, refused.reason, who.username, mine)
    receipt: Receipt = await bank.submit(refuse_recall, order)
    return as_json(_decided(from_bank, recall_id, REFUSED, receipt, None), 200, replay_headers(receipt))


def asked_json(row: AskedRow) -> dict[str, Any]:
    """A recall this bank asked for."""
    return {
        "recall_id": row.recall_id,
        "direction": "asked",
        "transaction_id": row.transaction_id,
        "to_bank": row.to_bank,
        "state": row.state,
        "reason": row.reason,
        "answer": row.answer_text,
        "words": asked_words(row.state, row.to_bank, row.answer_text),
        "amount_minor": row.amount_minor,
        "returned_minor": row.returned_minor,
        "currency": row.currency,
        "asked_by": row.actor,
        "asked_at": rfc3339(row.created_us),
        "attempt": row.attempt,
        "answered_at": _moment(row.answered_us),
    }


def request_json(row: RequestRow) -> dict[str, Any]:
    """A recall this bank was asked for; without an amount where it never credited such a payment."""
    return {
        "recall_id": row.recall_id,
        "direction": "received",
        "transaction_id": row.transaction_id,
        "from_bank": row.from_bank,
        "state": row.state,
        "reason": row.reason,
        "answer": row.answer_text,
        "words": request_words(row.state, row.from_bank, row.reason, row.answer_text),
        "return_id": row.return_id,
        "amount_minor": row.amount_minor,
        "returned_minor": row.reserved_minor,
        "currency": row.currency,
        "account": row.to_account,
        "received_at": rfc3339(row.received_us),
        "decided_by": row.decided_by,
        "decided_at": _moment(row.decided_us),
    }


def _decided(from_bank: str, recall_id: str, state: str, receipt: Receipt, return_id: str | None) -> dict[str, Any]:
    said = {"from_bank": from_bank, "recall_id": recall_id, "state": state, "return_id": return_id}
    return {**said, "decided_at": rfc3339(receipt.at_us)}


def place_of(after: str | None) -> tuple[int, str, str] | None:
    """Where a page begins: moment, bank and id, of which only the id may have a dot. Raises Stop (422)."""
    if after is None:
        return None
    at_us, _, place = after.partition(".")
    from_bank, _, recall_id = place.partition(".")
    if not (at_us.isascii() and at_us.isdigit() and len(at_us) <= 18 and from_bank and recall_id):
        raise not_ours()
    return int(at_us), from_bank, recall_id


def _moment(at_us: int | None) -> str | None:
    return rfc3339(at_us) if at_us is not None else None
