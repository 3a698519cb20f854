"""Blame: what the broker or the grader did costs a node nothing; what a node did wrong, nobody excuses."""

from __future__ import annotations

from dataclasses import replace

from federation.grading.blame import Blame, blamed
from federation.grading.calls import PENDING
from federation.grading.checkers import check
from federation.grading.checkers.broker_files import lost
from federation.grading.evidence import Ack, InjectedLoss, TopicRecord
from tests.federation.grading.checkers.broken_days import DAYS
from tests.support.graded_run import ALICE, BOB, Story, a_good_day


def blames(story: Story) -> dict[str, Blame]:
    evidence = story.evidence()
    return {one.finding.checker: one.blame for one in blamed(check(evidence), evidence)}


def a_transfer_that_never_arrives(story: Story) -> None:
    story.order("t20", ALICE, BOB, 3_00)
    story.book(ALICE, -3_00, "t20")
    story.statuses["t20"] = PENDING
    story.heal()


def acked(story: Story, transaction_id: str = "t20") -> None:
    story.more["acks"] += (Ack("ALFA", 9, 40, story.now_us, transaction_id, "cc"),)


def test_a_transfer_that_never_arrives_is_the_nodes_fault() -> None:
    story = a_good_day()
    a_transfer_that_never_arrives(story)
    assert blames(story) == {"Q08": Blame.NODE}


def test_unless_the_broker_lost_its_record_by_itself() -> None:
    story = a_good_day()
    a_transfer_that_never_arrives(story)
    acked(story)
    assert blames(story) == {"Q08": Blame.BROKER, "Q19": Blame.BROKER}


def test_the_loss_of_another_record_is_no_excuse() -> None:
    story = a_good_day()
    a_transfer_that_never_arrives(story)
    acked(story, "t1")
    assert blames(story) == {"Q08": Blame.NODE, "Q19": Blame.BROKER}


def test_the_loss_of_a_record_that_nobody_read_excuses_all_that_wait() -> None:
    story = a_good_day()
    a_transfer_that_never_arrives(story)
    acked(story, "")
    assert blames(story)["Q08"] is Blame.BROKER


def test_a_loss_that_was_injected_must_be_survived() -> None:
    story = a_good_day()
    a_transfer_that_never_arrives(story)
    acked(story)
    story.more["losses"] = (InjectedLoss(9, 40, story.now_us, "tail cut"),)
    assert blames(story) == {"Q08": Blame.NODE}


def test_a_broker_that_loses_records_excuses_no_money() -> None:
    story = a_good_day()
    DAYS["Q05"][0](story)
    acked(story)
    assert blames(story) == {"Q05": Blame.NODE, "Q19": Blame.BROKER}


def test_where_the_grader_had_trouble_of_its_own_nobody_waits_at_the_nodes_cost() -> None:
    story = a_good_day()
    a_transfer_that_never_arrives(story)
    DAYS["Q18"][0](story)
    story.statuses["t20"] = PENDING
    story.heal()
    story.more["trouble"] = ("The grader's proxy ended.",)
    assert blames(story) == {"Q08": Blame.GRADER, "Q18": Blame.NODE}


def test_a_topic_that_was_wiped_has_lost_what_was_acked_before_and_nothing_after() -> None:
    story = a_good_day()
    acked(story)
    wiped_us = story.now_us
    story.wait(1)
    story.more["topic"] = ()
    story.more["acks"] += (Ack("BRVO", 9, 0, story.now_us, "t30", "dd"),)
    story.more["losses"] = (InjectedLoss(-1, 0, wiped_us, "topic wiped"),)
    assert [ack.transaction_id for ack in lost(story.evidence())] == ["t30"]


def test_another_record_at_the_same_place_is_a_loss_too() -> None:
    story = a_good_day()
    story.more["topic"] = (replace(story.more["topic"][0], sha256="zz"), *story.more["topic"][1:])
    assert [ack.sha256 for ack in lost(story.evidence())] == ["aa"]


def test_without_a_dump_of_the_topic_nobody_is_blamed() -> None:
    story = a_good_day()
    story.more["topic"] = None
    assert not list(lost(story.evidence()))
    assert TopicRecord(1, 1).sha256 == ""
