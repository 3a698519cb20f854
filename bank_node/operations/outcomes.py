"""What came of a record, in a word; logs, metrics and pages print the word. And what a first decision says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Verdict:
    """A first decision: what kind of row, what was decided, why not, and the account credited (any of this bank)."""

    kind: str
    decision: str
    reason: tuple[str, str] | None
    account_id: int | None
