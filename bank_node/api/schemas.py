"""The shapes of requests and answers. Amounts are whole minor units; a decimal text is accepted, a float never.

What the bank must look up (does the account exist, is there money) is refused by the operations, not here.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, model_validator

from bank_node.api.problems import MEDIA_TYPE, FieldError, Problem
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import AMOUNT_MAX, parse_amount
from bank_node.ledger.text import PLAIN, TEXT_MAX

AmountMinor = Annotated[StrictInt, Field(ge=1, le=AMOUNT_MAX, description="whole minor units (cents), 1 to 10^15")]
Currency = Annotated[StrictStr, Field(pattern="^[A-Z]{3}$", description="ISO 4217", examples=["EUR"])]
AccountText = Annotated[StrictStr, Field(min_length=1, max_length=64, examples=["XF50 ALFA 0000 0020 17"])]
Words = Annotated[StrictStr, Field(max_length=TEXT_MAX, pattern=PLAIN)]
BankId = Annotated[StrictStr, Field(min_length=1, max_length=64, examples=["BRVO"])]
AmountText = Annotated[StrictStr, Field(max_length=40, description="instead of amount_minor", examples=["12.50"])]


def _a_day(text: str) -> str:
    date.fromisoformat(text)  # ValueError for the thirtieth of February
    return text


Day = Annotated[StrictStr, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["1990-02-28"]), AfterValidator(_a_day)]


class Input(BaseModel):
    """A member nobody knows is a mistake in spelling, and with money a mistake is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MoneyInput(Input):
    amount_minor: AmountMinor | None = None
    amount: AmountText | None = None
    currency: Currency

    @model_validator(mode="after")
    def _one_amount(self) -> Self:
        if (self.amount_minor is None) == (self.amount is None):
            raise ValueError("give amount_minor or amount, one of the two")
        return self

    @property
    def minor(self) -> int:
        """Raises Refusal AM12 or AM03 for a text that is no amount of this currency."""
        return self.amount_minor if self.amount_minor is not None else parse_amount(self.amount or "", self.currency)


Condition = Annotated[AmountMinor | None, Field(description="debit only if at least this is available before it")]


class Signed(Input):
    """A second person's name and password, typed in place for what is above the first one's limit."""

    supervisor: Annotated[Words | None, Field(description="who signs for it in place", examples=[None])] = None
    supervisor_password: Annotated[StrictStr | None, Field(max_length=256, examples=[None])] = None


class CashInput(MoneyInput, Signed):
    account: AccountText
    reference: Words | None = None
    denominations: Annotated[
        dict[str, StrictInt] | None,
        Field(max_length=20, description="notes and coins in minor units, to how many; they add up to the amount"),
    ] = None


class WithdrawalInput(CashInput):
    only_if_available_minor: Condition = None


class TransferInput(MoneyInput, Signed):
    only_if_available_minor: Condition = None
    from_account: AccountText
    to_bank: BankId
    to_account: AccountText
    to_name: Words | None = None
    reference: Words | None = None
    expires_at: Annotated[StrictStr, Field(max_length=40, examples=["2030-01-01T12:00:00Z"])] | None = None


class BatchItem(TransferInput):
    idempotency_key: Annotated[StrictStr, Field(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")]


class BatchInput(Input):
    transfers: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=256)]


class ReturnInput(Input):
    amount_minor: Annotated[AmountMinor | None, Field(description="left out: all that is left of it")] = None
    reason: Words | None = None
    from_bank: Annotated[BankId | None, Field(description="needed only where two banks used the same id")] = None


class SeenInput(Input):
    upto: Annotated[
        StrictStr, Field(pattern=r"^[0-9]{1,18}(\..{0,140})?$", description="the `key` of the newest item looked at")
    ]


class RecallInput(Input):
    reason: Annotated[Words | None, Field(description="for the other bank's staff to read")] = None


