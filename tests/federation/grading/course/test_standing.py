"""A federation of paper that stands: what a scenario leaves behind becomes a verdict; what was found stays found."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from federation.brokers.broker import BrokerState
from federation.failure import Failure
from federation.faults.fault import Bite
from federation.grading.adapter import Adapter
from federation.grading.bundle import read_bundle
from federation.grading.calls import INFO, PENDING, Call
from federation.grading.checkers.finding import UNSAFE
from federation.grading.course import standing
from federation.grading.course.on_stage import STRONGER
from federation.grading.course.standing import UNJUDGED, Standing, Terms
from federation.grading.custody.complaint import Complaint
from federation.grading.custody.ward import Unfit
from federation.grading.dialect import Dialect
from federation.grading.evidence import POISON
from federation.grading.history_file import INVOKE, Event, write_events
from federation.grading.plan import Plan
from federation.grading.scenarios.stage import Scene, Stage
from federation.grading.scenarios.table import scenes
from federation.grading.score import NOT_EXERCISED, PASS
from tests.support.graded_run import ALICE, BOB, TOWN, Story, a_good_day
from tests.support.paper_site import PaperSite

TERMS = Terms(seed=7, patience_s=30.0, late_s=5.0, repro="bankfed grade mine --scenario {scenario} --seed {seed}")
BIT = Bite(True, "the broker was away")


class PaperFederation(PaperSite):
    """What happened is told by a story; what was mended, by the clock's deeds."""

    def __init__(self) -> None:
        super().__init__()
        self.town, self.adapter, self.story = TOWN, Adapter(), a_good_day()
        self.dead: list[Complaint] = []
        self.wards = {"ALFA": None}
        self.in_custody: dict[str, Any] = {"ALFA": self}
        self.is_closed = False
        self.wire.heal = lambda: None  # type: ignore[attr-defined]

    bank, url, is_running, died = "ALFA", "http://127.0.0.1:9", True, False
    signed = False

    @property
    def complaints(self) -> list[Complaint]:
        return self.dead

    def resume(self) -> None: ...

    def until_ready(self) -> None: ...

    def cap_files(self, _most: int | None) -> bool:
        return True

    def nodes(self) -> tuple[Any, ...]:
        return ()

    books = topic_records = lambda self: None
    acks = deliveries = trouble = nodes

    def keep_logs(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "ALFA.log").write_text("what it printed", encoding="utf-8")

    def close(self) -> None:
        self.is_closed = True


class PaperTellers:
    """Reads at the end what the story says."""

    federation: PaperFederation

    def __init__(self, town: Any, urls: Any, words: Any, file: Path, *_: Any) -> None:
        self.file, self.waited, self.orders, self.read_everything = file, list[float](), list[int](), list[bool]()
        self.write()

    def __enter__(self) -> PaperTellers:
        return self

    def __exit__(self, *_: Any) -> None: ...

    def write(self) -> None:
        events = [
            Event(c.number, INVOKE, 0, c.begun_us, c.client, c.bank, c.do, c.key, c.request) for c in self.calls()
        ]
        write_events(self.file, events)

    def play(self, scenario: str, orders: int, *_: Any, **__: Any) -> None:
        self.orders.append(orders)

    def wait_final(self, patience_s: float, _late_s: float, everything: bool = False) -> bool:
        self.waited.append(patience_s)
        self.read_everything.append(everything)
        return False

    def calls(self) -> list[Call]:
        return list(self.federation.story.evidence().history.calls)

    def plan(self) -> Plan:
        return Plan(7, TOWN, ())


@pytest.fixture
def land(monkeypatch: pytest.MonkeyPatch) -> PaperFederation:
    PaperTellers.federation = PaperFederation()
    monkeypatch.setattr(standing, "Tellers", PaperTellers)
    monkeypatch.setattr(standing, "slack", lambda: 1.0)
    monkeypatch.setattr(standing, "now_us", lambda: PaperTellers.federation.story.now_us)
    return PaperTellers.federation


@pytest.fixture
def stands(land: PaperFederation, tmp_path: Path) -> Standing:
    return Standing(land, tmp_path / "evidence", TERMS, Dialect())  # type: ignore[arg-type]


