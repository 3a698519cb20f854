"""Where the money is: the stops of one transfer and what happened at each, from what its sender knows.

No bank asks another: until the answer is here there is no word from the other bank. Then its two stops fill at once,
with the times of its own clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bank_node.ledger.account import group
from bank_node.ledger.dates import rfc3339
from bank_node.transfers import states
from bank_node.transfers.reasons import teller_words
from teller_ui.rosette import letter_of
from teller_ui.views.text import after, clock_ms, plural

DONE, NOW, TODO, FAILED = "done", "now", "todo", "failed"


@dataclass(frozen=True, slots=True)
class Place:
    """The band above the first stop of a place."""

    name: str
    letter: str = ""
    is_wide: bool = False
    is_topic: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    name: str
    progress: str
    bank_id: str
    place: Place | None = None
    clock: str = ""
    at: str = ""
    note: str = ""
    after: str = ""  # the delay to the next stop, on the line
    next_bank: str = ""  # where the line leads, if to another bank


@dataclass(frozen=True, slots=True)
class Hop:
    clock: str
    bank_id: str
    letter: str
    what: str
    more: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Acked:
    """The broker's word that the message is in the log."""

    at_us: int
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class SentAgain:
    at_us: int
    quiet_ms: int
    earlier: Acked | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other bank said; its times are its own clock's, and may be missing."""

    read_us: int | None
    decided_us: int | None
    repeats_ignored: int


@dataclass(frozen=True, slots=True)
class Travel:
    """All that the sender knows of a transfer's way."""

    transaction_id: str
    bank_id: str
    to_bank: str
    from_account: str
    to_account: str
    state: str
    created_us: int
    is_inside: bool = False
    acked: Acked | None = None
    again: tuple[SentAgain, ...] = ()
    answer: Answer | None = None
    concluded_us: int | None = None
    reason_code: str | None = None
    reason_text: str | None = None
    link_up: bool = True


def stops_of(travel: Travel) -> tuple[Stop, ...]:
    return _inside(travel) if travel.is_inside else (*_here(travel), *_there(travel))


def _inside(travel: Travel) -> tuple[Stop, ...]:
    here = Place("this bank", letter_of(travel.bank_id))
    clock, at = clock_ms(travel.created_us), rfc3339(travel.created_us)
    return (
        Stop("Booked", DONE, travel.bank_id, here, clock, at, "debited"),
        Stop("Credited", DONE, travel.bank_id, None, clock, at, "in the same entry"),
    )


def _here(travel: Travel) -> tuple[Stop, Stop, Stop]:
    bank, final, acked, first = travel.bank_id, travel.state in states.FINAL, travel.acked, _first_ack(travel)
    at_home = Place(f"at {bank}", letter_of(bank), is_wide=True)
    clock, at = clock_ms(travel.created_us), rfc3339(travel.created_us)
    if first is None and not final:
        waits = "waiting for the broker" if travel.link_up else "the network is down; it waits safely here"
        return (
            Stop("Booked", DONE, bank, at_home, clock, at, "debited here"),
            Stop("Queued", NOW, bank, None, clock, at, waits),
            Stop("On the topic", TODO, bank, Place("Kafka topic", is_topic=True), next_bank=travel.to_bank),
        )
    note = f"partition {acked.partition}, offset {acked.offset:,}" if acked else "sent again, waiting for the broker"
    delay = after(first.at_us - travel.created_us) if first else ""
    topic = _stop("On the topic", DONE, bank, Place("Kafka topic", is_topic=True), first.at_us if first else None, note)
    return (
        Stop("Booked", DONE, bank, at_home, clock, at, "debited here"),
        Stop("Queued", DONE, bank, None, clock, at, "in this bank's outbox", delay),
        replace(topic, next_bank=travel.to_bank),
    )