class RecallAgreement(Input):
    amount_minor: Annotated[AmountMinor | None, Field(description="left out: all that is left of it")] = None


class RecallRefused(Input):
    reason: Annotated[Words, Field(min_length=1, description="for the other bank's staff to read")]


class PayOutInput(Input):
    to_account: Annotated[AccountText | None, Field(description="left out: in cash, from the drawer or the vault")] = (
        None
    )


class CustomerInput(Input):
    name: Annotated[StrictStr, Field(min_length=1, max_length=TEXT_MAX, examples=["Mira Holm"])]
    phone: Annotated[StrictStr, Field(max_length=40, examples=["+00 555 0100"])] | None = None
    born: Day | None = None


class AccountInput(Input):
    customer_id: Annotated[StrictInt, Field(ge=1, lt=2**63)]
    type: Literal["current", "savings", "business"] = "current"
    currency: Currency
    opening_minor: Annotated[StrictInt, Field(ge=0, le=AMOUNT_MAX, description="paid in as it is opened, in cash")] = 0
    label: Annotated[Words | None, Field(description="what its owner calls it", examples=["Rent"])] = None


class AccountChange(Input):
    state: Literal["open", "debit_frozen", "blocked", "closed"]
    reason: Words | None = None


Password = Annotated[StrictStr, Field(max_length=256, examples=["otter-copper-lantern"])]


class StaffInput(Input):
    username: Annotated[Words, Field(min_length=1, max_length=64, examples=["teller3"])]
    name: Annotated[Words, Field(min_length=1, examples=["Mira Holm"])]
    role: Literal["teller", "supervisor", "auditor", "admin"]
    password: Annotated[Password | None, Field(description="left out: the bank makes one for one time")] = None


class StaffChange(Input):
    active: StrictBool | None = None
    role: Literal["teller", "supervisor", "auditor", "admin"] | None = None
    password: Password | None = None
    reset: Annotated[StrictBool, Field(description="true: the bank makes a password for one time")] = False


class StaffMember(BaseModel):
    username: str
    name: str
    role: str
    active: bool
    password_is_one_time: bool
    one_time_password: Annotated[str | None, Field(description="only in the answer to who asked for it")] = None


class PasswordInput(Input):
    old_password: Password
    password: Password


class LoginInput(Input):
    username: Annotated[Words, Field(min_length=1, max_length=64, examples=["mira.holm"])]


class LoginChange(Input):
    active: StrictBool | None = None
    reset: Annotated[StrictBool, Field(description="true: the bank makes a password for one time")] = False


class LoginState(BaseModel):
    customer_id: int
    username: str
    active: bool
    password_is_one_time: bool
    one_time_password: Annotated[str | None, Field(description="only in the answer to who asked for it")] = None


class Links(BaseModel):
    self: str


class TransferLinks(Links):
    approval: str | None = None


class TransferAccepted(BaseModel):
    transaction_id: str
    status: Literal["pending", "completed"]
    state: str
    created_at: str
    links: TransferLinks
    approval_id: Annotated[int | None, Field(description="of one above its maker's limit: it waits for approval")] = (
        None
    )


class DeskActDone(BaseModel):
    kind: str
    id: str
    act: str
    outcome: Annotated[str | None, Field(description="the transfer's state, or what came of a record")]
    words: str | None
    at: str


class RecallAccepted(TransferAccepted):
    recall_id: Annotated[str | None, Field(description="of a completed transfer, for which the other bank is asked")]


class RecallDecided(BaseModel):
    from_bank: str
    recall_id: str
    state: Literal["AGREED", "REFUSED"]
    return_id: Annotated[str | None, Field(description="the return that was sent")]
    decided_at: str


class PaidOut(BaseModel):
    item_id: int
    entry_id: int
    to_account: Annotated[str | None, Field(description="null: in cash")]
    booked_at: str


class ApprovalAsked(BaseModel):
    approval_id: int
    status: Literal["pending"]
    state: str
    created_at: str
    links: Links


