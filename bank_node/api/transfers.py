"""Ordering transfers: one, or up to 256 at once. This is the hot route; looking transfers up is in `transfer_status`.

Nothing of FastAPI stands between the request and `send_transfer`: the body is read, checked and hashed here, the token
was verified a moment ago, and the answer is bytes.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, cast

import orjson
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from bank_node.api.errors import of_invalid, of_refusal, problem_of, unforeseen
from bank_node.api.idempotency import PARAMETER, claim, needed_key, replay_headers
from bank_node.api.over_limit import signature_of, transfer_waits
from bank_node.api.problems import Problem
from bank_node.api.receipts import outcome_of, said
from bank_node.api.respond import JSON, PlainRequest, PlainRoute, as_json, router
from bank_node.api.schemas import BatchInput, BatchItem, TransferAccepted, TransferInput, amount_of
from bank_node.api.transfer_answers import BatchAnswers
from bank_node.bank import Bank
from bank_node.four_eyes import KIND, carry_out, is_above_limit
from bank_node.ledger.errors import Refusal
from bank_node.operations.approvals import Request as Asked
from bank_node.operations.approvals import ask_approval
from bank_node.operations.claims import Receipt
from bank_node.operations.orders import TransferOrder
from bank_node.operations.send_transfer import send_transfer
from bank_node.people import Person

routes = router("transfers", route_class=PlainRoute)

log = logging.getLogger(__name__)

_ONE = TypeAdapter(TransferInput)
_BATCH = TypeAdapter(BatchInput)
_ITEM = TypeAdapter(BatchItem)
ROUTE = "transfers"  # of the idempotency keys: one and batch share them

SECURED = {"security": [{"OAuth2PasswordBearer": []}], "x-action": "transfers.send"}


def _described(model: str, *more: dict[str, Any]) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{model}"}
    return {"requestBody": {"required": True, "content": {JSON: {"schema": schema}}}, "parameters": [*more], **SECURED}


@routes.post(
    "/transfers",
    status_code=202,
    responses={201: {"model": TransferAccepted, "description": "inside the bank: completed"}},
    response_model=TransferAccepted,
    response_description="to another bank: pending; Location says where to ask",
    openapi_extra=_described("TransferInput", PARAMETER),
)
async def send(request: PlainRequest) -> Response:
    """Orders a transfer. Inside the bank it is completed at once (201); to another bank it is pending (202)."""
    who = await request.bearer("transfers.send")
    ordered = _ONE.validate_json(request.content)
    order = order_of(ordered, who, needed_key(request.said))
    receipt: Receipt
    if _is_above_limit(request.bank, who, order):
        signature = signature_of(request, ordered)
        receipt = await carry_out(request.bank, who, "transfer", order, (order.amount_minor, order.currency), signature)
    else:
        receipt = await request.bank.submit(send_transfer, order)
    return await _answer(request.bank, receipt)


@routes.post(
    "/transfers/batch",
    openapi_extra=_described("BatchInput"),
    response_description="one answer each, in order: as of a single transfer, or its problem",
    response_model=BatchAnswers,
)
async def send_batch(request: PlainRequest) -> Response:
    """Orders up to 256 transfers, each with its own idempotency_key; each is accepted or refused alone."""
    who = await request.bearer("transfers.send")
    batch = _BATCH.validate_json(request.content)
    answers: list[Any] = [_read_item(item, who, place) for place, item in enumerate(batch.transfers)]
    places = [place for place, answer in enumerate(answers) if isinstance(answer, TransferOrder)]
    above = [place for place in places if _is_above_limit(request.bank, who, answers[place])]
    for place in above:
        answers[place] = await _asked(request.bank, answers[place])
    places = [place for place in places if place not in above]
    done = await request.bank.submit_all(send_transfer, [answers[place] for place in places])
    for place, outcome in zip(places, done, strict=True):
        answers[place] = outcome
    for place, answer in enumerate(answers):
        if isinstance(answer, Receipt) and answer.kind == KIND:  # the key's own answer, whatever the limit is by now
            waits = await asyncio.to_thread(transfer_waits, request.bank, answer)
            answers[place] = {"http_status": 202, "replayed": answer.replayed, **waits}
    path, trace_id = request.scope["path"], request.scope["trace_id"]
    return as_json({"items": [_item(answer, place, path, trace_id) for place, answer in enumerate(answers)]})


async def _answer(bank: Bank, receipt: Receipt) -> Response:
    if receipt.kind == KIND:
        answer = await asyncio.to_thread(transfer_waits, bank, receipt)
        headers = {"Location": answer["links"]["self"], "Retry-After": "1", **replay_headers(receipt)}
        return as_json(answer, 202, headers)
    status, headers = outcome_of(receipt)
    return Response(orjson.dumps(said(receipt)), status, headers, JSON)


def order_of(ordered: TransferInput, who: Person, key: str) -> TransferOrder:
    """The order as the operation takes it, claimed under this key. Raises Refusal for an amount that is none."""
    minor = amount_of(ordered)
    payer, payee = _bare(ordered.from_account), _bare(ordered.to_account)
    content = (payer, ordered.to_bank, payee, minor, ordered.currency)
    words, only_if = (ordered.to_name, ordered.reference, ordered.expires_at), ordered.only_if_available_minor
    mine = claim(who.username, ROUTE, key, content + words + (() if only_if is None else (only_if,)))
    order = TransferOrder(payer, ordered.to_bank, payee, minor, ordered.currency, *words, who.username, mine)
    order.only_if_available_minor = only_if
    return order


def _bare(number: str) -> str:
    """One of our numbers without the blanks of its groups; a foreign bank's as it is."""
    bare = number.replace(" ", "")
    return bare.upper() if bare[:2].upper() == "XF" else number


def _read_item(item: dict[str, Any], who: Person, place: int) -> TransferOrder | Problem:
    try:
        ordered = _ITEM.validate_python(item)
        return order_of(ordered, who, ordered.idempotency_key)
    except ValidationError as error:
        return of_invalid(error.errors(), _pointer(place))
    except Refusal as refusal:
        return of_refusal(refusal, _pointer(place))


def _is_above_limit(bank: Bank, who: Person, order: TransferOrder) -> bool:
    return is_above_limit(bank, who, order.amount_minor, order.currency)


async def _asked(bank: Bank, order: TransferOrder) -> Receipt | BaseException:
    """One of a batch that is above the limit: it waits, the others go on."""
    try:
        receipt: Receipt = await bank.submit(ask_approval, Asked("transfer", order))
    except Exception as error:  # told as the others' are, in its place
        return error
    return receipt


def _item(
    outcome: dict[str, Any] | Receipt | Problem | BaseException, place: int, path: str, trace_id: str
) -> dict[str, Any]:
    """One answer of a batch: `http_status` is what the single route would have said."""
    if isinstance(outcome, dict):
        return outcome
    if isinstance(outcome, Receipt):
        return {"http_status": outcome_of(outcome)[0], "replayed": outcome.replayed, **said(outcome)}
    if isinstance(outcome, Problem):
        problem: Problem | None = outcome
    else:
        problem = of_refusal(outcome, _pointer(place)) if isinstance(outcome, Refusal) else problem_of(outcome)
    if problem is None:  # the others of the batch were answered all the same
        log.error("a transfer of a batch failed", exc_info=cast(BaseException, outcome), extra={"trace": trace_id})
        problem = unforeseen()
    return {"http_status": problem.http_status, "problem": problem.document(path, trace_id)}


def _pointer(place: int) -> str:
    return f"/transfers/{place}"
