"""Holds on an account: money that is not to be spent yet."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.account_schemas import Hold, HoldInput, HoldList
from bank_node.api.accounts import Number, find_account
from bank_node.api.doors import TheBank, allowed
from bank_node.api.idempotency import OPTIONAL_PARAMETER, PARAMETER, claim, key_of, needed_key, replay_headers
from bank_node.api.paging import Cursor, Limit, number_of, page
from bank_node.api.respond import as_json, router
from bank_node.api.schemas import amount_of
from bank_node.bank import Bank
from bank_node.ledger.account import read_number
from bank_node.ledger.dates import read_rfc3339, rfc3339
from bank_node.ledger.errors import Refusal
from bank_node.operations.holds import HoldOrder, Release, place_hold, release_hold
from bank_node.people import Person
from bank_node.store import holds as holds_store
from bank_node.store.holds import HoldRow

routes = router("accounts")


@routes.get("/accounts/{number}/holds", response_model=HoldList)
def holds(
    request: Request,
    bank: TheBank,
    _who: Annotated[Person, allowed("accounts.read")],
    number: Number,
    live: Annotated[bool | None, Query(description="only those that hold money, or only those that ended")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """The account's holds, newest first."""
    account = find_account(bank, number)
    with bank.readers.connection() as connection:
        rows = holds_store.holds(connection, [account.id], live=live, before_id=number_of(cursor), limit=limit)
    return page(request, [_json(row) for row in rows], limit, rows[-1].id if rows else 0)


@routes.post(
    "/accounts/{number}/holds", status_code=201, response_model=Hold, openapi_extra={"parameters": [PARAMETER]}
)
async def place_a_hold(
    request: Request, bank: TheBank, new: HoldInput, who: Annotated[Person, allowed("holds.place")], number: Number
) -> Response:
    """Holds an amount on the account, until it is released or expires; never more than is available."""
    minor, canonical = amount_of(new), read_number(number, "number")
    content = (canonical, minor, new.currency, new.reason, new.expires_at)
    mine = claim(who.username, "holds", needed_key(request.headers), content)
    order = HoldOrder(canonical, minor, new.currency, new.reason, _moment(new.expires_at), who.username, mine)
    receipt = await bank.submit(place_hold, order)
    answer = await asyncio.to_thread(_read, bank, int(receipt.id))
    return as_json(answer, 201, replay_headers(receipt))


@routes.post(
    "/accounts/{number}/holds/{hold_id}/release",
    response_model=Hold,
    openapi_extra={"parameters": [OPTIONAL_PARAMETER]},
)
async def release_a_hold(
    request: Request,
    bank: TheBank,
    who: Annotated[Person, allowed("holds.release")],
    number: Number,
    hold_id: Annotated[int, Path(ge=1, lt=2**63)],
) -> Response:
    """Frees the money again, once. What waits for an approval is freed by the approval."""
    key, canonical = key_of(request.headers), read_number(number, "number")
    mine = claim(who.username, "release", key, (canonical, hold_id)) if key else None
    receipt = await bank.submit(release_hold, Release(hold_id, canonical, who.username, mine))
    return as_json(await asyncio.to_thread(_read, bank, hold_id), headers=replay_headers(receipt))


def _read(bank: Bank, hold_id: int) -> dict[str, Any]:
    with bank.readers.connection() as connection:
        row = holds_store.hold(connection, hold_id)
    assert row is not None, "it was just written"
    return _json(row)


def _moment(text: str | None) -> int | None:
    try:
        return None if text is None else read_rfc3339(text)
    except (ValueError, OverflowError) as error:
        words = "expires_at is a moment in RFC 3339, like 2026-11-21T10:42:07Z"
        raise Refusal("FF01", words, "expires_at") from error


def _json(row: HoldRow) -> dict[str, Any]:
    return {
        "hold_id": row.id,
        "account": row.number,
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "kind": row.kind,
        "reason": row.reason,
        "placed_by": row.actor,
        "placed_at": rfc3339(row.at_us),
        "expires_at": None if row.expires_us is None else rfc3339(row.expires_us),
        "outcome": row.outcome,
        "ended_by": row.ended_by,
        "ended_at": None if row.ended_us is None else rfc3339(row.ended_us),
    }
