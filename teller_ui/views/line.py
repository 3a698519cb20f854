"""Where the money is: the six stops of one transfer. What happened at each is in `hops`.

No bank asks another: until the answer is here there is no word from the other bank. Then its two stops fill at once,
with the times of its own clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bank_node.ledger.dates import rfc3339
from bank_node.transfers import states
from teller_ui.rosette import letter_of
from teller_ui.views.road import Travel
from teller_ui.views.text import after, clock_ms, gap, plural

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
    why: str = ""  # where it is explained


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
    bank, final, acked, first = travel.bank_id, travel.state in states.FINAL, travel.acked, travel.first_ack
    at_home = Place(f"at {bank}", letter_of(bank), is_wide=True)
    clock, at = clock_ms(travel.created_us), rfc3339(travel.created_us)
    if first is None and not final:
        waits = "waiting for the broker" if travel.link_up else "the network is down; it waits safely here"
        return (
            Stop("Booked", DONE, bank, at_home, clock, at, "debited here"),
            Stop("Queued", NOW, bank, None, clock, at, waits, why=travel.why("queue")),
            Stop("On the topic", TODO, bank, Place("Kafka topic", is_topic=True), next_bank=travel.to_bank),
        )
    note = f"partition {acked.partition}, offset {acked.offset:,}" if acked else "sent again, waiting for the broker"
    delay = after(first.at_us - travel.created_us) if first else ""
    topic = _stop("On the topic", DONE, bank, Place("Kafka topic", is_topic=True), first.at_us if first else None, note)
    return (
        Stop("Booked", DONE, bank, at_home, clock, at, "debited here"),
        Stop("Queued", DONE, bank, None, clock, at, "in this bank's outbox", delay, why=travel.why("queue")),
        replace(topic, next_bank=travel.to_bank),
    )


def _there(travel: Travel) -> tuple[Stop, Stop, Stop]:
    peer, answer = travel.to_bank, travel.answer
    there = Place(f"at {peer}", letter_of(peer), is_wide=True)
    home = Place(f"back at {travel.bank_id}", letter_of(travel.bank_id))
    if travel.state not in states.FINAL:
        waits = travel.first_ack is not None
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
    in_all = f"{gap(travel.created_us, travel.concluded_us)} in all"
    verdict = _stop(fifth, FAILED if refused else DONE, peer, None, decided, f"{peer}'s clock")
    at_the_peer = _stop(f"Read at {peer}", DONE, peer, there, read, f"{peer}'s clock{repeats}", gap(read, decided))
    return (
        replace(at_the_peer, why=travel.why("dedupe") if ignored else ""),
        replace(verdict, next_bank=travel.bank_id),
        _stop(sixth, DONE, travel.bank_id, home, travel.concluded_us, in_all),
    )


def _stop(
    name: str, progress: str, bank_id: str, place: Place | None, at_us: int | None, note: str, delay: str = ""
) -> Stop:
    if at_us is None:
        return Stop(name, progress, bank_id, place, note=note or "time not told")
    return Stop(name, progress, bank_id, place, clock_ms(at_us), rfc3339(at_us), note, delay)
