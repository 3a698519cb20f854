"""The business day: which it is, what is left to do before it ends, closing it and opening it again."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.branch_answers import BusinessDay, DayClosed, DayReopened
from bank_node.api.branch_schemas import DayInput, ReopeningInput
from bank_node.api.doors import TheBank, allowed
from bank_node.api.idempotency import PARAMETER, claim, needed_key, replay_headers
from bank_node.api.respond import as_json, router
from bank_node.bank import Bank
from bank_node.ledger.dates import rfc3339
from bank_node.operations.business_day import DayOrder, close_day, reopen_day
from bank_node.people import Person
from bank_node.store.business_dates import last_days
from bank_node.store.day_queries import checklist

routes = router("day")

_EXTRA: dict[str, Any] = {"parameters": [PARAMETER]}


@routes.get("/day", response_model=BusinessDay)
def day(bank: TheBank, _who: Annotated[Person, allowed("day.read")]) -> Response:
    """Today's business date and the list of what must be done before it ends."""
    return as_json(_read(bank))


@routes.post("/day/close", openapi_extra=_EXTRA, response_model=DayClosed)
async def close_the_day(
    request: Request,
    bank: TheBank,
    who: Annotated[Person, allowed("day.close")],
    closing: DayInput | None = None,
) -> Response:
    """Closes the day and opens the next one. Queued payments carry over; open drawers and requests stand in the way."""
    date = closing.date if closing else None
    mine = claim(who.username, "day:close", needed_key(request.headers), (date,))
    receipt = await bank.submit(close_day, DayOrder(date, None, who.username, mine))
    return as_json({**await asyncio.to_thread(_read, bank), "closed": receipt.id}, headers=replay_headers(receipt))


@routes.post("/day/reopen", openapi_extra=_EXTRA, response_model=DayReopened)
async def reopen_the_day(
    request: Request, bank: TheBank, reopening: ReopeningInput, who: Annotated[Person, allowed("day.reopen")]
) -> Response:
    """The day that was closed last is the business date again."""
    mine = claim(who.username, "day:reopen", needed_key(request.headers), (reopening.reason,))
    receipt = await bank.submit(reopen_day, DayOrder(None, reopening.reason, who.username, mine))
    return as_json({**await asyncio.to_thread(_read, bank), "reopened": receipt.id}, headers=replay_headers(receipt))


def _read(bank: Bank) -> dict[str, Any]:
    with bank.readers.connection() as connection:
        found = checklist(connection, bank.clock.now_us())
        days = last_days(connection)
    return {
        "business_date": found.date,
        "can_close": found.is_done,
        "open_drawers": [{"number": row.number, "teller": row.teller} for row in found.drawers],
        "waiting_approvals": found.approvals,
        "queued": {
            "count": found.queued_count,
            "payments": [
                {"transaction_id": row.transaction_id, "to_bank": row.to_bank, "amount_minor": row.amount_minor}
                | {"currency": row.currency, "queued_at": rfc3339(row.queued_us)}
                for row in found.queued
            ],
        },
        "trial_balance": found.trial,
        "days": [{"date": row.date, "act": row.act, "by": row.actor, "at": rfc3339(row.since_us or 0)} for row in days],
    }
