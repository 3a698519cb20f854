"""From the sender's rows to what the time line is drawn from. Texts of another bank's clock are read with care."""

from __future__ import annotations

from collections.abc import Sequence

from bank_node.ledger.dates import read_rfc3339
from bank_node.ledger.money import format_amount
from bank_node.store.transfer_queries import TransferEvent, TransferRow
from bank_node.transfers.reasons import quoted
from bank_node.transfers.states import INSIDE
from teller_ui.views.road import Acked, Answer, Noted, SentAgain, Travel


def travel_of(row: TransferRow, events: Sequence[TransferEvent], bank_id: str, *, link_up: bool) -> Travel:
    return Travel(
        transaction_id=row.transaction_id,
        bank_id=bank_id,
        to_bank=row.to_bank,
        from_account=row.from_account,
        to_account=row.to_account,
        state=row.state,
        created_us=row.created_us,
        is_inside=row.kind == INSIDE,
        acked=_acked(row.published_us, row.partition, row.offset),
        again=tuple(_again(event) for event in events if event.kind == "sent_again"),
        notes=tuple(note for event in events if (note := _note(row, event))),
        answer=_answer(row),
        concluded_us=row.concluded_us,
        reason_code=row.reason_code,
        reason_text=row.reason_text,
        link_up=link_up,
    )


def _acked(at_us: int | None, partition: int | None, offset: int | None) -> Acked | None:
    if at_us is None or partition is None or offset is None:
        return None
    return Acked(at_us, partition, offset)


def _again(event: TransferEvent) -> SentAgain:
    facts = event.facts
    earlier = _acked(facts.get("published_us"), facts.get("partition"), facts.get("offset"))
    return SentAgain(event.at_us, earlier)


def _note(row: TransferRow, event: TransferEvent) -> Noted | None:
    """What else may happen to a transfer; kinds of event that this page does not know are left out."""
    match event.kind:
        case "asked":
            return Noted(event.at_us, f"Asked {row.to_bank} what became of it", f"by {event.facts.get('by', '')}")
        case "asked_to_cancel":
            what = f"Asked {row.to_bank} to refuse it for ever if it is still unseen"
            return Noted(event.at_us, what, str(event.facts.get("why", "")))
        case "unknown_there":
            return Noted(event.at_us, f"{row.to_bank} has not seen it; it is said again at once", "no refusal")
        case "hastened":
            return Noted(event.at_us, "To be said again at once", f"by {event.facts.get('by', '')}")
        case "recall_asked":
            return Noted(event.at_us, f"Asked {row.to_bank} to return it", f"by {event.facts.get('by', '')}")
        case "recall_agreed":
            return Noted(event.at_us, f"{row.to_bank} agreed to return it", "the money comes as a return")
        case "recall_refused":
            return Noted(event.at_us, f"{row.to_bank} refused to return it", "no money moved")
        case "returned":
            amount = format_amount(int(event.facts.get("amount_minor", 0)), row.currency)
            why = quoted(event.facts.get("why"), nothing=str(event.facts.get("by", "")))
            return Noted(event.at_us, f"{row.to_bank} returned {amount} {row.currency}", why)
    return None


def _answer(row: TransferRow) -> Answer | None:
    if not row.answer:
        return None
    return Answer(
        _moment(row.answer.get("read_at")),
        _moment(row.answer.get("decided_at")),
        int(row.answer.get("repeats_ignored") or 0),
    )


def _moment(said: object) -> int | None:
    try:
        return read_rfc3339(said) if isinstance(said, str) else None
    except (ValueError, OverflowError):
        return None
