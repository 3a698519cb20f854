"""The informational topics as models: what happened at a bank, for whoever listens. No bank reads them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bank_node.ledger.money import AMOUNT_MAX
from bank_node.transfers.members import ABSENT, Account, BankId, Hash, Moment, Reason, Schema, Text, WireId
from bank_node.transfers.registry import NUMBER_MAX

Seq = Annotated[int, Field(ge=1, le=NUMBER_MAX)]


class Told(BaseModel):
    """What all news have in common. Every piece may come twice, with the same `event_id`, or never."""

    model_config = ConfigDict(extra="allow", serialize_by_alias=True)

    schema_: Annotated[Schema, Field(alias="schema")]
    federation_id: str
    event_id: Annotated[str, Field(description="Of this bank's; the same whenever it is told again")]
    bank: Annotated[BankId, Field(description="Where it happened")]
    created_at: Annotated[Moment, Field(description="When it happened, by that bank's clock")]


class Happening(Told):
    """Money of one account."""

    audit_seq: Annotated[Seq, Field(description="The row of the bank's audit log that tells of it")]
    account: Annotated[Account, Field(description="Whose money it is; the key of the record")]
    amount_minor: Annotated[int, Field(strict=True, ge=1, le=AMOUNT_MAX, description="Minor units")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217")]
    actor: Annotated[str, Field(description="Who did it: somebody of the bank's staff, or another bank")]


class OfTransfer(Happening):
    """A transfer, at the bank that sends it."""

    transaction_id: WireId
    to_bank: BankId
    to_account: Account
    reference: Text | None = None


class TransactionInitiated(OfTransfer):
    """The account was debited, and the money is on its way."""

    type: Literal["transaction.initiated"]


class TransactionCompleted(OfTransfer):
    """The payee has it, final."""

    type: Literal["transaction.completed"]


class TransactionFailed(OfTransfer):
    """It was refused, and the money is back, final."""

    type: Literal["transaction.failed"]
    reason: Reason


class AccountFunded(Happening):
    """Money came onto the account: cash, a transfer, or one that came back."""

    type: Literal["account.funded"]
    by: Annotated[str, Field(description="What happened, in the words of the audit log: deposit, transfer_in, …")]
    transaction_id: WireId = ABSENT


class AuditLine(BaseModel):
    """A row of the audit log as it is stored: `hash` is SHA-256 over the hash before it and the JSON array of the
    other members, in this order, without spaces."""

    model_config = ConfigDict(extra="allow")

    seq: Seq
    at_us: Annotated[int, Field(description="Microseconds since 1970, UTC")]
    actor: str
    action: str
    subject: str
    facts: Annotated[str, Field(description="JSON, as the text that is hashed")]
    hash: Hash


class AuditLines(Told):
    """Rows of a bank's audit log that follow each other."""

    type: Literal["audit.lines"]
    previous_hash: Annotated[Hash, Field(description="Of the row before the first one; zeros before row 1")]
    lines: Annotated[list[AuditLine], Field(min_length=1)]


NEWS: dict[str, type[BaseModel]] = {
    "transaction.initiated": TransactionInitiated,
    "transaction.completed": TransactionCompleted,
    "transaction.failed": TransactionFailed,
    "account.funded": AccountFunded,
    "audit.lines": AuditLines,
}
