"""Cash at the counter: deposits and withdrawals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.doors import TheBank, allowed
from bank_node.api.idempotency import PARAMETER, claim, needed_key, replay_headers
from bank_node.api.respond import as_json, router
from bank_node.api.schemas import CashBooked, CashInput, amount_of
from bank_node.bank import Bank
from bank_node.ledger.dates import rfc3339
from bank_node.operations.cash import CashOrder, deposit, withdraw
from bank_node.people import Person

routes = router("cash")

_EXTRA = {"parameters": [PARAMETER]}


@routes.post("/deposits", status_code=201, response_model=CashBooked, openapi_extra=_EXTRA)
async def deposit_cash(
    request: Request, bank: TheBank, cash: CashInput, who: Annotated[Person, allowed("cash.deposit")]
) -> Response:
    """Takes in cash: the vault holds it, the customer's account is credited."""
    return await _book(bank, request, who, cash, "deposits", deposit)


@routes.post("/withdrawals", status_code=201, response_model=CashBooked, openapi_extra=_EXTRA)
async def withdraw_cash(
    request: Request, bank: TheBank, cash: CashInput, who: Annotated[Person, allowed("cash.withdraw")]
) -> Response:
    """Pays out cash that is available on the customer's account."""
    return await _book(bank, request, who, cash, "withdrawals", withdraw)


async def _book(
    bank: Bank, request: Request, who: Person, cash: CashInput, route: str, operation: Callable[..., Any]
) -> Response:
    key = needed_key(request.headers)
    minor = amount_of(cash)
    account = "".join(cash.account.split()).upper()
    mine = claim(who.username, route, key, (account, minor, cash.currency, cash.reference))
    receipt = await bank.submit(operation, CashOrder(account, minor, cash.currency, who.username, cash.reference, mine))
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
