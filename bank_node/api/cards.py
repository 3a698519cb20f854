"""Cards: listed, issued, blocked. A full number is in the answer to its own request, and nowhere else."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.account_schemas import Card, CardBlockInput, CardInput, CardIssued, CardList
from bank_node.api.accounts import find_account
from bank_node.api.doors import TheBank, allowed
from bank_node.api.idempotency import OPTIONAL_PARAMETER, PARAMETER, claim, key_of, needed_key, replay_headers
from bank_node.api.paging import Cursor, Limit, number_of, page
from bank_node.api.problems import Problem, Stop
from bank_node.api.respond import as_json, router
from bank_node.bank import Bank
from bank_node.issuing import order_card
from bank_node.ledger.account import read_number
from bank_node.ledger.cards import state_on
from bank_node.ledger.dates import rfc3339
from bank_node.operations.cards import CardBlock, block_card, day_of
from bank_node.people import Person
from bank_node.store import cards as cards_store
from bank_node.store.cards import CardRow

routes = router("cards")

CardId = Annotated[int, Path(ge=1, lt=2**63)]


@routes.get("/cards", response_model=CardList)
def cards(
    request: Request,
    bank: TheBank,
    _who: Annotated[Person, allowed("cards.read")],
    account: Annotated[str | None, Query(max_length=64, description="only those of this account")] = None,
    customer_id: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Cards, newest first, their numbers masked."""
    of = find_account(bank, account).id if account is not None else None
    with bank.readers.connection() as connection:
        rows = cards_store.cards(
            connection, account_id=of, customer_id=customer_id, before_id=number_of(cursor), limit=limit
        )
    now_us = bank.clock.now_us()
    return page(request, [card_json(row, now_us) for row in rows], limit, rows[-1].id if rows else 0)


@routes.get("/cards/{card_id}", response_model=Card)
def card(bank: TheBank, _who: Annotated[Person, allowed("cards.read")], card_id: CardId) -> Response:
    """One card, its number masked."""
    return as_json(_read(bank, card_id))


@routes.post("/cards", status_code=201, response_model=CardIssued, openapi_extra={"parameters": [PARAMETER]})
async def issue_a_card(
    request: Request, bank: TheBank, new: CardInput, who: Annotated[Person, allowed("cards.issue")]
) -> Response:
    """Issues a card for an account. Its full number is in this answer and nowhere else; a repeat does not say it."""
    number = read_number(new.account)
    mine = claim(who.username, "cards", needed_key(request.headers), (number,))
    receipt, full = await order_card(bank, number, who.username, mine)
    path = f"/api/v1/cards/{receipt.id}"
    answer = {**await asyncio.to_thread(_read, bank, int(receipt.id)), "number": full, "links": {"self": path}}
    return as_json(answer, 201, {"Location": path, "Cache-Control": "no-store", **replay_headers(receipt)})


@routes.post("/cards/{card_id}/block", response_model=Card, openapi_extra={"parameters": [OPTIONAL_PARAMETER]})
async def block_a_card(
    request: Request,
    bank: TheBank,
    wanted: CardBlockInput,
    who: Annotated[Person, allowed("cards.block")],
    card_id: CardId,
) -> Response:
    """Blocks a card for good."""
    key = key_of(request.headers)
    mine = claim(who.username, "block", key, (card_id, wanted.reason)) if key else None
    receipt = await bank.submit(block_card, CardBlock(card_id, wanted.reason, who.username, mine))
    return as_json(await asyncio.to_thread(_read, bank, card_id), headers=replay_headers(receipt))


def card_json(row: CardRow, now_us: int) -> dict[str, Any]:
    return {
        "card_id": row.id,
        "account": row.number,
        "owner": row.owner,
        "customer_id": row.customer_id,
        "masked": row.masked,
        "expires": row.expires,
        "state": state_on(row.state, row.expires, day_of(now_us)),
        "issued_by": row.issued_by,
        "issued_at": rfc3339(row.issued_us),
        "blocked_by": row.blocked_by,
        "blocked_at": None if row.blocked_us is None else rfc3339(row.blocked_us),
        "reason": row.reason,
    }


def _read(bank: Bank, card_id: int) -> dict[str, Any]:
    with bank.readers.connection() as connection:
        row = cards_store.card(connection, card_id)
    if row is None:
        raise Stop(Problem("not_found", "There is no such card at this bank."))
    return card_json(row, bank.clock.now_us())
