"""W1 to W6 on paper: banks die at the moment that is told of, come back ready, and die again, five times at least."""

from __future__ import annotations

from collections import Counter

import pytest

from federation.faults.fault import Bite
from federation.faults.site import Lying
from federation.grading.evidence import BANK_AWAY
from federation.grading.plan import CROSS, LOCAL, OVER
from federation.grading.records import REQUESTED, BusRecord, write_record
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.hits import HITS_MIN, WAVES_MAX
from federation.grading.scenarios.stage import Stage
from federation.grading.scenarios.wire_points import SCENES, AtTheCounter
from federation.wire.frames import Api, Side
from federation.wire.points import Point
from federation.wire.rules import Delay
from tests.support.paper_site import bank_deed
from tests.support.paper_stage import PaperStage

ACTS = {scene.id: scene.act for scene in SCENES}
POINTS = {"W2": Point.PRODUCE_FORWARDED, "W3": Point.PRODUCE_ANSWERED, "W4": Point.RECORDS_DELIVERED}


def request_of(stage: PaperStage, payer: str, payee: str) -> Lying:
    value = write_record(BusRecord(REQUESTED, "t-1", payer, payee), stage.adapter)
    return Lying(stage.site.topic.partition_of(payee), 0, payee.encode(), value)


def passing(stage: PaperStage, point: Point, records: list[Lying] | None = None) -> None:
    """Whenever somebody waits, this passes at every bank that runs."""
    foreign = {bank: [request_of(stage, "XXXX", bank)] for bank in stage.site.banks} if records is None else {}

    def passes() -> None:
        for bank, process in stage.site.banks.items():
            if process.is_running:
                stage.site.wire.passes(point, bank, foreign.get(bank, records or []))

    stage.site.clock.each_wait = passes


def played(id_: str, stage: PaperStage) -> Bite:
    if id_ in POINTS:
        passing(stage, POINTS[id_])
    if id_ == "W5":
        stage.site.wire.banks["BRVO"].requests[Api.OFFSET_COMMIT] += 1
        passing(stage, Point.COMMIT_SEEN)
    bite = ACTS[id_](stage)
    assert stage.site.is_whole
    return bite


@pytest.mark.parametrize("banks", [2, 3])
@pytest.mark.parametrize("id_", ACTS)
def test_each_point_is_hit_five_times_and_the_bank_is_ready_after_each(id_: str, banks: int) -> None:
    stage = PaperStage(banks=banks)
    bite = played(id_, stage)
    assert bite.bit, bite.proof
    deeds = Counter(deed.partition(" ")[2] for deed in stage.site.deeds)
    assert deeds["kill"] == deeds["start"] == deeds["ready"] >= HITS_MIN
    for bank in stage.site.banks:
        own = [deed for deed in stage.site.deeds if deed.startswith(bank)]
        assert own == [bank_deed(bank, deed) for deed in ("kill", "start", "ready")] * (len(own) // 3)
    assert [note[0] for note in stage.notes] == [BANK_AWAY] * deeds["kill"]
    assert len(set(bite.proof.partition(": ")[2].split(", "))) > 1  # at different distances, of different banks


@pytest.mark.parametrize("id_", ["W2", "W3", "W4", "W5"])
def test_where_nothing_passes_nobody_is_killed_and_it_is_no_proof(id_: str) -> None:
    stage = PaperStage()
    stage.site.wire.banks["BRVO"].requests[Api.OFFSET_COMMIT] += id_ == "W5"
    bite = ACTS[id_](stage)
    assert (bite.bit, "killed 0 times" in bite.proof, len(stage.played)) == (False, True, WAVES_MAX)
    assert stage.site.is_whole


def test_a_bank_is_killed_for_a_foreign_request_and_not_for_an_answer_or_its_own() -> None:
    stage = PaperStage()
    own = [request_of(stage, "BRVO", "CHRL"), request_of(stage, "CHRL", "XXXX"), Lying(0, 0, b"ALFA", b"{")]
    passing(stage, Point.RECORDS_DELIVERED, own)
    ACTS["W4"](stage)
    assert {deed.partition(" ")[0] for deed in stage.site.deeds if "kill" in deed} == {"CHRL"}


def test_at_w4_commits_are_answered_late_and_one_bank_is_hit_after_its_client_has_committed() -> None:
    stage = PaperStage()
    bite = played("W4", stage)
    (late,) = stage.site.wire.laid
    assert isinstance(late.rule.act, Delay)
    assert late.rule.frames is not None
    assert (late.rule.frames.side, late.rule.frames.api) == (Side.ANSWER, Api.OFFSET_COMMIT)
    assert bite.proof.count("+6000 ms") == 1
    short = PaperStage()
    short.scale = 0.3
    assert "+6000 ms" not in played("W4", short).proof


def test_a_node_that_commits_nothing_is_killed_later_after_its_records_came() -> None:
    stage = PaperStage()
    passing(stage, Point.RECORDS_DELIVERED)
    bite = ACTS["W5"](stage)
    assert bite.bit
    assert "commits no offsets" in bite.proof
    assert "+200 ms" in bite.proof


def test_the_driver_tells_of_orders_that_are_accepted_and_each_tells_once() -> None:
    stage = PaperStage()
    hunt = AtTheCounter(stage, "told", (0.0,))
    errands = Errands(stage)
    cross, local = errands.cross(0, "ALFA"), errands.local(0, "BRVO")
    hunt.heard(cross)
    assert stage.site.deeds == []  # nobody is after it yet
    hunt.tend()
    hunt.heard(type(cross)(**{**cross.as_json(), "kind": OVER}))
    assert stage.site.deeds == []
    for step in (cross, local, cross, local):
        hunt.heard(step)
    assert stage.site.deeds == ["ALFA kill", "BRVO kill"]
    assert (cross.kind, local.kind) == (CROSS, LOCAL)
    hunt.revive()
    assert stage.site.is_whole


def accepts(stage: Stage) -> Stage:
    return stage


def test_the_paper_stage_is_a_stage() -> None:
    assert accepts(PaperStage())