def _there(travel: Travel) -> tuple[Stop, Stop, Stop]:
    peer, answer = travel.to_bank, travel.answer
    there = Place(f"at {peer}", letter_of(peer), is_wide=True)
    home = Place(f"back at {travel.bank_id}", letter_of(travel.bank_id))
    if travel.state not in states.FINAL:
        waits = _first_ack(travel) is not None
        note = f"no word from {peer} yet" if waits else ""
        return (
            Stop(f"Read at {peer}", NOW if waits else TODO, peer, there, note=note),
            Stop("Credited", TODO, peer, next_bank=travel.bank_id),
            Stop("Confirmed", TODO, travel.bank_id, home),
        )
    refused = travel.state == states.REJECTED
    read, decided = (answer.read_us, answer.decided_us) if answer else (None, None)
    ignored = answer.repeats_ignored if answer else 0
    repeats = f", {plural(ignored, 'repeat')} ignored" if ignored else ""
    fifth, sixth = ("Refused", "Sent back") if refused else ("Credited", "Confirmed")
    in_all = f"{_gap(travel.created_us, travel.concluded_us)} in all"
    verdict = _stop(fifth, FAILED if refused else DONE, peer, None, decided, f"{peer}'s clock")
    return (
        _stop(f"Read at {peer}", DONE, peer, there, read, f"{peer}'s clock{repeats}", _gap(read, decided)),
        replace(verdict, next_bank=travel.bank_id),
        _stop(sixth, DONE, travel.bank_id, home, travel.concluded_us, in_all),
    )


def _stop(
    name: str, progress: str, bank_id: str, place: Place | None, at_us: int | None, note: str, delay: str = ""
) -> Stop:
    if at_us is None:
        return Stop(name, progress, bank_id, place, note=note or "time not told")
    return Stop(name, progress, bank_id, place, clock_ms(at_us), rfc3339(at_us), note, delay)


def hops_of(travel: Travel) -> tuple[Hop, ...]:
    """Every hop, oldest first; delays run on this bank's clock, and on the other bank's between its own two."""
    here, there = travel.bank_id, travel.to_bank
    if travel.is_inside:
        what = f"Debited {group(travel.from_account)} and credited {group(travel.to_account)}"
        return (_hop(travel.created_us, here, what, None, "one entry, final at once"),)
    what = f"Debited {group(travel.from_account)} and queued the message"
    hops = [_hop(travel.created_us, here, what, None, "one unit of work")]
    last_us = travel.created_us
    for number, again in enumerate(travel.again, start=2):
        if again.earlier:
            hops.append(_acked(again.earlier, here, last_us))
            last_us = again.earlier.at_us
        what = f"No answer for {after(again.quiet_ms * 1000)}: the same message queued again"
        hops.append(_hop(again.at_us, here, what, last_us, f"attempt {number}; repeats are harmless"))
        last_us = again.at_us
    if travel.acked:
        hops.append(_acked(travel.acked, here, last_us))
        last_us = travel.acked.at_us
    if travel.answer and travel.state in states.FINAL:
        hops += _hops_there(travel, travel.answer, there)
    if travel.concluded_us is not None:
        hops.append(_concluded(travel, last_us))
    return tuple(hops)


def _hops_there(travel: Travel, answer: Answer, there: str) -> list[Hop]:
    hops = []
    if answer.read_us is not None:
        hops.append(_hop(answer.read_us, there, "Read from the topic", None, f"{there}'s clock, from its answer"))
    if answer.decided_us is not None:
        if travel.state == states.REJECTED:
            what = f"Refused: {teller_words(travel.reason_code)}"
            more = f"{travel.reason_code}, {travel.reason_text}"
        else:
            what, more = f"Credited {group(travel.to_account)}", "decision, entry and answer in one unit of work"
        hops.append(_hop(answer.decided_us, there, what, answer.read_us, more))
    if answer.repeats_ignored:
        again = f"Duplicate ignored ×{answer.repeats_ignored}"
        hops.append(Hop("", there, letter_of(there), again, "the stored answer was given again; no balance moved"))
    return hops


def _concluded(travel: Travel, last_us: int) -> Hop:
    assert travel.concluded_us is not None
    if travel.state == states.REJECTED:
        what, more = (
            f"Answer read: {group(travel.from_account)} has its money back",
            "refunded in the same unit of work",
        )
    else:
        what, more = "Answer read: the payment is completed", "final; this never changes"
    return _hop(travel.concluded_us, travel.bank_id, what, last_us, more)


def _acked(acked: Acked, bank_id: str, last_us: int) -> Hop:
    more = f"partition {acked.partition}, offset {acked.offset:,}"
    return _hop(acked.at_us, bank_id, "Acknowledged by the broker", last_us, more)


def _hop(at_us: int, bank_id: str, what: str, last_us: int | None, more: str = "") -> Hop:
    return Hop(clock_ms(at_us), bank_id, letter_of(bank_id), what, more, _gap(last_us, at_us))


def _first_ack(travel: Travel) -> Acked | None:
    earlier = [again.earlier for again in travel.again if again.earlier]
    return earlier[0] if earlier else travel.acked


def _gap(from_us: int | None, to_us: int | None) -> str:
    return after(to_us - from_us) if from_us is not None and to_us is not None else ""
