"""What happens at this bank, as it happens: one stream of server-sent events, told from the audit log.

An event's id is its row of the log, so it only rises, and whoever was away goes on after the last one it had. What is
said of an event is what the informational topics say (`transfers.news`); no broker is needed for it here. Who reads the
log, how often, and who may hear of it is the crier's.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from fastapi import Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.crier import ACTION, Crier, Listener, Wish
from bank_node.api.doors import TheBank, allowed
from bank_node.api.problems import FieldError, Problem, Stop
from bank_node.api.respond import router
from bank_node.bank import Bank
from bank_node.ledger.account import read_number
from bank_node.people import Person
from bank_node.seats import RETRY_AFTER_S, NoSeat, SeatedStream
from bank_node.store.news import newest
from bank_node.transfers.news import ABOUT

routes = router("events")

RETRY_MS = 2_000


@routes.get("/events", status_code=200, response_class=SeatedStream)
async def events(
    request: Request,
    bank: TheBank,
    who: Annotated[Person, allowed(ACTION)],
    types: Annotated[
        str | None,
        Query(max_length=200, description=f"only these, with commas between: {', '.join(ABOUT)}", examples=[ABOUT[0]]),
    ] = None,
    account: Annotated[str | None, Query(max_length=64, description="only what this account paid or got")] = None,
    after: Annotated[int | None, Query(ge=0, lt=2**63, description="begin after this id, not now")] = None,
    last_event_id: Annotated[str | None, Header(max_length=20, description="as `after`; it goes before")] = None,
) -> Response:
    """Server-sent events: transfers initiated, completed, failed, and accounts that got money. It ends with the token
    and with the bank; ask again with the last id."""
    wanted, number = _types(types), read_number(account, "account") if account is not None else None
    begin = _place(last_event_id) if last_event_id is not None else after
    told = _told(bank, request.app.state.crier, who.session, Wish(wanted, number), begin)
    try:
        return SeatedStream(request.app.state.seats, who.username, told)
    except NoSeat as full:
        code = "too_many_streams" if full.is_ones_own else "unavailable"
        raise Stop(Problem(code, str(full), headers={"Retry-After": str(RETRY_AFTER_S)})) from None


async def _told(bank: Bank, crier: Crier, session: str, wish: Wish, after: int | None) -> AsyncGenerator[str]:
    there_is = await run_in_threadpool(_newest, bank)
    seq = there_is if after is None else min(after, there_is)
    yield f"retry: {RETRY_MS}\n: from {seq}\n\n"
    async with aclosing(crier.tell(Listener(session, wish, seq))) as telling:
        async for text in telling:
            yield text


def _newest(bank: Bank) -> int:
    with bank.readers.connection() as connection:
        return newest(connection)


def _types(text: str | None) -> frozenset[str]:
    asked = frozenset(text.split(",")) if text else frozenset(ABOUT)
    if asked - set(ABOUT):
        words = f"The types are {', '.join(ABOUT)}."
        raise Stop(Problem("invalid", words, [FieldError("types", "is none of them")]))
    return asked


def _place(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Stop(
            Problem("invalid", "Last-Event-ID is not an id of this stream.", [FieldError("Last-Event-ID", "no")])
        )
    return int(text)