def scene(id_: str, act: Callable[[Stage], Bite] = lambda _: BIT) -> Scene:
    return Scene(id_, act)


def credited_twice(story: Story) -> None:
    story.pay("twice", ALICE, BOB, 2_50)
    story.book(BOB, 2_50, "twice")


def test_where_nothing_is_found_the_proof_is_what_is_told(stands: Standing) -> None:
    run = stands.round(scene("N1"))
    assert (run.result.verdict, run.result.sentence) == (PASS, "the broker was away")
    assert not stands.is_spent
    assert run.repro == "bankfed grade mine --scenario N1 --seed 7"


def test_what_was_found_belongs_to_the_scenario_that_did_it_and_to_no_later_one(
    stands: Standing, land: PaperFederation
) -> None:
    assert stands.round(scene("N1")).result.findings == ()
    credited_twice(land.story)
    found = stands.round(scene("N2"))
    assert found.result.verdict == UNSAFE
    assert "Q05" in {one.finding.checker for one in found.result.findings}
    assert found.evidence is not None
    assert stands.is_spent
    assert stands.round(scene("N3")).result.findings == ()


def test_a_fault_that_did_not_bite_is_said_to_be_the_graders_business(stands: Standing) -> None:
    run = stands.round(scene("N1", lambda _: Bite(False, "nobody noticed")))
    assert (run.result.verdict, run.result.sentence) == (NOT_EXERCISED, "nobody noticed")


def test_trouble_of_the_graders_own_is_no_fault_of_the_node(stands: Standing) -> None:
    def act(_: Stage) -> Bite:
        raise Failure("the broker took too long", why="15 s have passed")

    run = stands.round(scene("N1", act))
    assert run.result.verdict == NOT_EXERCISED
    assert run.result.sentence == "The grader came to grief: the broker took too long: 15 s have passed"
    assert stands.is_spent


def test_a_bank_that_does_not_come_back_is_told_in_custodys_words(stands: Standing) -> None:
    def act(_: Stage) -> Bite:
        raise Unfit(Complaint("never_ready", "nobody listened"))

    run = stands.round(scene("W4", act))
    assert (run.result.verdict, run.result.sentence) == (UNSAFE, "Nobody listened.")
    assert stands.is_spent


def test_what_a_scenario_comes_upon_while_it_clears_away_hides_no_bank_that_did_not_come_back(stands: Standing) -> None:
    def act(_: Stage) -> Bite:
        try:
            raise Unfit(Complaint("never_ready", "nobody listened"))
        finally:
            raise AssertionError("BRVO runs already")

    assert stands.round(scene("W3", act)).result.sentence == "Nobody listened."


def test_a_mistake_in_a_scenario_ends_no_course(stands: Standing) -> None:
    run = stands.round(scene("W3", lambda _: 1 / 0))  # type: ignore[arg-type, return-value]
    assert run.result.verdict == NOT_EXERCISED
    assert "ZeroDivisionError" in run.result.sentence


def test_of_a_bank_that_died_nothing_else_is_told_and_nobody_waits_for_it(
    stands: Standing, land: PaperFederation
) -> None:
    credited_twice(land.story)
    land.dead = [Complaint("ended", "ALFA ended by itself with code 3", "its log says why")]
    run = stands.round(scene("N25"))
    assert [one.finding.checker for one in run.result.findings] == ["custody"]
    assert run.result.sentence == "ALFA ended by itself with code 3. What to do: its log says why."
    assert stands.tellers.waited == [0.0]  # type: ignore[attr-defined]


def test_what_a_scenario_broke_and_wrote_stands_in_the_evidence(stands: Standing) -> None:
    def act(stage: Stage) -> Bite:
        stage.note("frozen", "ALFA", 5, 9, BIT)
        stage.put(stage.site.topic.records()[:0] or [], POISON)
        return BIT

    run = stands.round(scene("N3", act))
    (fault,) = run.faults
    assert (fault.nemesis, fault.what, fault.target, fault.bit) == ("N3", "frozen", "ALFA", True)


