"""What a customer sees and does by himself: accounts, history, cards, payments. Everything else is 404 to him."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Path
from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.accounts import account_json, line_json
from bank_node.api.answers import Account, AccountList, OwnCardList, OwnHistoryList
from bank_node.api.doors import TheBank, allowed
from bank_node.api.history import History, history_page
from bank_node.api.idempotency import PARAMETER, needed_key, replay_headers
from bank_node.api.over_limit import transfer_waits
from bank_node.api.paging import Cursor, Limit, page, text_of
from bank_node.api.problems import FieldError, Problem, Stop
from bank_node.api.receipts import outcome_of, said
from bank_node.api.respond import as_json, router
from bank_node.api.schemas import TransferAccepted, TransferInput
from bank_node.api.transfer_answers import Transfer, TransferList, TransferReceived, TransferWaiting
from bank_node.api.transfer_status import ALTERED_CODE, received_json, transfer_json, waiting_json
from bank_node.api.transfers import order_of
from bank_node.bank import Bank
from bank_node.four_eyes import KIND, carry_out
from bank_node.ledger.cards import state_on
from bank_node.people import Person
from bank_node.store import queries
from bank_node.store.cards import cards
from bank_node.store.own_queries import own_account, own_credit, own_transfer, own_transfers, own_waiting
from bank_node.store.queries import AccountRow

routes = router("own")

Reader = Annotated[Person, allowed("own.read")]
Payer = Annotated[Person, allowed("own.pay")]
Number = Annotated[str, Path(max_length=64, examples=["XF50ALFA0000002017"])]
TransactionId = Annotated[str, Path(max_length=64)]
_CARDS_MAX = 200
_UNREADABLE = "What you ordered cannot be read any more, so it will not be sent. Ask your bank."


@routes.get("/me/accounts", response_model=AccountList)
def my_accounts(bank: TheBank, who: Reader) -> Response:
    """One's own accounts."""
    with bank.readers.connection() as connection:
        rows = queries.accounts_of(connection, _customer(who))
    return as_json({"items": [account_json(row) for row in rows], "next": None})


@routes.get("/me/accounts/{number}", response_model=Account)
def my_account(bank: TheBank, who: Reader, number: Number) -> Response:
    """One of one's own accounts."""
    return as_json(account_json(own_account_of(bank, who, number)))


@routes.get("/me/accounts/{number}/transactions", response_model=OwnHistoryList)
def my_transactions(request: Request, bank: TheBank, who: Reader, number: Number, asked: History) -> Response:
    """The entries of one's own account, newest first, each with the balance after it. Days are business dates."""
    found = own_account_of(bank, who, number)
    return history_page(request, bank, found, asked, lambda row: _line(line_json(row, found.currency)))


@routes.get("/me/cards", response_model=OwnCardList)
def my_cards(bank: TheBank, who: Reader) -> Response:
    """One's own cards; of their numbers the first six and the last four digits."""
    today = datetime.fromtimestamp(bank.clock.now_us() / 1_000_000, UTC).date()
    with bank.readers.connection() as connection:
        rows = cards(connection, customer_id=_customer(who), limit=_CARDS_MAX)
    items = [
        {
            "card_id": row.id,
            "account": row.number,
            "number": row.masked,
            "expires": row.expires,
            "state": state_on(row.state, row.expires, today),
        }
        for row in rows
    ]
    return as_json({"items": items, "next": None})


@routes.get("/me/transfers", response_model=TransferList)
def my_transfers(request: Request, bank: TheBank, who: Reader, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """Payments from one's own accounts, newest first."""
    with bank.readers.connection() as connection:
        rows = own_transfers(connection, _customer(who), before_id=text_of(cursor), limit=limit)
    return page(request, [transfer_json(row) for row in rows], limit, rows[-1].transaction_id if rows else "")


@routes.get("/me/transfers/{transaction_id}", response_model=Transfer | TransferWaiting | TransferReceived)
def my_transfer(bank: TheBank, who: Reader, transaction_id: TransactionId) -> Response:
    """A payment from one's own account, or one that came for it."""
    with bank.readers.connection() as connection:
        sent = own_transfer(connection, _customer(who), transaction_id)
        if sent is not None:
            return as_json(transfer_json(sent))
        received = own_credit(connection, _customer(who), transaction_id)
        waiting = own_waiting(connection, _customer(who), transaction_id) if received is None else None
    if waiting is not None:
        told = waiting_json(waiting)
        if told["reason"] and told["reason"]["code"] == ALTERED_CODE:
            told["reason"]["text"] = _UNREADABLE
        return as_json({**told, "approval": None, "links": None})
    if received is None:
        raise Stop(Problem("not_found", "There is no such payment of yours."))
    return as_json(received_json(received))


@routes.post(
    "/me/transfers",
    status_code=202,
    responses={201: {"model": TransferAccepted, "description": "inside the bank: completed"}},
    response_model=TransferAccepted,
    response_description="to another bank: pending; Location says where to ask",
    openapi_extra={"parameters": [PARAMETER]},
)
async def pay(request: Request, bank: TheBank, ordered: TransferInput, who: Payer) -> Response:
    """Pays from one's own account. Inside the bank it is completed at once (201); to another bank it is pending."""
    key = needed_key(request.headers)
    await asyncio.to_thread(own_account_of, bank, who, ordered.from_account, "/from_account")
    order = order_of(ordered, who, key)
    receipt = await carry_out(bank, who, "transfer", order, (order.amount_minor, order.currency))
    if receipt.kind == KIND:  # above the bank's limit: it waits for a supervisor
        answer, status, headers = await asyncio.to_thread(transfer_waits, bank, receipt), 202, {"Retry-After": "1"}
        headers |= replay_headers(receipt)
    else:
        answer, (status, headers) = said(receipt), outcome_of(receipt)
    path = f"/api/v1/me/transfers/{answer['transaction_id']}"
    return as_json({**answer, "links": {"self": path}}, status, {**headers, "Location": path})


def _customer(who: Person) -> int:
    if who.customer_id is None:
        raise Stop(Problem("not_found", "There is nothing at this address for you."))
    return who.customer_id


def own_account_of(bank: Bank, who: Person, number: str, pointer: str = "number") -> AccountRow:
    """Raises Stop (404) for everything that is not his."""
    with bank.readers.connection() as connection:
        row = own_account(connection, _customer(who), number)
    if row is None:
        raise Stop(Problem("not_found", "You have no such account.", [FieldError(pointer, "is none of yours")]))
    return row


def _line(line: dict[str, Any]) -> dict[str, Any]:
    """An entry as its owner sees it: who of the staff booked it is the bank's own affair."""
    return {name: value for name, value in line.items() if name != "actor"}
