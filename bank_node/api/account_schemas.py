"""The shapes of requests and answers about accounts and what hangs on them: terms, holds, cards, notes."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StrictInt, StrictStr, model_validator

from bank_node.api.schemas import AccountText, Input, Links, MoneyInput, Words
from bank_node.ledger.money import AMOUNT_MAX

Reason = Annotated[Words, Field(min_length=1, examples=["cheque not cleared"])]
Moment = Annotated[StrictStr, Field(max_length=40, examples=["2030-01-01T12:00:00Z"])]
FromZero = Annotated[StrictInt, Field(ge=0, le=AMOUNT_MAX)]


class TypeInput(Input):
    type: Literal["current", "savings", "business"]


class LimitInput(Input):
    overdraft_minor: Annotated[FromZero | None, Field(description="how far the account may be overdrawn")] = None
    minimum_minor: Annotated[FromZero | None, Field(description="what has to stay on it")] = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.overdraft_minor is None) == (self.minimum_minor is None):
            raise ValueError("give overdraft_minor or minimum_minor, one of the two")
        return self

    @property
    def floor_minor(self) -> int:
        return self.minimum_minor if self.minimum_minor is not None else -(self.overdraft_minor or 0)


class LabelInput(Input):
    label: Annotated[Words | None, Field(description="what its owner calls it; null takes it off", examples=["Rent"])]


class AccountTerms(BaseModel):
    number: str
    state: str
    balance_minor: int


class HoldInput(MoneyInput):
    reason: Reason
    expires_at: Annotated[Moment | None, Field(description="left out: until somebody releases it")] = None


class Hold(BaseModel):
    hold_id: int
    account: str
    amount_minor: int
    currency: str
    kind: Literal["hold", "approval"]
    reason: str
    placed_by: str
    placed_at: str
    expires_at: str | None
    outcome: Annotated[str | None, Field(description="null as long as the money is held")]
    ended_by: str | None
    ended_at: str | None


class HoldList(BaseModel):
    items: list[Hold]
    next: str | None


class CardInput(Input):
    account: AccountText


class CardBlockInput(Input):
    reason: Annotated[Words, Field(min_length=1, examples=["lost"])]


class Card(BaseModel):
    card_id: int
    account: str
    owner: str
    customer_id: int
    masked: Annotated[str, Field(examples=["9999 41•• •••• 0017"])]
    expires: Annotated[str, Field(description="its last month", examples=["2030-11"])]
    state: Literal["active", "blocked", "expired"]
    issued_by: str
    issued_at: str
    blocked_by: str | None
    blocked_at: str | None
    reason: str | None


class CardIssued(Card):
    number: Annotated[str | None, Field(description="in this answer only; null where it is a repeat of the request")]
    links: Links


class CardList(BaseModel):
    items: list[Card]
    next: str | None


class NoteInput(Input):
    kind: Literal["note", "alert"]
    text: Annotated[Words, Field(min_length=1, examples=["Speak up: hard of hearing"])]


class Note(BaseModel):
    note_id: int
    customer_id: int
    kind: Literal["note", "alert"]
    text: str
    by: str
    at: str
    ended_by: str | None
    ended_at: str | None


class NoteList(BaseModel):
    items: list[Note]
    next: str | None
