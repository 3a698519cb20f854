"""What an entry did to an account, in the words of a statement, and with whom."""

from __future__ import annotations

from bank_node.store.queries import HistoryLine
from bank_node.transfers.reasons import REASONS

_WORDS = {
    "opening": "Opening balance",
    "deposit": "Cash in",
    "withdrawal": "Cash out",
    "unclaimed_paid_out": "Unclaimed money paid out",
    "reversal": "Reversal",
}


def what(line: HistoryLine) -> str:
    if line.kind == "transfer_out":
        return f"Payment to {line.to_bank}"
    if line.kind == "transfer_in":
        return f"Payment from {line.peer or line.actor}"
    if line.kind == "transfer_inside":
        return "Payment" if line.amount_minor < 0 else "Payment received"
    if line.kind == "transfer_refunded":
        return f"Payment sent back by {line.to_bank}"
    if line.kind == "return_in":
        return f"Returned by {line.actor}"
    if line.kind == "return_out":
        return f"Return to {line.to_bank}"
    return _WORDS.get(line.kind, line.kind.replace("_", " ").capitalize())


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
