"""The shapes of answers about transfers: made, waiting, received, asked back."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from bank_node.api.answers import Listed, Print
from bank_node.api.schemas import ProblemDocument


class Why(BaseModel):
    """Why it was refused: a code of the list, a sentence, and what the other bank wrote."""

    code: str
    text: str | None
    said: str | None = None


class Moment(BaseModel):
    """One line of a transfer's history; what else is known of it stands beside."""

    model_config = ConfigDict(extra="allow")

    what: str
    at: str | None = None


class Transfer(BaseModel):
    """A transfer this bank made."""

    transaction_id: str
    direction: Literal["sent", "inside"]
    status: Literal["pending", "completed", "rejected"]
    state: str
    reason: Why | None
    conflict: bool
    returned_minor: int
    from_account: str
    from_name: str
    to_bank: str
    to_account: str
    to_name: str | None
    amount_minor: int
    currency: str
    reference: str | None
    created_at: str
    expires_at: str | None
    concluded_at: str | None
    attempt: int


class TransferList(Listed):
    items: list[Transfer]


class RecallAsked(BaseModel):
    recall_id: str
    direction: Literal["asked"]
    transaction_id: str
    to_bank: str
    state: str
    reason: str | None
    answer: str | None
    words: str
    amount_minor: int
    returned_minor: int
    currency: str
    asked_by: str
    asked_at: str
    attempt: int
    answered_at: str | None


class RecallReceived(BaseModel):
    recall_id: str
    direction: Literal["received"]
    transaction_id: str
    from_bank: str
    state: str
    reason: str | None
    answer: str | None
    words: str
    return_id: str | None
    amount_minor: int | None
    returned_minor: int | None
    currency: str | None
    account: str | None
    received_at: str
    decided_by: str | None
    decided_at: str | None


class RecallList(Listed):
    items: list[RecallAsked | RecallReceived]


class TransferFile(Transfer):
    approved_by: str | None
    recalls: list[RecallAsked]
    history: list[Moment]


class ApprovalOfTransfer(BaseModel):
    approval_id: int
    maker: str
    decided_by: str | None


class ApprovalLink(BaseModel):
    approval: str


class TransferWaiting(BaseModel):
    """A transfer above its maker's limit: it waits, or came to nothing. An owner is not told who decides."""

    transaction_id: str
    direction: Literal["sent"]
    status: Literal["pending", "rejected"]
    state: str
    reason: Why | None
    from_account: str | None
    to_bank: str | None
    to_account: str | None
    to_name: str | None
    amount_minor: int
    currency: str
    reference: str | None
    created_at: str
    approval: ApprovalOfTransfer | None
    history: list[Moment]
    links: ApprovalLink | None


class TransferReceived(BaseModel):
    """A payment this bank received. Its decision is final."""

    transaction_id: str
    direction: Literal["received"]
    status: Literal["completed", "rejected"]
    state: str
    reason: Why | None
    from_bank: str
    from_account: str | None
    from_name: str | None
    to_account: str
    amount_minor: int
    currency: str
    reference: str | None
    repeats_ignored: int
    history: list[Moment]


class ReceivedList(Listed):
    items: list[TransferReceived]


class TransferReceivedFile(TransferReceived):
    recalls: list[RecallReceived]


class BatchAnswer(BaseModel):
    """As the single route would have answered: `http_status`, and either its members or a problem."""

    http_status: int
    replayed: bool | None = None
    problem: ProblemDocument | None = None
    transaction_id: str | None = None
    approval_id: int | None = None
    status: Literal["pending", "completed"] | None = None
    state: str | None = None
    created_at: str | None = None
    links: dict[str, str] | None = None


class BatchAnswers(BaseModel):
    items: list[BatchAnswer]


class TransferPrint(Print):
    transfer: Transfer
