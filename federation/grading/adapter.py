"""`adapter.toml`: how a node calls what the contract calls otherwise. Without one a node speaks as the contract does,
and each line of an adapter is one difference: left of the equals sign the contract's name, right of it the node's.

What the names are used for is in `dialect` (HTTP) and `records` (the topic).
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from federation.grading.amounts import Form
from federation.grading.declared import Declared

Path = Annotated[str, Field(pattern=r"^/\S*$", description="a path that begins with /")]
Name = str  # a member of an object; `a.b` is member b of a; empty: there is none
API = "/api/v1"


class Amounts(Declared):
    """How amounts are written: `minor` 1250, `text` "12.50", `float` 12.5."""

    http: Form = "minor"
    bus: Form = "minor"


class Login(Declared):
    how: Literal["form", "json", "basic", "none"] = "form"
    path: Path = f"{API}/auth/token"
    username: Name = "username"
    password: Name = "password"  # noqa: S105 - the name of a member
    token: Name = "access_token"  # noqa: S105 - the same
    header: str = "Authorization"
    scheme: str = "Bearer"


class Ready(Declared):
    path: Path = "/readyz"


class OrderNames(Declared):
    from_account: Name = "from_account"
    to_bank: Name = "to_bank"
    to_account: Name = "to_account"
    amount: Name = "amount_minor"
    currency: Name = "currency"


class TransferAnswer(Declared):
    id: Name = "transaction_id"
    status: Name = "status"


class Transfer(Declared):
    """`key` is a header where it has a capital letter or a dash, else a member of the request."""

    method: Literal["POST", "PUT"] = "POST"
    path: Path = f"{API}/transfers"
    key: str = "Idempotency-Key"
    request: OrderNames = OrderNames()
    constants: dict[str, Any] = Field(default_factory=dict)  # members that are always the same
    answer: TransferAnswer = TransferAnswer()


class Status(Declared):
    """The node's own words for each status."""

    pending: tuple[str, ...] = ("pending",)
    completed: tuple[str, ...] = ("completed",)
    rejected: tuple[str, ...] = ("rejected",)

    @model_validator(mode="after")
    def _each_word_once(self) -> Status:
        words = (*self.pending, *self.completed, *self.rejected)
        twice = sorted({word for word in words if words.count(word) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} stands for two things; give each status words of its own")
        return self


class _Route(Declared):
    """A path with a place in it."""

    place: ClassVar[str]
    path: Path

    @model_validator(mode="after")
    def _has_its_place(self) -> Self:
        if self.place not in self.path:
            raise ValueError(f"path {self.path} has no {self.place}; write it where the number belongs")
        return self


class Lookup(_Route):
    """Asking for one transfer: `{id}` is its id."""

    place = "{id}"
    path: Path = f"{API}/transfers/{{id}}"
    answer: TransferAnswer = TransferAnswer()
    missing: tuple[int, ...] = (404,)


class AccountAnswer(Declared):
    balance: Name = "balance_minor"


class AccountRoute(_Route):
    place = "{account}"
    path: Path = f"{API}/accounts/{{account}}"
    answer: AccountAnswer = AccountAnswer()


class LineNames(Declared):
    """`direction` and `debits`: where amounts have no sign, the member that tells, and its words for money going."""

    id: Name = "entry_id"
    amount: Name = "amount_minor"
    balance: Name = "balance_minor"
    transaction_id: Name = "transaction_id"
    direction: Name = ""
    debits: tuple[str, ...] = ()


class Statement(_Route):
    place = "{account}"
    path: Path = f"{API}/accounts/{{account}}/transactions?limit=200"
    items: Name = "items"  # empty: the answer itself is the list
    next: Name = "next"  # where the address of the next page stands
    newest_first: bool = True
    opening_line: bool = True  # an opening balance is the oldest line
    line: LineNames = LineNames()


class CashNames(Declared):
    account: Name = "account"
    amount: Name = "amount_minor"
    currency: Name = "currency"


class Cash(Declared):
    """Level 2: paying in and out."""

    deposit: Path = f"{API}/deposits"
    withdraw: Path = f"{API}/withdrawals"
    request: CashNames = CashNames()
    id: Name = "entry_id"


class RecordNames(Declared):
    transaction_id: Name = "transaction_id"
    type: Name = "type"
    from_bank: Name = "from_bank"
    to_bank: Name = "to_bank"
    from_account: Name = "from_account"
    to_account: Name = "to_account"
    amount: Name = "amount_minor"
    currency: Name = "currency"


class RecordTypes(Declared):
    """The node's words for what a record is; the first one is used where the grader writes a record."""

    requested: tuple[str, ...] = ("transfer.requested",)
    accepted: tuple[str, ...] = ("transfer.accepted",)
    rejected: tuple[str, ...] = ("transfer.rejected",)


class Bus(Declared):
    topic: str = "external-transfers"
    record: RecordNames = RecordNames()
    types: RecordTypes = RecordTypes()
    constants: dict[str, Any] = Field(default_factory=dict)


class Adapter(Declared):
    amounts: Amounts = Amounts()
    login: Login = Login()
    ready: Ready = Ready()
    transfer: Transfer = Transfer()
    local_transfer: Transfer | None = None  # where a transfer inside the bank goes another way
    status: Status = Status()
    lookup: Lookup = Lookup()
    account: AccountRoute = AccountRoute()
    statement: Statement = Statement()
    cash: Cash = Cash()
    bus: Bus = Bus()
