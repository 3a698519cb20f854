"""What came of a record, in a word; logs, metrics and pages print the word."""

from __future__ import annotations

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
