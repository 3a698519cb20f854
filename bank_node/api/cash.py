"""Cash at the counter: deposits and withdrawals."""

from __future__ import annotations

from typing import Annotated, Any

from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.doors import TheBank, allowed
from bank_node.api.idempotency import PARAMETER, claim, needed_key, replay_headers
from bank_node.api.over_limit import signature_of, waits
from bank_node.api.respond import as_json, router
from bank_node.api.schemas import ApprovalAsked, CashBooked, CashInput, WithdrawalInput, amount_of
from bank_node.bank import Bank
from bank_node.four_eyes import KIND, carry_out
from bank_node.ledger.dates import rfc3339
from bank_node.operations.cash import CashOrder
from bank_node.people import Person

routes = router("cash")

_EXTRA = {"parameters": [PARAMETER]}
_WAITS: dict[int | str, dict[str, Any]] = {
    202: {"model": ApprovalAsked, "description": "above the limit: it waits for approval"}
}


@routes.post("/deposits", status_code=201, response_model=CashBooked, responses=_WAITS, openapi_extra=_EXTRA)
async def deposit_cash(
    request: Request, bank: TheBank, cash: CashInput, who: Annotated[Person, allowed("cash.deposit")]
) -> Response:
    """Takes in cash: the teller's drawer holds it, or the vault; the customer's account is credited."""
    return await _book(bank, request, who, cash, "deposits", "deposit")


@routes.post("/withdrawals", status_code=201, response_model=CashBooked, responses=_WAITS, openapi_extra=_EXTRA)
async def withdraw_cash(
    request: Request, bank: TheBank, cash: WithdrawalInput, who: Annotated[Person, allowed("cash.withdraw")]
) -> Response:
    """Pays out cash that is available on the customer's account; with a condition, only if it is met."""
    return await _book(bank, request, who, cash, "withdrawals", "withdrawal", cash.only_if_available_minor)


async def _book(
    bank: Bank,
    request: Request,
    who: Person,
    cash: CashInput,
    route: str,
    kind: str,
    only_if_available_minor: int | None = None,
) -> Response:
    key = needed_key(request.headers)
    minor = amount_of(cash)
    account = "".join(cash.account.split()).upper()
    content: tuple[object, ...] = (account, minor, cash.currency, cash.reference)
    if cash.denominations or only_if_available_minor is not None:
        content += (cash.denominations, only_if_available_minor)
    order = CashOrder(
        account,
        minor,
        cash.currency,
        who.username,
        cash.reference,
        claim(who.username, route, key, content),
        denominations=cash.denominations,
        only_if_available_minor=only_if_available_minor,
    )
    receipt = await carry_out(bank, who, kind, order, (minor, cash.currency), signature_of(request, cash))
    if receipt.kind == KIND:
        return waits(receipt)
    answer = {
        "entry_id": receipt.entry_id,
        "kind": receipt.kind,
        "account": account,
        "amount_minor": minor,
        "currency": cash.currency,
        "balance_minor": receipt.balance_minor,
        "booked_at": rfc3339(receipt.at_us),
    }
    return as_json(answer, 201, replay_headers(receipt))
