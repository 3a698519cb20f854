"""The shapes of requests about the branch: drawers, approvals, reversals, the business day."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictInt

from bank_node.api.schemas import Currency, Day, Input, Signed, Words
from bank_node.ledger.denominations import COUNT_MAX
from bank_node.ledger.money import AMOUNT_MAX

Piece = Annotated[str, Field(pattern=r"^[0-9]{1,9}$", description="a note or coin, in minor units", examples=["5000"])]
Pieces = dict[Piece, Annotated[StrictInt, Field(ge=0, le=COUNT_MAX)]]
Reason = Annotated[Words, Field(min_length=1)]


class DrawerInput(Input):
    number: Annotated[StrictInt, Field(ge=1, le=999)]
    floats: Annotated[
        dict[Currency, Annotated[StrictInt, Field(ge=0, le=AMOUNT_MAX)]],
        Field(max_length=6, description="minor units of each currency, out of the vault", default_factory=dict),
    ]


class CountInput(Signed):
    counted: Annotated[dict[Currency, Pieces], Field(max_length=6, description="what lies in it, by note and coin")]
    reason: Words | None = None


class VerdictInput(Input):
    reason: Words | None = None


class RejectionInput(Input):
    reason: Reason


class ReversalInput(Signed):
    reason: Reason


class DayInput(Input):
    date: Annotated[Day | None, Field(description="the day to be closed; left out: whichever it is")] = None


class ReopeningInput(Input):
    reason: Reason
