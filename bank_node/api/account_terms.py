"""The terms of an account: its type, its overdraft or minimum balance, what its owner calls it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from starlette.responses import Response

from bank_node.api.account_schemas import AccountTerms, LabelInput, LimitInput, TypeInput
from bank_node.api.accounts import ETag, Number, version_of
from bank_node.api.doors import TheBank, allowed
from bank_node.api.respond import as_json, router
from bank_node.bank import Bank
from bank_node.operations.account_terms import (
    FloorChange,
    LabelChange,
    TypeChange,
    change_floor,
    change_label,
    change_type,
)
from bank_node.people import Person

routes = router("accounts")


@routes.put("/accounts/{number}/type", response_model=AccountTerms)
async def change_the_type(
    bank: TheBank,
    new: TypeInput,
    who: Annotated[Person, allowed("accounts.change_terms")],
    number: Number,
    if_match: ETag = None,
) -> Response:
    """Makes it a current, savings or business account, with the rules of that type. If-Match: the version read."""
    return await _change(bank, change_type, TypeChange(number, new.type, version_of(if_match), who.username))


@routes.put("/accounts/{number}/limit", response_model=AccountTerms)
async def change_the_limit(
    bank: TheBank,
    new: LimitInput,
    who: Annotated[Person, allowed("accounts.change_terms")],
    number: Number,
    if_match: ETag = None,
) -> Response:
    """Sets how far it may be overdrawn, or what has to stay on it. If-Match: only the version that was read."""
    return await _change(bank, change_floor, FloorChange(number, new.floor_minor, version_of(if_match), who.username))


@routes.put("/accounts/{number}/label", response_model=AccountTerms)
async def change_the_label(
    bank: TheBank,
    new: LabelInput,
    who: Annotated[Person, allowed("accounts.label")],
    number: Number,
    if_match: ETag = None,
) -> Response:
    """Sets what its owner calls it. If-Match: only the version that was read."""
    return await _change(bank, change_label, LabelChange(number, new.label, version_of(if_match), who.username))


async def _change(bank: Bank, operation: Callable[..., Any], change: object) -> Response:
    receipt = await bank.submit(operation, change)
    return as_json({"number": receipt.id, "state": receipt.state, "balance_minor": receipt.balance_minor})