def test_when_it_is_played_again_more_is_asked_and_otherwise(stands: Standing) -> None:
    drawn: list[int] = []

    def act(stage: Stage) -> Bite:
        stage.play(10)
        drawn.append(stage.dice.below(1_000_000))
        return BIT

    stands.round(scene("N1", act))
    stands.round(scene("N1", act), again=True)
    assert stands.tellers.orders == [10, 10 * STRONGER]  # type: ignore[attr-defined]
    assert drawn[0] != drawn[1]


def test_a_broker_that_was_left_frozen_goes_on(stands: Standing, land: PaperFederation) -> None:
    def act(stage: Stage) -> Bite:
        stage.site.broker.pause()
        return BIT

    assert stands.round(scene("N3", act)).result.verdict == PASS
    assert land.broker.state is BrokerState.UP


def test_what_was_asked_after_the_last_judgement_lies_beside_the_evidence(
    stands: Standing, land: PaperFederation
) -> None:
    def act(_: Stage) -> Bite:
        with (stands.folder / "history.jsonl").open("a", encoding="utf-8") as more:
            more.write("half a scenario\n")
        raise Failure("the broker took too long")

    stands.round(scene("N1"))
    stands.round(scene("N14", act))
    stands.close()
    assert (stands.folder / UNJUDGED).read_text(encoding="utf-8") == "half a scenario\n"
    _, evidence = read_bundle(stands.folder)
    assert len(evidence.history.calls) == len(land.story.evidence().history.calls)


def test_leaving_it_writes_a_bundle_and_what_the_banks_printed(stands: Standing, land: PaperFederation) -> None:
    run = stands.round(scene("N1"))
    stands.close()
    assert land.is_closed
    assert run.logs["ALFA"].read_text(encoding="utf-8") == "what it printed"
    _, evidence = read_bundle(stands.folder)
    assert len(evidence.history.calls) == len(land.story.evidence().history.calls)
    assert json.loads((stands.folder / "seen.json").read_text(encoding="utf-8"))["patience_us"] == 30_000_000


def test_what_the_graders_own_trouble_excuses_is_excused_once_and_not_in_the_next_try(
    stands: Standing, land: PaperFederation
) -> None:
    land.trouble = lambda: ("a line broke",)  # type: ignore[assignment, return-value]
    land.story.order("stuck", ALICE, BOB, 2_50)
    land.story.book(ALICE, -2_50, "stuck")
    land.story.heal()
    healed_us = land.story.now_us
    land.story.wait(31)
    land.story.ask("stuck", PENDING)
    land.story.now_us = healed_us
    assert stands.round(scene("N4")).result.verdict == NOT_EXERCISED
    assert stands.is_spent


def test_who_came_while_it_was_played_made_it_slow_too(
    stands: Standing, land: PaperFederation, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads = [1.0, 3.0]
    monkeypatch.setattr(standing, "slack", lambda: loads.pop(0) if len(loads) > 1 else loads[0])
    credited_twice(land.story)
    run = stands.round(scene("N10"))
    assert run.evidence is not None
    assert run.evidence.slack == 3.0


def test_where_old_records_come_again_what_was_final_before_is_read_again(stands: Standing) -> None:
    stands.round(scene("N12"))
    stands.round(replace(scene("N11"), rereads=True))
    assert stands.tellers.read_everything == [False, True]  # type: ignore[attr-defined]
    assert {one.id for one in scenes().values() if one.rereads} == {"N11", "N28"}


@pytest.mark.parametrize(("refused", "taken", "verdict"), [(3, 0, NOT_EXERCISED), (3, 1, PASS), (0, 0, PASS)])
def test_who_says_not_now_to_everybody_has_shown_nothing(
    stands: Standing, land: PaperFederation, refused: int, taken: int, verdict: str
) -> None:
    def act(_: Stage) -> Bite:
        for number in range(refused):
            land.story.order("", ALICE, BOB, 1, INFO, key=f"not now {number}", http_status=503)
        for number in range(taken):
            land.story.pay(f"taken-{number}", ALICE, BOB, 1)
        return BIT

    assert stands.round(scene("N19", act)).result.verdict == verdict
