"""What happens at this bank, as it happens: one stream of server-sent events, told from the audit log.

An event's id is its row of the log, so it only rises, and whoever was away goes on after the last one it had. What is
said of an event is what the informational topics say (`transfers.news`); no broker is needed for it here.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bank_node.api.doors import TheBank, allowed, bearer_of
from bank_node.api.problems import FieldError, Problem, Stop
from bank_node.api.respond import router
from bank_node.bank import Bank
from bank_node.ledger.account import read_number
from bank_node.people import BadToken, Person
from bank_node.store.news import happened_after, newest
from bank_node.transfers.news import ABOUT, Herald, News

routes = router("events")

ACTION = "transfers.read"
HEARTBEAT_S = 15.0
LOOK_EVERY_S = 1.0  # what rings no bell is seen so late
ROWS_AT_ONCE = 256
RETRY_MS = 2_000
_BELLS = ("queue", "received", "attention", "approvals", "drawers")


class EventStream(StreamingResponse):
    media_type = "text/event-stream"


@routes.get("/events", response_class=EventStream)
async def events(
    request: Request,
    bank: TheBank,
    _who: Annotated[Person, allowed(ACTION)],
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
    streams: list[int] = request.app.state.event_streams
    if len(streams) >= bank.settings.event_streams_max:
        words = f"This bank keeps {len(streams)} event streams open and takes no more."
        raise Stop(Problem("unavailable", words, headers={"Retry-After": "20"}))
    authorization = request.headers["authorization"]
    return EventStream(_told(bank, streams, authorization, wanted, number, begin), headers={"X-Accel-Buffering": "no"})


async def _told(
    bank: Bank, streams: list[int], authorization: str, wanted: frozenset[str], number: str | None, after: int | None
) -> AsyncIterator[str]:
    streams.append(1)
    try:
        seq = await run_in_threadpool(_newest, bank) if after is None else after
        yield f"retry: {RETRY_MS}\n: from {seq}\n\n"
        spoken_s = time.monotonic()
        while not bank.bell.closed:
            seq, lines = await run_in_threadpool(_read, bank, seq, wanted, number)
            if lines:
                yield "".join(lines)
            elif time.monotonic() - spoken_s >= HEARTBEAT_S:
                yield f"id: {seq}\n: still here\n\n"
            else:
                await bank.bell.wait(_BELLS, LOOK_EVERY_S)
                continue
            spoken_s = time.monotonic()
            await bearer_of(bank, authorization, ACTION)
    except (BadToken, Stop):
        yield "event: signed-out\ndata: {}\n\n"
    finally:
        streams.pop()


def _read(bank: Bank, seq: int, wanted: frozenset[str], number: str | None) -> tuple[int, list[str]]:
    """Up to which row, and what there is to say of those after `seq`."""
    herald, lines = Herald(bank.charter.bank_id, bank.charter.federation_id), list[str]()
    with bank.readers.connection() as connection:
        happened = happened_after(connection, seq, ROWS_AT_ONCE)
    for one in happened:
        seq = one.row.seq
        told = [piece for piece in herald.tell(one) if piece.type in wanted and number in (None, piece.key)]
        lines += [_event(piece, seq if piece is told[-1] else None) for piece in told]
    return seq, lines


def _event(news: News, seq: int | None) -> str:
    """Only the last event of a row has its id: whoever is cut off between two of them gets both again."""
    return f"{f'id: {seq}' if seq is not None else ': more'}\nevent: {news.type}\ndata: {news.body.decode()}\n\n"


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
