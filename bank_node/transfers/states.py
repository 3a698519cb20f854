"""The states of a transfer at its sender, the receiver's decisions, and how both are called on pages and in the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# The sender's states
PENDING = "PENDING"
SENT = "SENT"  # acknowledged by the broker: no proof of delivery
CANCELLING = "CANCELLING"
COMPLETED = "COMPLETED"
REJECTED = "REJECTED"
OPEN = (PENDING, SENT, CANCELLING)
FINAL = (COMPLETED, REJECTED)

AWAITING_APPROVAL = "AWAITING_APPROVAL"  # not a transfer yet: nothing is booked, its money is held

# The receiver's decisions
ACCEPTED = "ACCEPTED"
CANCELLED = "CANCELLED"  # a tombstone: refused for ever, unseen
DECISIONS = (ACCEPTED, REJECTED, CANCELLED)

# What kind of row it is
PAYMENT = "payment"
RETURN = "return"
INSIDE = "inside"  # both accounts in this bank: final at once, no message
TOMBSTONE = "tombstone"

Tone = Literal["wait", "info", "ok", "bad"]


@dataclass(frozen=True, slots=True)
class Chip:
    """What a page prints for a state: an icon's name, a word, a tone of colour."""

    icon: str
    word: str
    tone: Tone


_CHIPS = {
    AWAITING_APPROVAL: Chip("clock", "Awaiting approval", "wait"),
    PENDING: Chip("clock", "Queued", "wait"),
    SENT: Chip("arrow", "On its way", "info"),
    CANCELLING: Chip("search", "Being checked", "info"),
    COMPLETED: Chip("check", "Completed", "ok"),
    REJECTED: Chip("back", "Sent back", "bad"),
}
_PARTLY = Chip("back", "Partly returned", "bad")
_RETURNED = Chip("back", "Returned", "bad")
CREDITED = Chip("check", "Credited", "ok")
REFUSED = Chip("cross", "Refused", "bad")
CONFLICT = Chip("alert", "Conflict", "bad")
RECALL_ASKED = Chip("back", "Recall asked", "wait")  # beside the state, at both banks, as long as nobody has answered

_STATUS = {
    AWAITING_APPROVAL: "pending",
    PENDING: "pending",
    SENT: "pending",
    CANCELLING: "pending",
    COMPLETED: "completed",
    REJECTED: "rejected",
}


def chip(state: str, amount_minor: int = 0, returned_minor: int = 0) -> Chip:
    """The chip of a sender's state. A conflict is a second chip beside it."""
    if state == COMPLETED and returned_minor:
        return _RETURNED if returned_minor >= amount_minor else _PARTLY
    return _CHIPS[state]


def decision_chip(decision: str, amount_minor: int = 0, returned_minor: int = 0) -> Chip:
    """The chip of a receiver's decision; received and credited are one moment."""
    if decision == ACCEPTED and returned_minor:
        return _RETURNED if returned_minor >= amount_minor else _PARTLY
    return CREDITED if decision == ACCEPTED else REFUSED


def api_status(state: str) -> str:
    """`pending`, `completed` or `rejected`."""
    return _STATUS[state]
