"""What happened to a transfer: every hop with its clock, bank, words and delay.

Delays run on this bank's clock from hop to hop, and on the other bank's between its own two; never across two clocks.
"""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.ledger.account import group
from bank_node.transfers import states
from bank_node.transfers.reasons import teller_words
from teller_ui.rosette import letter_of
from teller_ui.views.road import Acked, Noted, Travel
from teller_ui.views.text import clock_ms, gap


@dataclass(frozen=True, slots=True)
class Hop:
    clock: str
    bank_id: str
    letter: str
    what: str
    more: str = ""
    after: str = ""
    why: str = ""  # where it is explained


def hops_of(travel: Travel) -> tuple[Hop, ...]:
    """Every hop by this bank's clock; those of the other bank stand before the answer that told of them."""
    concluded_us = travel.concluded_us
    before = [noted for noted in _at_home(travel) if concluded_us is None or noted.at_us < concluded_us]
    later = [noted for noted in _at_home(travel) if concluded_us is not None and noted.at_us >= concluded_us]
    if travel.is_inside or concluded_us is None:
        return _told(travel, [_booked(travel), *before, *later])
    there = _at_the_other_bank(travel)
    told = _told(travel, [_booked(travel), *before, _concluded(travel, concluded_us), *later])
    return (*told[: len(before) + 1], *there, *told[len(before) + 1 :])


def _told(travel: Travel, noted: list[Noted]) -> tuple[Hop, ...]:
    earlier: list[int | None] = [None, *(one.at_us for one in noted)]
    return tuple(
        _hop(one.at_us, travel.bank_id, one.what, last_us, one.more)
        for one, last_us in zip(noted, earlier, strict=False)
    )


def _booked(travel: Travel) -> Noted:
    payer = group(travel.from_account)
    if travel.is_inside:
        what, more = f"Debited {payer} and credited {group(travel.to_account)}", "one entry, final at once"
    else:
        what, more = f"Debited {payer} and queued the message", "one unit of work"
    return Noted(travel.created_us, what, more)


def _at_home(travel: Travel) -> list[Noted]:
    """What happened here between the booking and the answer, or after it, in order."""
    noted = list(travel.notes)
    for number, again in enumerate(travel.again, start=2):
        what = "Still no answer: the same message queued again"
        noted.append(Noted(again.at_us, what, f"attempt {number}; repeats are harmless"))
    acks = [again.earlier for again in travel.again] + [travel.acked]
    noted += [_acked(ack) for ack in acks if ack is not None]
    return sorted(noted, key=lambda one: one.at_us)


def _acked(acked: Acked) -> Noted:
    where = f"partition {acked.partition}, offset {acked.offset:,}"
    return Noted(acked.at_us, "Acknowledged by the broker", where)


def _at_the_other_bank(travel: Travel) -> list[Hop]:
    answer, there = travel.answer, travel.to_bank
    if answer is None:
        return []
    hops = []
    if answer.read_us is not None:
        hops.append(_hop(answer.read_us, there, "Read from the topic", None, f"{there}'s clock, from its answer"))
    if answer.decided_us is not None:
        what, more = f"Credited {group(travel.to_account)}", "decision, entry and answer in one unit of work"
        if travel.state == states.REJECTED:
            what, more = f"Refused: {teller_words(travel.reason_code)}", f"{travel.reason_code}, {travel.reason_text}"
        hops.append(_hop(answer.decided_us, there, what, answer.read_us, more))
    if answer.repeats_ignored:
        again = f"Duplicate ignored ×{answer.repeats_ignored}"
        more = "the stored answer was given again; no balance moved"
        hops.append(Hop("", there, letter_of(there), again, more, why=travel.why("dedupe")))
    return hops


def _concluded(travel: Travel, concluded_us: int) -> Noted:
    if travel.state == states.REJECTED:
        what = f"Answer read: {group(travel.from_account)} has its money back"
        return Noted(concluded_us, what, "refunded in the same unit of work")
    return Noted(concluded_us, "Answer read: the payment is completed", "final; this never changes")


def _hop(at_us: int, bank_id: str, what: str, last_us: int | None, more: str = "") -> Hop:
    return Hop(clock_ms(at_us), bank_id, letter_of(bank_id), what, more, gap(last_us, at_us))
