"""Lists of payments, sent and received."""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.ledger.account import group
from bank_node.ledger.money import format_amount
from bank_node.store.transfer_queries import DecisionRow, TransferRow
from bank_node.transfers import states
from bank_node.transfers.reasons import coded
from bank_node.transfers.states import Chip
from teller_ui.rosette import letter_of
from teller_ui.views.text import moment, plural


@dataclass(frozen=True, slots=True)
class SentRow:
    id: str
    path: str
    time: str
    from_name: str
    from_account: str
    to_name: str
    to_account: str
    chips: tuple[Chip, ...]
    amount: str
    currency: str
    reason: str = ""
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class SentView:
    rows: tuple[SentRow, ...]
    older_path: str = ""
    is_older: bool = False


@dataclass(frozen=True, slots=True)
class ReceivedRow:
    id: str
    path: str
    time: str
    from_bank: str
    letter: str
    from_name: str
    from_account: str
    to_name: str
    to_account: str
    reference: str
    chips: tuple[Chip, ...]
    reason: str
    repeats: str
    amount: str
    currency: str
    return_path: str = ""
    why: str = ""  # where it is explained that repeats are ignored


@dataclass(frozen=True, slots=True)
class ReceivedView:
    rows: tuple[ReceivedRow, ...]
    older_path: str = ""
    is_older: bool = False


def grouped(number: str | None) -> str:
    """Our own numbers in groups of four; a foreign bank's as it came."""
    if not number:
        return ""
    return group(number) if number.startswith("XF") and len(number) == 18 else number


def sent_row(row: TransferRow, now_us: int, *, recall_asked: bool = False) -> SentRow:
    chips = [states.chip(row.state, row.amount_minor, row.returned_minor)]
    if row.conflict:
        chips.append(states.CONFLICT)
    if recall_asked:
        chips.append(states.RECALL_ASKED)
    return SentRow(
        id=row.transaction_id,
        path=f"/payments/{row.transaction_id}",
        time=moment(row.created_us, now_us),
        from_name=row.from_name,
        from_account=grouped(row.from_account),
        to_name=row.to_name or f"Account at {row.to_bank}",
        to_account=grouped(row.to_account),
        chips=tuple(chips),
        amount=format_amount(row.amount_minor, row.currency),
        currency=row.currency,
        reason=coded(row.reason_code) if row.reason_code else "",
        is_open=row.state in states.OPEN,
    )


def received_row(row: DecisionRow, now_us: int, *, recall_asked: bool = False, return_path: str = "") -> ReceivedRow:
    chips = [states.decision_chip(row.decision, row.amount_minor or 0, row.returned_minor)]
    if recall_asked:
        chips.append(states.RECALL_ASKED)
    return ReceivedRow(
        id=row.transaction_id,
        path=f"/payments/received/{row.from_bank}/{row.transaction_id}",
        time=moment(row.decided_us, now_us),
        from_bank=row.from_bank,
        letter=letter_of(row.from_bank),
        from_name=row.from_name or f"Account at {row.from_bank}",
        from_account=grouped(row.from_account),
        to_name=row.owner or "Not credited",
        to_account=grouped(row.to_account),
        reference=row.reference or "",
        chips=tuple(chips),
        reason=coded(row.reason_code) if row.reason_code else "",
        repeats=f"{plural(row.repeats_ignored, 'repeat')} ignored" if row.repeats_ignored else "",
        amount=amount_of(row),
        currency=row.currency or "",
        return_path=return_path,
        why=f"/why/dedupe/{row.from_bank}:{row.transaction_id}" if row.repeats_ignored else "",
    )


def amount_of(row: DecisionRow) -> str:
    return format_amount(row.amount_minor, row.currency) if row.amount_minor is not None and row.currency else ""
