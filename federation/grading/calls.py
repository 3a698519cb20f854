"""What was called for and what came of it: a request, its answer, and when, as one `Call`; and the words of both.

Names and amounts here are the contract's, whatever the node calls them (`dialect`). Times are of that clock of the
grader's which only goes forward.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# What is called for
TRANSFER, DEPOSIT, WITHDRAW = "transfer", "deposit", "withdraw"
READ_ACCOUNT, READ_STATEMENT, READ_TRANSFER = "read_account", "read_statement", "read_transfer"
READS = (READ_ACCOUNT, READ_STATEMENT, READ_TRANSFER)

# What came of it
OK = "ok"  # done, and said so
FAIL = "fail"  # a definite no: nothing was done
INFO = "info"  # nobody can say

# What a transfer is, by its bank's word
PENDING, COMPLETED, REJECTED = "pending", "completed", "rejected"
MISSING = "missing"  # the bank knows no such transfer
FINAL = (COMPLETED, REJECTED)

FINAL_READER = "final"  # the client that reads everything once more at the end


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a statement. `id` is the node's own name for it, empty where it has none."""

    amount_minor: int  # above zero: money came
    transaction_id: str = ""
    balance_minor: int | None = None  # after it
    id: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "amount_minor": self.amount_minor,
            "transaction_id": self.transaction_id,
            "balance_minor": self.balance_minor,
            "id": self.id,
        }


@dataclass(frozen=True, slots=True)
class Call:
    number: int
    client: str
    bank: str
    do: str
    key: str  # Idempotency-Key; empty for a read
    request: Mapping[str, Any]
    begun_us: int
    outcome: str = INFO
    ended_us: int | None = None  # None: the history ends before the answer
    answer: Mapping[str, Any] = field(default_factory=dict)
    http_status: int | None = None  # None: no answer at all

    @property
    def account(self) -> str:
        """The account it is about; of a transfer the payer's."""
        return str(self.request.get("account") or self.request.get("from_account") or "")

    @property
    def amount_minor(self) -> int:
        return int(self.request.get("amount_minor", 0))

    @property
    def transaction_id(self) -> str:
        """Of a transfer: as the answer names it, or as it was asked for; of cash: the id of its line, if told."""
        return str(self.answer.get("transaction_id") or self.request.get("transaction_id") or "")

    @property
    def status(self) -> str:
        return str(self.answer.get("status") or "")

    @property
    def balance_minor(self) -> int:
        return int(self.answer["balance_minor"])

    @property
    def lines(self) -> tuple[Line, ...]:
        """Of a statement that was read: oldest first."""
        return tuple(Line(**line) for line in self.answer.get("lines", ()))

    @property
    def latency_us(self) -> int | None:
        """None where no answer came."""
        answered = self.ended_us is not None and self.http_status is not None
        return self.ended_us - self.begun_us if answered and self.ended_us is not None else None

    @property
    def sweep(self) -> str:
        """Readings of all accounts that belong together carry the same name."""
        return str(self.request.get("sweep") or "")

    def ended_before(self, moment_us: int) -> bool:
        return self.ended_us is not None and self.ended_us <= moment_us
