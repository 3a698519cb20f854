"""Accounts: the list, one of them, its history, opening one, and changing its state."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.account_schemas import AccountTerms
from bank_node.api.answers import Account, AccountList, HistoryList
from bank_node.api.doors import TheBank, allowed
from bank_node.api.history import History, history_page
from bank_node.api.idempotency import OPTIONAL_PARAMETER, claim, key_of, replay_headers
from bank_node.api.paging import Cursor, Limit, number_of, page
from bank_node.api.problems import FieldError, Problem, Stop
from bank_node.api.respond import as_json, router
from bank_node.api.schemas import AccountChange, AccountInput, AccountOpened
from bank_node.bank import Bank
from bank_node.four_eyes import is_above_limit
from bank_node.ledger.account import read_number
from bank_node.ledger.dates import rfc3339
from bank_node.ledger.errors import Refusal
from bank_node.operations.accounts import NewAccount, StateChange, change_state, open_account
from bank_node.people import Person
from bank_node.store import queries

routes = router("accounts")

Number = Annotated[str, Path(max_length=64, examples=["XF50ALFA0000002017"])]
ETag = Annotated[str | None, Header(max_length=100)]


@routes.get("/accounts", response_model=AccountList)
def accounts(
    request: Request,
    bank: TheBank,
    _who: Annotated[Person, allowed("accounts.read")],
    customer_id: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Customers' accounts in the order they were opened; with `customer_id` those of one customer, on one page."""
    with bank.readers.connection() as connection:
        if customer_id is not None:
            rows = queries.accounts_of(connection, customer_id)
            return as_json({"items": [account_json(row) for row in rows], "next": None})
        rows = queries.accounts(connection, number_of(cursor) or 0, limit)
    return page(request, [account_json(row) for row in rows], limit, rows[-1].id if rows else 0)


@routes.get("/accounts/{number}", response_model=Account)
def account(
    bank: TheBank,
    _who: Annotated[Person, allowed("accounts.read")],
    number: Number,
    if_none_match: ETag = None,
) -> Response:
    """One account. Its ETag changes with every booking and every change of state."""
    row = find_account(bank, number)
    headers = {"ETag": _etag(row.version)}
    if if_none_match is not None and _etag(row.version) in if_none_match.replace("W/", "").split(", "):
        return Response(status_code=304, headers=headers)
    return as_json(account_json(row), headers=headers)


@routes.get("/accounts/{number}/transactions", response_model=HistoryList)
def transactions(
    request: Request, bank: TheBank, _who: Annotated[Person, allowed("accounts.read")], number: Number, asked: History
) -> Response:
    """The account's entries, newest first, each with the balance after it. Days and months are business dates."""
    found = find_account(bank, number)
    return history_page(request, bank, found, asked, lambda row: line_json(row, found.currency))


@routes.post(
    "/accounts", status_code=201, response_model=AccountOpened, openapi_extra={"parameters": [OPTIONAL_PARAMETER]}
)
async def open_an_account(
    request: Request, bank: TheBank, new: AccountInput, who: Annotated[Person, allowed("accounts.open")]
) -> Response:
    """Opens an account for a customer, in one currency, with its opening deposit in cash. With an Idempotency-Key,
    sending it twice opens one. A savings account begins with its minimum balance.
    """
    key = key_of(request.headers)
    if is_above_limit(bank, who, new.opening_minor, new.currency):
        raise Refusal("AM02", "it is above your limit; open the account with less and pay the rest in", "opening_minor")
    content: tuple[object, ...] = (new.customer_id, new.type, new.currency)
    if new.opening_minor or new.label is not None:  # else the content is as it was before there were these two
        content += (new.opening_minor, new.label)
    mine = claim(who.username, "accounts", key, content) if key else None
    order = NewAccount(new.customer_id, new.type, new.currency, who.username, mine, new.opening_minor, new.label)
    receipt = await bank.submit(open_account, order)
    path = f"/api/v1/accounts/{receipt.id}"
    answer = {"number": receipt.id, "state": receipt.state, "balance_minor": receipt.balance_minor}
    answer |= {"created_at": rfc3339(receipt.at_us), "links": {"self": path}}
    return as_json(answer, 201, {"Location": path, **replay_headers(receipt)})


@routes.patch("/accounts/{number}", response_model=AccountTerms)
async def change_an_account(
    bank: TheBank,
    change: AccountChange,
    who: Annotated[Person, allowed("accounts.change_state")],
    number: Number,
    if_match: ETag = None,
) -> Response:
    """Opens again, freezes for debits, blocks or closes. With If-Match, only the version that was read."""
    wanted = StateChange(number, change.state, version_of(if_match), who.username, change.reason)
    receipt = await bank.submit(change_state, wanted)
    return as_json({"number": receipt.id, "state": receipt.state, "balance_minor": receipt.balance_minor})


def account_json(row: queries.AccountRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "owner": row.owner,
        "customer_id": row.customer_id,
        "type": row.type,
        "label": row.label,
        "state": row.state,
        "currency": row.currency,
        "balance_minor": row.balance_minor,
        "held_minor": row.held_minor,
        "floor_minor": row.floor_minor,
        "available_minor": row.available_minor,
        "version": row.version,
        "opened_at": rfc3339(row.opened_us),
    }


def line_json(row: queries.HistoryLine, currency: str) -> dict[str, Any]:
    line: dict[str, Any] = {
        "entry_id": row.entry_id,
        "booked_at": rfc3339(row.at_us),
        "kind": row.kind,
        "amount_minor": row.amount_minor,
        "balance_minor": row.balance_minor,
        "currency": currency,
        "text": row.text,
        "actor": row.actor,
        "transaction_id": row.transaction_id,
        "state": row.state,
    }
    if row.peer is not None:
        line["from"] = {"bank": row.peer, "account": row.peer_account, "name": row.peer_name}
    elif row.to_bank is not None:
        line["to"] = {"bank": row.to_bank, "account": row.to_account, "name": row.to_name}
        line["from"] = {"account": row.from_account, "name": row.from_name}
    return line


def find_account(bank: Bank, number: str) -> queries.AccountRow:
    canonical = read_number(number, "number")
    with bank.readers.connection() as connection:
        row = queries.account(connection, canonical)
    if row is None:
        raise Stop(Problem("not_found", "There is no such account at this bank."))
    return row


def _etag(version: int) -> str:
    return f'"{version}"'


def version_of(if_match: str | None) -> int | None:
    """The version that If-Match names; None where it does not ask. Raises Stop (412)."""
    if if_match is None:
        return None
    tag = if_match.strip().removeprefix("W/").strip('"')
    if tag == "*":
        return None
    if not tag.isascii() or not tag.isdigit() or len(tag) > 18:
        words = "If-Match is not a version of this account; read the account again and send its ETag."
        raise Stop(Problem("changed_meanwhile", words, [FieldError("If-Match", "is not a version of this account")]))
    return int(tag)
