"""The payment page: the line, what happened, the receipt; and the receipt of cash."""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.ledger.account import group
from bank_node.ledger.money import format_amount
from bank_node.transfers import states
from bank_node.transfers.reasons import coded
from bank_node.transfers.states import Chip
from teller_ui.views.frame import Act
from teller_ui.views.hops import Hop, hops_of
from teller_ui.views.line import Stop, stops_of
from teller_ui.views.road import Travel
from teller_ui.views.text import clock, date
from teller_ui.words import amount_in_words


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    name: str
    value: str
    acc: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptView:
    amount: str
    currency: str
    words: str
    lines: tuple[ReceiptLine, ...]
    serial: str
    is_copy: bool = True  # what a browser prints of a page by itself; the original comes from routes.receipt


@dataclass(frozen=True, slots=True)
class Linked:
    """Something else that belongs to a payment: its return, what it returns, a recall and its answer."""

    words: str
    path: str = ""
    action: str = ""
    why: str = ""  # where it is explained


@dataclass(frozen=True, slots=True)
class RecallFacts:
    """The newest recall of a payment, as its sender knows it."""

    is_open: bool
    words: str


@dataclass(frozen=True, slots=True)
class PaymentView:
    title: str
    transaction_id: str
    chips: tuple[Chip, ...]
    aside: str
    stops: tuple[Stop, ...]
    hops: tuple[Hop, ...]
    receipt: ReceiptView
    spoken: str
    reason: str = ""
    why_back: str = ""  # where it is explained that the money came back
    clocks_note: str = ""
    acts: tuple[Act, ...] = ()
    linked: tuple[Linked, ...] = ()
    is_inside: bool = False
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """The paper side of a transfer; its way is `Travel`."""

    amount_minor: int
    currency: str
    from_name: str
    to_name: str | None
    reference: str | None
    actor: str
    approved_by: str = ""
    returned_minor: int = 0
    conflict: bool = False
    recall: RecallFacts | None = None
    acts: tuple[Act, ...] = ()
    returns: Linked | None = None  # of a return: the payment it sends back
    given_back: tuple[Linked, ...] = ()  # what came back of it
    back: str = ""  # where that money is


def payment_view(facts: PaymentFacts, travel: Travel) -> PaymentView:
    stops = stops_of(travel)
    final = travel.state in states.FINAL
    chips = [states.chip(travel.state, facts.amount_minor, facts.returned_minor)]
    if facts.conflict:
        chips.append(states.CONFLICT)
    if facts.recall is not None and facts.recall.is_open:
        chips.append(states.RECALL_ASKED)
    refused = travel.state == states.REJECTED
    reason = f"{coded(travel.reason_code)} {facts.back}" if refused else ""
    recalled = (Linked(facts.recall.words),) if facts.recall else ()
    linked = (*((facts.returns,) if facts.returns else ()), *recalled, *facts.given_back)
    other_clock = bool(travel.answer) and not travel.is_inside
    return PaymentView(
        title=f"{'Return' if facts.returns else 'Payment'} to {facts.to_name or group(travel.to_account)}",
        transaction_id=travel.transaction_id,
        chips=tuple(chips),
        aside="final" if final else "updates by itself",
        stops=stops,
        hops=hops_of(travel),
        receipt=_receipt(facts, travel),
        spoken=f"{chips[0].word}. {_last_word(stops)}",
        reason=reason,
        why_back=travel.why("return") if refused else "",
        clocks_note=f"Times at {travel.to_bank} are by its own clock, as its answer tells them." if other_clock else "",
        acts=facts.acts,
        linked=linked,
        is_inside=travel.is_inside,
        is_final=final,
    )


def _receipt(facts: PaymentFacts, travel: Travel) -> ReceiptView:
    lines = [
        ReceiptLine("From", facts.from_name, group(travel.from_account)),
        ReceiptLine("To", facts.to_name or f"Account at {travel.to_bank}", group(travel.to_account)),
    ]
    if facts.reference:
        lines.append(ReceiptLine("Reference", facts.reference))
    lines.append(ReceiptLine("Booked", f"{date(travel.created_us)}, {clock(travel.created_us)}"))
    lines.append(ReceiptLine("Teller", facts.actor))
    if facts.approved_by:
        lines.append(ReceiptLine("Approved by", facts.approved_by))
    return ReceiptView(
        format_amount(facts.amount_minor, facts.currency),
        facts.currency,
        amount_in_words(facts.amount_minor, facts.currency),
        tuple(lines),
        travel.transaction_id,
    )


def _last_word(stops: tuple[Stop, ...]) -> str:
    reached = [stop for stop in stops if stop.progress in ("done", "failed")]
    waiting = [stop for stop in stops if stop.progress == "now"]
    note = f"; {waiting[0].note}" if waiting and waiting[0].note else ""
    return f"Last stop: {reached[-1].name}{note}."


@dataclass(frozen=True, slots=True)
class PostingRow:
    account: str
    whose: str
    amount: str
    balance: str
    is_credit: bool


@dataclass(frozen=True, slots=True)
class EntryView:
    id: int
    title: str
    says: str
    postings: tuple[PostingRow, ...]
    receipt: ReceiptView
    acts: tuple[Act, ...] = ()
