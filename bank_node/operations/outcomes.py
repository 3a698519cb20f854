"""What came of a record, in a word; logs, metrics and pages print the word. And what a first decision says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bank_node.transfers.messages import Message


class Outcome(StrEnum):
    CREDITED = "credited"
    REFUSED = "refused"
    BURIED = "buried"  # a tombstone was set
    UNKNOWN = "unknown"
    REPEAT = "repeat"
    CONFLICT = "conflict"
    QUARANTINED = "quarantined"
    COMPLETED = "completed"
    REFUNDED = "refunded"
    SAME = "same"
    RECALL_KEPT = "recall_kept"  # for the desk, whose staff decide
    RECALL_REFUSED = "recall_refused"
    RECALL_ANSWERED = "recall_answered"
    LOOKUP = "lookup"  # whose account is this: answered, or an answer to it
    LOOKUP_DROPPED = "lookup_dropped"  # too many of them


@dataclass(slots=True)
class Verdict:
    """A first decision: what kind of row, what was decided, why not, and the account credited (any of this bank)."""

    kind: str
    decision: str
    reason: tuple[str, str] | None
    account_id: int | None


def as_noted(message: Message, kind: str, decision: str, **also: Any) -> dict[str, Any]:
    """A first decision as the audit log has it; the row's subject is the message's transaction_id."""
    said = {"from_bank": message.from_bank, "kind": kind, "decision": decision, "hash": message.hash}
    return {"decision": {**said, **also}}