class CashBooked(BaseModel):
    entry_id: int
    kind: Literal["deposit", "withdrawal"]
    account: str
    amount_minor: int
    currency: str
    balance_minor: int
    booked_at: str


class CustomerOpened(BaseModel):
    customer_id: int
    namesakes: Annotated[list[int], Field(description="customers of the very same name")]
    created_at: str
    links: Links


class AccountOpened(BaseModel):
    number: str
    state: str
    balance_minor: int
    created_at: str
    links: Links


class Token(BaseModel):
    access_token: str
    token_type: Literal["bearer"]
    expires_in: Annotated[int, Field(description="seconds")]
    scope: Annotated[str, Field(description="the role")]


class Me(BaseModel):
    username: str
    name: str
    role: str
    bank: str
    actions: list[str]


class FieldProblem(BaseModel):
    pointer: str
    message: str


class ProblemDocument(BaseModel):
    """RFC 9457, plus what a client of a bank wants to know: the code, and whether surely nothing was done."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    definite: bool
    trace_id: str
    errors: list[FieldProblem] | None = None


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem answers of a route, for its description."""
    schema = {"$ref": "#/components/schemas/ProblemDocument"}
    return {
        status: {
            "description": _MEANING[status],
            "content": {MEDIA_TYPE: {"schema": schema, "example": _example(status)}},
        }
        for status in statuses
    }


def _example(status: int) -> dict[str, Any]:
    code, detail, pointer = _EXAMPLES[status]
    errors = [FieldError(pointer, detail)] if pointer else []
    problem = Problem(code, f"{detail[:1].upper()}{detail[1:]}.", errors, definite=status != 500)
    return problem.document("/api/v1/transfers", "4bf92f3577b34da6a3ce929d0e0e4736")


_EXAMPLES = {  # status -> code, detail, pointer
    400: ("key_missing", "this moves money: send an Idempotency-Key of your own making", "Idempotency-Key"),
    401: ("unauthenticated", "sign in first: get a token at /api/v1/auth/token and send it as Bearer", ""),
    403: ("forbidden", "this is for supervisor; teller is teller", ""),
    404: ("not_found", "there is no such account at this bank", ""),
    405: ("method_not_allowed", "the address is right, the method is not", ""),
    408: ("timeout", "the body did not arrive within 20 s", ""),
    409: ("final", "it is completed and stays so", ""),
    412: ("changed_meanwhile", "the account was changed since it was read", "If-Match"),
    413: ("too_large", "the body may have 64 KiB", ""),
    415: ("media_type", "this route takes application/json; say so in Content-Type", ""),
    422: ("AM04", "there are 100.00 EUR available", "/amount_minor"),
    429: ("throttled", "too many tries; the next one is looked at in 60 s", ""),
    500: ("internal", "the bank failed at this; its log has it under the trace id", ""),
    503: ("unavailable", "the bank's database did not take it; nothing was booked. Try again with the same key", ""),
}
_MEANING = {
    400: "the request cannot be read, or a needed Idempotency-Key is missing",
    401: "no token, or one that is not valid (any more)",
    403: "the role may not do this",
    404: "there is no such thing at this bank",
    405: "the method is not one of this address",
    408: "the body did not arrive in time",
    409: "it stands in the way of something that is so",
    412: "it was changed since it was read",
    413: "the body is too large",
    415: "another content type is wanted",
    422: "refused, in words; surely nothing was booked",
    429: "too many tries, or streams at once; Retry-After says when",
    500: "the bank failed; whether it was done is not known",
    503: "not at the moment; surely nothing was booked",
}


def amount_of(money: MoneyInput) -> int:
    """As `minor`; the refusal names the member that was given."""
    try:
        return money.minor
    except Refusal as refusal:
        raise Refusal(refusal.code, refusal.detail, refusal.field or "amount") from None
