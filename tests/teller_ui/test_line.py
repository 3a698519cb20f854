"""Where the money is: six stops that fill as word comes in, and every hop with its clock."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from bank_node.ledger.account import make_number
from bank_node.transfers.states import COMPLETED, PENDING, REJECTED, SENT
from teller_ui.views.hops import hops_of
from teller_ui.views.line import stops_of
from teller_ui.views.road import Acked, Answer, Noted, SentAgain, Travel

BOOKED = 1_795_255_327_104_000
TRAVEL = Travel(
    transaction_id="t-1",
    bank_id="ALFA",
    to_bank="BRVO",
    from_account=make_number("ALFA", 1),
    to_account=make_number("BRVO", 1),
    state=PENDING,
    created_us=BOOKED,
)
ON_TOPIC = replace(TRAVEL, state=SENT, acked=Acked(BOOKED + 9_000, 9, 4112))
DONE = replace(
    ON_TOPIC,
    state=COMPLETED,
    answer=Answer(BOOKED + 20_000, BOOKED + 24_000, 0),
    concluded_us=BOOKED + 40_000,
)


def _progress(travel: Travel) -> list[str]:
    return [stop.progress for stop in stops_of(travel)]


def test_a_booked_payment_waits_in_the_queue() -> None:
    assert _progress(TRAVEL) == ["done", "now", "todo", "todo", "todo", "todo"]


def test_with_the_network_down_the_queue_says_so() -> None:
    assert stops_of(replace(TRAVEL, link_up=False))[1].note == "the network is down; it waits safely here"


def test_on_the_topic_there_is_no_word_from_the_other_bank_yet() -> None:
    stops = stops_of(ON_TOPIC)
    assert _progress(ON_TOPIC) == ["done", "done", "done", "now", "todo", "todo"]
    assert stops[2].note == "partition 9, offset 4,112"
    assert stops[3].note == "no word from BRVO yet"
    assert stops[1].after == "9 ms"


def test_the_answer_fills_both_stops_of_the_other_bank_by_its_own_clock() -> None:
    stops = stops_of(DONE)
    assert _progress(DONE) == ["done"] * 6
    assert [stop.name for stop in stops] == [
        "Booked",
        "Queued",
        "On the topic",
        "Read at BRVO",
        "Credited",
        "Confirmed",
    ]
    assert stops[3].note == "BRVO's clock"
    assert stops[5].note == "40 ms in all"


def test_a_refused_payment_is_sent_back_with_the_reason_in_words() -> None:
    refused = replace(DONE, state=REJECTED, reason_code="AC04", reason_text="the account is closed")
    assert [stop.name for stop in stops_of(refused)][4:] == ["Refused", "Sent back"]
    assert _progress(refused)[4] == "failed"
    said = [hop.what for hop in hops_of(refused)]
    assert "Refused: The account is closed." in said
    assert any("has its money back" in what for what in said)


def test_repeats_ignored_are_seen_on_line_and_table() -> None:
    twice = replace(DONE, answer=Answer(BOOKED + 20_000, BOOKED + 24_000, 2))
    assert stops_of(twice)[3].note == "BRVO's clock, 2 repeats ignored"
    assert "Duplicate ignored ×2" in [hop.what for hop in hops_of(twice)]


def test_a_payment_said_again_keeps_its_first_place_on_the_topic() -> None:
    again = SentAgain(BOOKED + 15_000_000, Acked(BOOKED + 9_000, 9, 4112))
    travel = replace(ON_TOPIC, acked=None, again=(again,))
    stops, hops = stops_of(travel), hops_of(travel)
    assert (stops[2].progress, stops[2].note) == ("done", "sent again, waiting for the broker")
    assert [hop.what for hop in hops][1:] == [
        "Acknowledged by the broker",
        "Still no answer: the same message queued again",
    ]
    assert hops[2].more.startswith("attempt 2")


def test_an_answer_without_times_still_ends_the_line() -> None:
    silent = replace(DONE, answer=Answer(None, None, 0))
    assert _progress(silent) == ["done"] * 6
    assert not stops_of(silent)[3].clock


def test_a_payment_inside_the_bank_has_two_stops_and_one_hop() -> None:
    inside = replace(TRAVEL, to_bank="ALFA", state=COMPLETED, is_inside=True, concluded_us=BOOKED)
    assert [stop.name for stop in stops_of(inside)] == ["Booked", "Credited"]
    assert len(hops_of(inside)) == 1


def test_a_place_is_named_above_its_first_stop_only() -> None:
    places = [stop.place.name if stop.place else "" for stop in stops_of(DONE)]
    assert places == ["at ALFA", "", "Kafka topic", "at BRVO", "", "back at ALFA"]


def test_every_known_moment_stands_in_the_order_of_the_road() -> None:
    clocks = [hop.clock for hop in hops_of(DONE)]
    assert all(earlier <= later for earlier, later in pairwise(clocks))


def test_whatever_else_happened_stands_where_its_clock_puts_it() -> None:
    asked = Noted(BOOKED + 30_000, "Asked BRVO what became of it", "by okafor")
    returned = Noted(BOOKED + 90_000_000, "BRVO returned 2.00 EUR", "r-1")
    said = [hop.what for hop in hops_of(replace(DONE, notes=(returned, asked)))]
    assert said.index("Acknowledged by the broker") < said.index(asked.what) < said.index("Read from the topic")
    assert said[-1] == returned.what
