"""What happened around a transfer: in order, with who died how soon after what; and its picture."""

from __future__ import annotations

from dataclasses import replace

from federation.grading.course.outcome import Run
from federation.grading.evidence import BANK_AWAY, FORGED, POISON, Ack, Fault, HostileRecord
from federation.grading.reports.drawing import PALE_MAX, WIDTH, drawing
from federation.grading.reports.moments import (
    BROKEN,
    DEAD,
    MOMENTS_MAX,
    Moment,
    banks_of,
    circumstance,
    gap,
    moments,
    undelivered,
)
from tests.support.graded_run import ALICE, ANNA, BOB, a_good_day
from tests.support.outcomes import credited_twice, run_of


def told(run: Run, *transfers: str) -> list[Moment]:
    assert run.evidence is not None
    return moments(run.evidence, transfers, run.faults, (run.begun_us, run.ended_us))


def test_the_moments_of_a_transfer_are_in_order_and_of_its_banks() -> None:
    found = told(run_of("W4", credited_twice()), "t17")
    assert [one.at_us for one in found] == sorted(one.at_us for one in found)
    assert [one.words for one in found if one.who == "BRVO"][:3] == [
        "is killed (SIGKILL); W4, BRVO is away for 3.5 s: killed 4 ms after it was handed a record",
        "is started again",
        "is ready",
    ]
    assert "N1" not in " ".join(one.words for one in found)  # long before


def test_who_died_is_told_with_what_had_just_happened_to_him() -> None:
    assert circumstance(told(run_of("W4", credited_twice()), "t17")) == (
        "BRVO was killed 4 ms after it was handed the record."
    )


def test_a_death_long_after_everything_is_no_circumstance() -> None:
    asked = Moment(0, "tellers", "orders", "ALFA", deed="it was asked")
    died = Moment(9_000_000, "ALFA", "is killed", tone=DEAD, deed="was killed")
    assert circumstance([asked, died]) == ""
    assert circumstance([asked, replace(died, at_us=4_000)]) == "ALFA was killed 4 ms after it was asked."


def test_where_nobody_died_it_is_told_what_was_broken() -> None:
    story = a_good_day()
    story.book(BOB, 5_00, "t9")
    assert circumstance(told(run_of("N1", story), "t9")) == "Meanwhile: N1, the broker is away for 2.0 s."


def test_without_a_transfer_everything_that_was_broken_is_told() -> None:
    found = told(run_of("W4", credited_twice()))
    assert {one.words.split(",")[0] for one in found} >= {"N1", "is killed (SIGKILL); W4"}


def test_what_was_broken_elsewhere_is_left_out() -> None:
    story = a_good_day()
    story.pay("t20", ALICE, ANNA, 1_00)  # inside ALFA
    at_us = story.now_us
    story.more["faults"] = tuple(Fault("W6", BANK_AWAY, bank, at_us, at_us + 9) for bank in ("ALFA", "BRVO", "broker"))
    assert [one.who for one in told(run_of("W6", story), "t20") if one.tone == BROKEN] == ["ALFA", "broker"]


def test_several_transfers_are_told_apart() -> None:
    story = a_good_day()
    story.pay("t20", ALICE, BOB, 3_00, key="k20")
    story.pay("t21", ALICE, BOB, 3_00, key="k20")
    words = " | ".join(one.words for one in told(run_of("F1", story), "t20", "t21"))
    assert "calls t20 completed" in words
    assert "of t21" in words


def test_of_a_long_story_the_beginning_and_the_end_are_kept() -> None:
    story = a_good_day()
    for n in range(100):
        story.ask("t1", "pending" if n % 2 else "completed")
    found = told(run_of("N1", story), "t1")
    assert len(found) <= MOMENTS_MAX
    assert "orders 2.50" in " ".join(one.words for one in found)


def test_a_transfer_that_nobody_knows_is_between_all_banks() -> None:
    evidence = a_good_day().evidence()
    assert banks_of(evidence, ("no such",)) == {"ALFA", "BRVO"}
    assert banks_of(evidence, ("t3",)) == {"ALFA"}


def test_a_gap_is_told_as_people_say_it() -> None:
    assert [gap(4_000), gap(999_000), gap(2_500_000)] == ["4 ms", "999 ms", "2.5 s"]


def test_the_picture_has_a_line_for_each_and_a_row_for_each_moment() -> None:
    run = run_of("W4", credited_twice())
    found = told(run, "t17")
    assert run.evidence is not None
    drawn = drawing(found, run.evidence)
    assert drawn is not None
    assert [name for _, name in drawn.columns] == ["tellers", "ALFA", "broker", "BRVO"]
    assert len(drawn.dots) == len(found)
    heights = [dot.y for dot in drawn.dots]
    assert heights == sorted(set(heights))
    assert all(0 < dot.x < WIDTH and 0 < dot.y < drawn.height for dot in drawn.dots)
    assert all(0 <= stroke.y1 <= stroke.y2 <= drawn.height for stroke in (*drawn.bands, *drawn.gaps))
    (dead,) = drawn.gaps
    assert dead.y2 == found_height(found, heights, "is started again")


def test_other_transfers_are_pale_and_never_too_many() -> None:
    story = credited_twice()
    start_us = story.now_us - 3_000_000
    story.more["acks"] = tuple(Ack("ALFA", 1, n, start_us + n * 1_000, f"o{n}") for n in range(3_000))
    run = run_of("W4", story)
    assert run.evidence is not None
    drawn = drawing(told(run, "t17"), run.evidence)
    assert drawn is not None
    assert 0 < len(drawn.pale) <= PALE_MAX


def test_where_nothing_happened_nothing_is_drawn() -> None:
    assert drawing([], a_good_day().evidence()) is None


def found_height(found: list[Moment], heights: list[int], words: str) -> int:
    return next(y for one, y in zip(found, heights, strict=True) if one.words == words)


def test_records_that_the_grader_put_there_together_are_one_moment() -> None:
    story = a_good_day()
    story.pay("t20", ALICE, BOB, 3_00)
    at_us = story.now_us
    story.more["hostile"] = (
        *(HostileRecord(POISON, "BRVO", at_us) for _ in range(11)),
        HostileRecord(FORGED, "BRVO", at_us, "t20"),
    )
    assert [one.words for one in told(run_of("N25", story), "t20") if one.to == "BRVO"] == [
        "gets 11 records that nobody can read from the grader, for BRVO",
        "gets a record that is forged and names t20 from the grader, for BRVO",
    ]


def test_a_record_that_was_never_fetched_is_told() -> None:
    story = credited_twice()
    story.pay("t20", ALICE, BOB, 3_00)
    story.more["acks"] = (*story.more["acks"], Ack("ALFA", 5, 9, story.now_us, "t20"))
    evidence = story.evidence()
    assert undelivered(evidence, "t17") == ""
    assert undelivered(evidence, "t3") == ""  # inside a bank
    assert undelivered(evidence, "t20").startswith("Its record was on the topic, and BRVO had not fetched it when")
