"""Unclaimed money: what came back for an account that was gone, and paying it out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import Response

from bank_node.api.answers import UnclaimedList
from bank_node.api.doors import TheBank, allowed
from bank_node.api.idempotency import PARAMETER, claim, needed_key, replay_headers
from bank_node.api.paging import Cursor, Limit, number_of, page
from bank_node.api.respond import as_json, router
from bank_node.api.schemas import PaidOut, PayOutInput
from bank_node.ledger.dates import rfc3339
from bank_node.operations.claims import Receipt
from bank_node.operations.unclaimed import PayOut, pay_out_unclaimed
from bank_node.people import Person
from bank_node.store.unclaimed import UnclaimedRow
from bank_node.store.unclaimed import unclaimed as items

routes = router("unclaimed")

_EXTRA: dict[str, Any] = {"parameters": [PARAMETER]}


@routes.get("/unclaimed", response_model=UnclaimedList)
def unclaimed(
    request: Request,
    bank: TheBank,
    _who: Annotated[Person, allowed("accounts.read")],
    paid: Annotated[bool | None, Query(description="only what was paid out, or only what was not")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Unclaimed money, the newest item first."""
    with bank.readers.connection() as connection:
        rows = items(connection, before_id=number_of(cursor), limit=limit, paid=paid)
    return page(request, [_json(row) for row in rows], limit, rows[-1].id if rows else "")


@routes.post("/unclaimed/{item_id}/pay-out", status_code=201, response_model=PaidOut, openapi_extra=_EXTRA)
async def pay_out(
    request: Request,
    bank: TheBank,
    item_id: Annotated[int, Path(ge=1, lt=2**63)],
    who: Annotated[Person, allowed("desk.pay_out")],
    wanted: PayOutInput | None = None,
) -> Response:
    """Pays an item out, once: to a customer's account of this bank, or in cash from the vault."""
    to_account = "".join(wanted.to_account.split()).upper() if wanted and wanted.to_account else None
    mine = claim(who.username, "pay-out", needed_key(request.headers), (item_id, to_account))
    receipt: Receipt = await bank.submit(pay_out_unclaimed, PayOut(item_id, to_account, who.username, mine))
    paid = {"item_id": item_id, "entry_id": receipt.entry_id, "to_account": to_account}
    return as_json({**paid, "booked_at": rfc3339(receipt.at_us)}, 201, replay_headers(receipt))


def _json(row: UnclaimedRow) -> dict[str, Any]:
    paid = None
    if row.paid_us is not None:
        paid = {"entry_id": row.paid_entry_id, "by": row.paid_by, "at": rfc3339(row.paid_us)}
    return {
        "item_id": row.id,
        "transaction_id": row.transaction_id,
        "account": row.account,
        "owner": row.owner,
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "entry_id": row.entry_id,
        "at": rfc3339(row.at_us),
        "paid": paid,
    }
