"""`report.html`: a chapter for each way to fail, whatever a stranger wrote is text, and nothing in it loads or runs."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from federation.grading.blame import Blame, Blamed
from federation.grading.checkers.finding import DIAGNOSIS, Finding
from federation.grading.course.outcome import Outcome
from federation.grading.reports.lessons import lesson
from federation.grading.reports.page import report
from federation.grading.reports.progress import Last
from federation.grading.score import Gate, Result
from federation.grading.sheet import SCENARIOS
from tests.federation.grading.checkers.broken_days import DAYS
from tests.support.graded_run import Story, a_good_day
from tests.support.outcomes import (
    CREDITED_TWICE,
    an_outcome,
    at_the_gate,
    broker_killed,
    credited_twice,
    outcome_of,
    passed,
    run_of,
    with_logs,
)

EVIL = "</title><script>alert(1)</script><img src=x onerror=alert(2)>\x1b[31m\u202e\ud800'\"{{ 7*7 }}]]>"
_TAGS = """html head meta title style body a header main section article footer p h1 h2 h3 b small br span div ol ul li
dl dt dd table thead tbody tr th td details summary code pre time svg text line rect circle polygon"""
TAGS = set(_TAGS.split())


class Page(HTMLParser):
    """What a browser would make of it: elements, addresses, text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.said: list[str] = []
        self._style = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._style = tag == "style"
        for name, value in attributes:
            self.attributes.add(name)
            self.addresses += [value or ""] if name in ("href", "src", "xlink:href", "srcset", "action") else []
            self.ids += [value or ""] if name == "id" else []

    def handle_endtag(self, tag: str) -> None:
        self._style = False

    def handle_data(self, data: str) -> None:
        if not self._style:
            self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())


def page_of(outcome: Outcome, **more: Any) -> Page:
    html = report(outcome, **more)
    html.encode("utf-8")
    assert html.isascii() or "\x1b" not in html
    page = Page(html)
    assert page.tags <= TAGS, page.tags - TAGS
    assert not [name for name in page.attributes if name.startswith("on")]
    assert [one for one in page.addresses if not one.startswith("#")] == []
    assert {one[1:] for one in page.addresses} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    return page


def broken(checker: str) -> Story:
    story = a_good_day()
    DAYS[checker][0](story)
    return story


@pytest.mark.parametrize("checker", DAYS)
def test_each_way_to_fail_has_its_chapter(checker: str) -> None:
    run = run_of("N2", broken(checker))
    page = page_of(outcome_of((run,)))
    told = [one.finding for one in run.result.against_the_node]
    if checker == "Q19" or all(one.weight == DIAGNOSIS for one in told):
        assert "#N2" not in page.addresses  # nobody's fault, or no points: no chapter
        return
    first = next(one for one in told if one.sentence in page.text)
    assert first.expected in page.text
    assert first.seen in page.text
    assert f"Broken rule: {first.checker}" in page.text
    assert "What this scenario teaches: the outbox" in page.text
    assert "bankfed grade my-bank --scenario N2 --seed 812" in page.text


def test_the_example_of_the_design_reads_as_it_should() -> None:
    text = page_of(an_outcome({CREDITED_TWICE: credited_twice()})).text
    assert text.startswith("59 of 100: My bank")
    assert "Money is not explained, so the score is at most 59: Transfer t17 of 2.50 from ALFA/1 to BRVO/1 was" in text
    assert "42 of 43 scenarios held; 1 unsafe. Without the cap it would be 98." in text
    assert "credited twice at BRVO/1. BRVO was killed 4 ms after it was handed the record." in text
    assert "Expected credited once Seen credited twice" in text
    for words in (
        "teller03 orders 2.50 from ALFA/1 to BRVO/1 (key k-s017)",
        "ALFA has a record of it on the topic (partition 5, offset 1)",
        "broker hands BRVO a record of it",
        "BRVO is killed (SIGKILL); W4, BRVO is away for 3.5 s",
        "BRVO shows +2.50 in the statement of BRVO/1, a second time",
        'partition 5, offset 1 {"type": "transfer.requested"',
        "BRVO/1 +2.50 t17",
        "whatever it fetched is not part of what was handed in",
        "Apache Kafka 4.1.0",
    ):
        assert words in text, words


