"""Whose account is this: the name check before money is sent. It promises nothing and no transfer waits for it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from bank_node.api.answers import Payee
from bank_node.api.doors import TheBank, allowed
from bank_node.api.problems import Problem, Stop
from bank_node.api.respond import as_json, router
from bank_node.enquiry import holder_of
from bank_node.ledger.dates import rfc3339
from bank_node.operations.orders import payee_number
from bank_node.people import Person

routes = router("payees")


@routes.get("/payees", response_model=Payee)
async def payee(
    tender: TheBank,
    _who: Annotated[Person, allowed("transfers.send")],
    bank: Annotated[str, Query(max_length=64, examples=["BRVO"])],
    account: Annotated[str, Query(max_length=64, examples=["XF50 BRVO 0000 0020 17"])],
) -> Response:
    """Whose account it is. `known` is null as long as the other bank has said nothing: ask again, or send all the
    same."""
    if bank not in tender.charter.directory:
        raise Stop(Problem("unknown_bank", f"There is no bank {bank!r} in the directory."))
    number = payee_number(account, bank)
    holder = await holder_of(tender, bank, number)
    answered_at = None if holder.answered_us is None else rfc3339(holder.answered_us)
    said = {"bank": bank, "account": number, "known": holder.known, "name": holder.name, "answered_at": answered_at}
    return as_json(said, headers={"Retry-After": "2"} if holder.known is None else {})
