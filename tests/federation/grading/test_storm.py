"""What a storm is worth: four results of one play."""

from __future__ import annotations

import pytest

from federation.grading.blame import Blame, Blamed
from federation.grading.calls import COMPLETED, INFO, PENDING
from federation.grading.checkers.finding import LATE, UNSAFE, Finding
from federation.grading.checkers.service import service
from federation.grading.evidence import MEMORY, STORM, Fault, NodeEvent
from federation.grading.score import PASS, Result
from federation.grading.storm import judged
from tests.support.graded_run import ALICE, BOB, SECOND, Story

IDS = ("N29a", "N29b", "N29c", "N29d")


def a_storm(orders: int = 40, took_s: float = 0.02) -> Story:
    story = Story()
    begun_us = story.now_us
    for number in range(orders):
        story.pay(f"s{number}", ALICE, BOB, 1, took_s=took_s)
    story.more["faults"] = (Fault("N29a", STORM, "", begun_us, story.now_us + 1),)
    return story


def results(story: Story, *findings: Finding) -> list[Result]:
    blamed = tuple(Blamed(finding, Blame.NODE) for finding in findings)
    return list(judged(story.evidence(), Result("N29a", blamed, proof="40 orders were asked")))


def verdicts(story: Story, *findings: Finding) -> list[str]:
    found = results(story, *findings)
    assert tuple(one.scenario for one in found) == IDS
    return [one.verdict for one in found]


def test_a_storm_that_was_borne_is_four_times_right() -> None:
    story = a_storm()
    story.ask("s0", COMPLETED)
    assert verdicts(story) == [PASS] * 4
    assert all(one.proof for one in results(story))
    assert results(story)[1].proof == "all of it was seen to be final 32.2 s after it began"


def test_what_is_open_after_a_minute_is_late() -> None:
    story = a_storm()
    story.wait(61)
    story.ask("s3", PENDING)
    assert verdicts(story) == [PASS, LATE, PASS, PASS]
    assert "0 of 40 orders had no answer and 1 transfers were not final" in results(story)[1].sentence
    story = a_storm()
    story.wait(30)
    story.ask("s3", PENDING)
    assert verdicts(story) == [PASS] * 4


def test_who_is_never_answered_has_waited_longest() -> None:
    story = a_storm()
    for number in range(3):
        story.order("", ALICE, BOB, 1, INFO, key=f"lost {number}", ended_us=None)
    fault = story.more["faults"][0]
    story.more["faults"] = (Fault("N29a", STORM, "", fault.begun_us, story.now_us + 1),)
    assert verdicts(story) == [PASS, LATE, LATE, PASS]


@pytest.mark.parametrize(("orders", "verdict"), [(2, PASS), (3, LATE)])
def test_who_is_quickly_told_that_it_is_not_now_has_waited_as_long(orders: int, verdict: str) -> None:
    story = a_storm()
    for number in range(orders):
        story.order("", ALICE, BOB, 1, INFO, key=f"not now {number}", http_status=503)
    fault = story.more["faults"][0]
    story.more["faults"] = (Fault("N29a", STORM, "", fault.begun_us, story.now_us + 1),)
    assert verdicts(story) == [PASS, verdict, verdict, PASS]


@pytest.mark.parametrize(("slow", "verdict"), [(2, PASS), (3, LATE)])
def test_five_of_a_hundred_may_be_slow(slow: int, verdict: str) -> None:
    story = a_storm(40 - slow)
    for number in range(slow):
        story.pay(f"slow{number}", ALICE, BOB, 1, took_s=0.4)
    fault = story.more["faults"][0]
    story.more["faults"] = (Fault("N29a", STORM, "", fault.begun_us, story.now_us),)
    assert verdicts(story) == [PASS, PASS, verdict, PASS]


def test_where_others_use_the_machine_too_everything_may_take_longer() -> None:
    story = a_storm(took_s=0.5)
    story.wait(61)
    story.ask("s3", PENDING)
    assert verdicts(story) == [PASS, LATE, LATE, PASS]
    story.more["slack"] = 2.0
    assert verdicts(story) == [PASS] * 4
    story.wait(60)
    story.ask("s3", PENDING)
    assert verdicts(story) == [PASS, LATE, PASS, PASS]


def test_an_order_of_another_time_is_none_of_the_storm() -> None:
    story = a_storm()
    story.wait(1)
    for number in range(10):
        story.pay(f"slow{number}", ALICE, BOB, 1, took_s=2.0)
    assert verdicts(story) == [PASS] * 4


def test_memory_is_the_fourth_and_nobody_elses_business() -> None:
    story = a_storm()
    story.more["nodes"] = (NodeEvent("ALFA", MEMORY, story.now_us, mib=301),)
    (memory,) = service(story.evidence())
    money = Finding("Q05", "credited twice", "once", "twice", cents=1)
    assert verdicts(story, memory, money) == [UNSAFE, PASS, PASS, UNSAFE]
    assert "used 301 MB" in results(story, memory, money)[3].sentence


def test_without_a_storm_there_is_nothing_to_be_said_against_it() -> None:
    story = a_storm()
    story.more["faults"] = ()
    story.now_us += SECOND
    assert verdicts(story) == [PASS] * 4