def test_a_perfect_run_has_no_chapters_and_says_so() -> None:
    page = page_of(an_outcome())
    assert "100 of 100: My bank" in page.text
    assert "All 43 scenarios held: nothing was lost, nothing came twice, no cent is missing." in page.text
    assert "svg" not in page.tags


def test_who_does_not_come_through_the_gate_is_told_what_was_tried() -> None:
    text = page_of(at_the_gate()).text
    assert "Nothing was graded, because the first contact failed." in text
    assert "no ALFA lets its teller in Your answer to a sign-in has no access_token." in text


def test_what_was_not_tried_is_named_with_its_reason() -> None:
    text = page_of(an_outcome(lacks=("database",))).text
    assert "Not tried: 1 scenario, whose points went to the others" in text
    assert "The node offers no database: N23 The database is locked for 10 s" in text


def test_several_runs_of_a_scenario_are_counted() -> None:
    runs = (run_of("W4", credited_twice()), passed("W4"), passed("W4"))
    text = page_of(outcome_of(runs)).text
    assert "fails 1 of 3 runs" in text
    assert "not the same in each run: the worst counts" in text


def test_progress_is_told_and_marked() -> None:
    last = Last(98.0, "course", "yesterday", {"W4": "pass", "N1": "unsafe", "A1": "pass"}, {"W4": 1, "N1": 0, "A1": 1})
    text = page_of(an_outcome({"W4": credited_twice()}), last=last).text
    assert "Newly broken: W4" in text
    assert "Newly fixed: N1" in text
    assert "Killed with a foreign record in hand newly broken" in text


def test_a_stranger_s_text_is_text_wherever_it_appears(tmp_path: Path) -> None:
    story = credited_twice(EVIL)
    story.order(EVIL, EVIL[:40], EVIL, 1_00, status=EVIL, key=EVIL, client="teller01")
    story.more["topic"] = tuple(replace(one, text=EVIL * 200) for one in story.more["topic"])
    story.more["faults"] = tuple(replace(one, proof=EVIL) for one in story.more["faults"])
    run = with_logs(run_of("W4", story), tmp_path, f"{EVIL}\n" * 500)
    evil = Blamed(Finding("Q05", EVIL, EVIL, EVIL, (EVIL,), cents=1), Blame.NODE)
    run = replace(run, repro=EVIL, result=Result("W4", (evil, *run.result.findings), proof=EVIL))
    for gate in (Gate(), Gate(False, (EVIL,))):
        outcome = outcome_of(
            (run,),
            gate=gate,
            submission=EVIL,
            given=EVIL,
            language=EVIL,
            complaints=(EVIL,),
            notes=(EVIL,),
            trouble=(EVIL,),
            versions={EVIL: EVIL},
            plan_digest=EVIL,
        )
        page = page_of(outcome, last=Last(1, EVIL, EVIL, {}, {}))
        assert "<script>alert(1)</script>" in page.text  # as text
        assert "49" not in page.text.replace("490", "")


def test_what_a_stranger_writes_at_length_is_cut(tmp_path: Path) -> None:
    story = credited_twice()
    story.more["topic"] = tuple(replace(one, text="x" * 10**6) for one in story.more["topic"])
    run = with_logs(run_of("W4", story), tmp_path, "t17 " + "y" * 10**6 + "\n" + "z\n" * 10**5)
    run = replace(run, result=replace(run.result, proof="p" * 10**6))
    outcome = outcome_of((run,), submission="n" * 10**5, complaints=("c" * 10**6,))
    assert len(report(outcome)) < 120_000


def test_an_empty_history_makes_a_report_too() -> None:
    story = Story()
    broker_killed(story)
    found = Blamed(Finding("custody", "BRVO did not start.", "a node that starts", "it did not"), Blame.NODE)
    run = replace(run_of("N2", story), result=Result("N2", (found,)))
    assert "BRVO did not start." in page_of(outcome_of((run,))).text
    assert (
        "BRVO did not start." in page_of(outcome_of((replace(run, evidence=None, logs={"ALFA": Path("gone")}),))).text
    )


def test_each_scenario_s_lesson_has_words() -> None:
    assert [one.id for one in SCENARIOS if len(lesson(one.lesson)) < 60] == []
