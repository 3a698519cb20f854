"""The shapes of answers about money and whose it is: accounts, entries, statements. Transfers: `transfer_answers`.

A client may lean on every member named here; more may be added, none is taken away (`docs`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bank_node.api.schemas import Links


class Listed(BaseModel):
    next: Annotated[str | None, Field(description="the address of the next page; null on the last one")]


class Account(BaseModel):
    number: str
    owner: str
    customer_id: int | None
    type: str
    label: str | None
    state: Literal["open", "debit_frozen", "blocked", "closed"]
    currency: str
    balance_minor: int
    held_minor: int
    floor_minor: Annotated[int, Field(description="the lowest balance it may have")]
    available_minor: int
    version: int
    opened_at: str


class AccountList(Listed):
    items: list[Account]


class Customer(BaseModel):
    customer_id: int
    name: str
    phone: str | None
    born: str | None
    since: str


class CustomerList(Listed):
    items: list[Customer]


class CustomerFile(Customer):
    accounts: list[Account]


class Party(BaseModel):
    """The other side, as far as it is known."""

    bank: str | None = None
    account: str | None = None
    name: str | None = None


class OwnHistoryLine(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    entry_id: int
    booked_at: str
    kind: str
    amount_minor: int
    balance_minor: int
    currency: str
    text: str | None
    transaction_id: str | None
    state: str | None
    from_: Annotated[Party | None, Field(alias="from")] = None
    to: Party | None = None


class HistoryLine(OwnHistoryLine):
    actor: str


class HistoryList(Listed):
    items: list[HistoryLine]


class OwnHistoryList(Listed):
    items: list[OwnHistoryLine]


class StatementEntry(BaseModel):
    entry_id: int
    date: str
    booked_at: str
    kind: str
    what: str
    amount_minor: int
    balance_minor: int
    reference: str | None
    transaction_id: str | None
    other_side: Party | None


class StatementLinks(BaseModel):
    self: str
    csv: str
    camt053: str
    pdf: str
    pdf_expires_at: str


class StatementDocument(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    account: str
    owner: str
    currency: str
    from_: Annotated[str, Field(alias="from")]
    until: str
    is_closed: bool
    is_archived: bool
    opening_minor: int
    closing_minor: int
    lines: list[StatementEntry]
    links: StatementLinks


class MonthLinks(BaseModel):
    transactions: str
    statement: str


class AccountMonth(BaseModel):
    month: str
    closing_minor: int
    currency: str
    archived: bool
    archived_at: str | None
    links: MonthLinks


class AccountMonths(Listed):
    items: list[AccountMonth]


class SealedMonth(BaseModel):
    month: str
    up_to_entry: int
    postings: int
    hash: str
    sealed_at: str
    by: str


class Archive(Listed):
    items: list[SealedMonth]
    after_months: int
    sealed_up_to: str | None


class OwnCard(BaseModel):
    card_id: int
    account: str
    number: Annotated[str, Field(description="masked")]
    expires: str
    state: Literal["active", "blocked", "expired"]


class OwnCardList(Listed):
    items: list[OwnCard]


class Payee(BaseModel):
    bank: str
    account: str
    known: Annotated[bool | None, Field(description="null: the other bank has said nothing yet")]
    name: str | None
    answered_at: str | None


class UnclaimedPaid(BaseModel):
    entry_id: int
    by: str
    at: str


class UnclaimedItem(BaseModel):
    item_id: int
    transaction_id: str
    account: str
    owner: str | None
    amount_minor: int
    currency: str
    entry_id: int
    at: str
    paid: UnclaimedPaid | None


class UnclaimedList(Listed):
    items: list[UnclaimedItem]


class Posting(BaseModel):
    account: str
    amount_minor: int
    balance_minor: int


class Entry(BaseModel):
    entry_id: int
    kind: str
    currency: str
    transaction_id: str | None
    text: str | None
    actor: str
    approved_by: str | None
    business_date: str
    booked_at: str
    postings: list[Posting]
    reversed_by: int | None
    reverses: int | None
    reason: str | None
    links: Links


class EntryList(Listed):
    items: list[Entry]


class Print(BaseModel):
    print: Literal["original", "copy"]
    printed_by: str
    printed_at: str


class EntryPrint(Print):
    entry: Entry
