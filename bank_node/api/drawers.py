"""Drawers: who holds which, claiming one, counting and closing it."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.branch_answers import Drawer, DrawerList
from bank_node.api.branch_schemas import CountInput, DrawerInput
from bank_node.api.doors import TheBank, allowed
from bank_node.api.idempotency import PARAMETER, claim, needed_key, replay_headers
from bank_node.api.over_limit import signature_of
from bank_node.api.problems import Problem, Stop
from bank_node.api.respond import as_json, router
from bank_node.bank import Bank
from bank_node.four_eyes import DECIDES, signed
from bank_node.ledger.dates import rfc3339
from bank_node.operations.drawers import DrawerClaim, DrawerCount, claim_drawer, close_drawer
from bank_node.people import Person, may
from bank_node.store import drawers as store
from bank_node.store.drawers import DrawerRow

routes = router("drawers")

DrawerId = Annotated[int, Path(ge=1, lt=2**63)]
_EXTRA: dict[str, Any] = {"parameters": [PARAMETER]}


@routes.get("/drawers", response_model=DrawerList)
def drawers(
    bank: TheBank,
    _who: Annotated[Person, allowed("drawers.read")],
    closed: Annotated[bool, Query(description="the last twenty that were closed, instead of the open ones")] = False,
) -> Response:
    """Drawers that somebody holds, with what should lie in them."""
    with bank.readers.connection() as connection:
        rows = store.closed_drawers(connection) if closed else store.open_drawers(connection)
        items = [_json(row, {} if closed else store.cash_in(connection, row.number)) for row in rows]
    return as_json({"items": items, "next": None})


@routes.get("/drawers/{drawer_id}", response_model=Drawer)
def drawer(bank: TheBank, _who: Annotated[Person, allowed("drawers.read")], drawer_id: DrawerId) -> Response:
    """A teller's time with a drawer, from claim to close."""
    return as_json(_read(bank, drawer_id))


@routes.post("/drawers", status_code=201, openapi_extra=_EXTRA, response_model=Drawer)
async def claim_one(
    request: Request, bank: TheBank, new: DrawerInput, who: Annotated[Person, allowed("drawers.claim")]
) -> Response:
    """Claims a drawer with a float out of the vault. From then on this teller's cash goes through it."""
    key, floats = needed_key(request.headers), dict(sorted(new.floats.items()))
    mine = claim(who.username, "drawers", key, (new.number, floats))
    receipt = await bank.submit(claim_drawer, DrawerClaim(new.number, floats, who.username, mine))
    headers = {"Location": f"/api/v1/drawers/{receipt.id}", **replay_headers(receipt)}
    return as_json(await asyncio.to_thread(_read, bank, int(receipt.id)), 201, headers)


@routes.post("/drawers/{drawer_id}/close", openapi_extra=_EXTRA, response_model=Drawer)
async def close_one(
    request: Request,
    bank: TheBank,
    drawer_id: DrawerId,
    count: CountInput,
    who: Annotated[Person, allowed("drawers.close")],
) -> Response:
    """Counts and empties a drawer. What is over or short needs a reason, and a supervisor's name and password. A
    supervisor closes anybody's, and signs by that.
    """
    key, signature = needed_key(request.headers), signature_of(request, count)
    supervisor = await signed(bank, who, signature) if signature.supervisor or signature.password else None
    mine = claim(who.username, "drawers:close", key, (drawer_id, count.counted, count.reason))
    any_drawer = may(who, DECIDES)
    order = DrawerCount(drawer_id, count.counted, count.reason, supervisor, who.username, any_drawer, mine)
    receipt = await bank.submit(close_drawer, order)
    return as_json(await asyncio.to_thread(_read, bank, drawer_id), headers=replay_headers(receipt))


def _read(bank: Bank, drawer_id: int) -> dict[str, Any]:
    with bank.readers.connection() as connection:
        row = store.drawer_time(connection, drawer_id)
        cash = store.cash_in(connection, row.number) if row and row.closed_us is None else {}
    if row is None:
        raise Stop(Problem("not_found", "Nobody had a drawer under this number."))
    return _json(row, cash)


def _json(row: DrawerRow, cash: dict[str, int]) -> dict[str, Any]:
    is_closed = row.closed_us is not None
    return {
        "drawer_id": row.id,
        "number": row.number,
        "teller": row.teller,
        "business_date": row.date,
        "state": "closed" if is_closed else "open",
        "opened_at": rfc3339(row.opened_us),
        "floats": row.floats,
        "cash": cash,
        "closed_at": rfc3339(row.closed_us) if row.closed_us is not None else None,
        "expected": row.expected if is_closed else None,
        "counted": row.counted if is_closed else None,
        "variance": row.variance if is_closed else None,
        "reason": row.reason,
        "supervisor": row.supervisor,
        "links": {"self": f"/api/v1/drawers/{row.id}"},
    }
