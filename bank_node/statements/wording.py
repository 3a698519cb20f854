"""What an entry did to an account, in the words of statements and pages, and with whom."""

from __future__ import annotations

from typing import Final

from bank_node.store.queries import HistoryLine
from bank_node.transfers.reasons import REASONS

KINDS: Final = {
    "opening": "Opening balance",
    "deposit": "Cash in",
    "withdrawal": "Cash out",
    "transfer_inside": "Payment",
    "transfer_out": "Payment to",
    "transfer_in": "Payment from",
    "transfer_refunded": "Payment sent back",
    "return_in": "Returned by",
    "return_out": "Return to",
    "unclaimed_paid_out": "Unclaimed money paid out",
    "reversal": "Reversal",
    "drawer_float": "Opening float",
    "drawer_emptied": "Drawer emptied",
    "drawer_variance": "Cash over or short",
}


def what(line: HistoryLine) -> str:
    """The line's kind, and the bank on the other side where there is one."""
    word = KINDS.get(line.kind, line.kind.replace("_", " ").capitalize())
    match line.kind:
        case "transfer_out" | "return_out":
            return f"{word} {line.to_bank or ''}".rstrip()
        case "transfer_in":
            return f"{word} {line.peer or line.actor}"
        case "return_in":
            return f"{word} {line.actor}"
        case "transfer_refunded":
            return f"{word} by {line.to_bank}"
        case "transfer_inside" if line.amount_minor > 0:
            return f"{word} received"
    return word


def with_whom(line: HistoryLine) -> tuple[str, str]:
    """(name, account) of the other side; empty where there is none, or the bank does not know."""
    if line.peer is not None:
        return line.peer_name or "", line.peer_account or ""
    if line.kind == "transfer_inside" and line.amount_minor > 0:
        return line.from_name or "", line.from_account or ""
    if line.to_bank is not None:
        return line.to_name or "", line.to_account or ""
    return "", ""


def reference(line: HistoryLine) -> str:
    """What its maker wrote; of a payment that was refused, why."""
    text = line.text or ""
    if line.kind == "transfer_refunded" and text in REASONS:
        return REASONS[text].customer
    return text
