"""What staff may do about a transfer: ask after it, call it back, send received money back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Path
from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.doors import TheBank, allowed
from bank_node.api.idempotency import PARAMETER, claim, needed_key
from bank_node.api.problems import Problem, Stop
from bank_node.api.receipts import outcome_of, said
from bank_node.api.respond import as_json, router
from bank_node.api.schemas import RecallAccepted, RecallInput, ReturnInput, TransferAccepted
from bank_node.bank import Bank
from bank_node.operations.cancel_transfer import Question, ask_again
from bank_node.operations.claims import Receipt
from bank_node.operations.recall import KIND as RECALL
from bank_node.operations.recall import RecallOrder, recall_transfer
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.people import Person
from bank_node.store import transfer_queries

routes = router("transfers")

TransactionId = Annotated[str, Path(max_length=64)]
_EXTRA = {"parameters": [PARAMETER]}


@routes.post(
    "/transfers/{transaction_id}/ask",
    status_code=202,
    response_model=TransferAccepted,
    openapi_extra=_EXTRA,
)
async def ask(
    request: Request,
    bank: TheBank,
    transaction_id: TransactionId,
    who: Annotated[Person, allowed("transfers.ask")],
) -> Response:
    """Asks the other bank what became of an open transfer; changes no state."""
    return await _question(bank, request, who, transaction_id, "ask", ask_again)


@routes.post(
    "/transfers/{transaction_id}/recall",
    status_code=202,
    response_model=RecallAccepted,
    openapi_extra=_EXTRA,
)
async def recall(
    request: Request,
    bank: TheBank,
    transaction_id: TransactionId,
    who: Annotated[Person, allowed("transfers.recall")],
    asked: RecallInput | None = None,
) -> Response:
    """Calls a transfer back. An open one returns once the other bank confirms that it never credited it (CANCELLING);
    for a completed one the other bank's staff are asked (ASKED), and no money moves unless they agree."""
    reason = asked.reason if asked else None
    mine = claim(who.username, "recall", needed_key(request.headers), (transaction_id, reason))
    receipt: Receipt = await bank.submit(recall_transfer, RecallOrder(transaction_id, reason, who.username, mine))
    recall_id = receipt.id if receipt.kind == RECALL else None
    about_transfer = replace(receipt, id=transaction_id)
    return as_json({**said(about_transfer), "recall_id": recall_id}, *outcome_of(about_transfer))


@routes.post(
    "/transfers/{transaction_id}/return",
    status_code=202,
    response_model=TransferAccepted,
    openapi_extra=_EXTRA,
)
async def give_back(
    request: Request,
    bank: TheBank,
    transaction_id: TransactionId,
    back: ReturnInput,
    who: Annotated[Person, allowed("transfers.return")],
) -> Response:
    """Sends a received payment back, whole or in part. The answer names the return, a transfer of its own."""
    from_bank = back.from_bank
    if not from_bank:
        from_bank = await asyncio.to_thread(_sender_of, bank, transaction_id)
    content = (from_bank, transaction_id, back.amount_minor, back.reason)
    mine = claim(who.username, "return", needed_key(request.headers), content)
    order = ReturnOrder(from_bank, transaction_id, back.amount_minor, back.reason, who.username, mine)
    return _accepted(await bank.submit(return_transfer, order))


async def _question(
    bank: Bank,
    request: Request,
    who: Person,
    transaction_id: str,
    route: str,
    operation: Callable[..., Any],
) -> Response:
    mine = claim(who.username, route, needed_key(request.headers), (transaction_id,))
    return _accepted(await bank.submit(operation, Question(transaction_id, who.username, mine)))


def _sender_of(bank: Bank, transaction_id: str) -> str:
    with bank.readers.connection() as connection:
        received = transfer_queries.decision(connection, transaction_id)
    if received is None:
        raise Stop(Problem("not_found", "This bank received no such payment."))
    return received.from_bank


def _accepted(receipt: Receipt) -> Response:
    return as_json(said(receipt), *outcome_of(receipt))
