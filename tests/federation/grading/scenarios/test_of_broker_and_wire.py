"""N1 to N16 as far as they are of broker, wire and topic: played on paper. Each heals what it broke, proves what it
did, and says so where nothing came of it."""

from __future__ import annotations

import pytest

from federation.brokers.broker import BrokerState
from federation.grading.calls import FAIL, INFO
from federation.grading.evidence import BROKER_AWAY
from federation.grading.scenarios import (
    acks_lost,
    bad_line,
    broker_frozen,
    broker_killed,
    broker_out_of_reach,
    broker_stops,
    cut_off,
    leader_changes,
    line_flaps,
    one_way,
    overtaken,
    tail_lost,
    topic_wiped,
)
from federation.grading.scenarios.stage import LONG, Scene
from federation.grading.scenarios.table import scenes
from federation.wire.frames import Api
from federation.wire.points import Point
from federation.wire.rules import Closed, Laid
from tests.support.paper_stage import PaperStage

MODULES = (
    acks_lost,
    bad_line,
    broker_frozen,
    broker_killed,
    broker_out_of_reach,
    broker_stops,
    cut_off,
    leader_changes,
    line_flaps,
    one_way,
    overtaken,
    tail_lost,
    topic_wiped,
)
SCENES: dict[str, Scene] = {module.SCENE.id: module.SCENE for module in MODULES}


def lively(banks: int = 3) -> PaperStage:
    """Where rules bite, lines are cut and opened again, and records come to lie on the topic."""
    stage = PaperStage(3, banks)
    wire, asked = stage.site.wire, 0

    def bites(laid: Laid) -> None:
        for _ in range(20):
            laid.bit()
        for traffic in wire.banks.values():
            traffic.cut += isinstance(laid.rule.act, Closed)
            traffic.lines += 5

    def lives() -> None:
        nonlocal asked
        asked += 1
        for bank in stage.site.banks:
            stage.says("requested", f"t-{asked}", "ALFA" if bank != "ALFA" else "BRVO", bank)
            wire.passes(Point.RECORDS_DELIVERED, bank, stage.site.topic.records())
            if stage.site.broker.state is BrokerState.UP:
                wire.banks[bank].answers[Api.PRODUCE] += 1

    wire.on_lay = bites
    stage.site.clock.each_wait = lives
    wire.waits = dict.fromkeys(wire.waits, 5.0)
    return stage


def answered(stage: PaperStage) -> None:
    """Every transfer of this stage has its answer on the topic."""
    asks = stage.site.clock.each_wait

    def lives() -> None:
        asks()
        for play in stage.played:
            for call in play.calls():
                id_, payee = call.transaction_id, str(call.request["to_bank"])
                if id_ not in stage.told and payee != call.bank:
                    stage.told.add(id_)
                    stage.says("requested", id_, call.bank, payee)
                    stage.says("accepted", id_, payee, call.bank)

    stage.site.clock.each_wait = lives


@pytest.mark.parametrize("banks", [2, 3])
@pytest.mark.parametrize("id_", SCENES)
def test_a_fault_that_bites_is_proven_and_everything_is_whole_again(id_: str, banks: int) -> None:
    stage = lively(banks)
    answered(stage)
    bite = SCENES[id_].act(stage)
    assert bite.bit, bite.proof
    assert stage.site.is_whole
    assert stage.notes
    assert all(note[4].bit for note in stage.notes)


@pytest.mark.parametrize("id_", SCENES)
def test_where_nothing_comes_of_it_there_is_no_proof(id_: str) -> None:
    stage = PaperStage(nodes=3)  # nothing passes, nothing lies on the topic, nobody is accepted
    stage.outcome, stage.site.topic.elects = INFO, False
    stage.site.broker.stop = stage.site.broker.kill = stage.site.broker.pause = nothing_happens  # type: ignore[method-assign]
    bite = SCENES[id_].act(stage)
    assert not bite.bit
    assert bite.proof


def nothing_happens(node: int | None = None, **_: object) -> None: ...


def test_what_takes_long_is_in_the_long_lane_and_a_leader_changes_among_three() -> None:
    assert {id_ for id_, scene in SCENES.items() if scene.lane == LONG} == {"N3", "N4", "N10"}
    assert {id_ for id_, scene in SCENES.items() if scene.nodes == 3} == {"N16"}
    assert SCENES.items() <= scenes().items()


@pytest.mark.parametrize(("id_", "seconds"), [("N3", 30), ("N4", 150), ("N10", 30)])
def test_long_faults_keep_their_length_also_in_the_short_profile(id_: str, seconds: int) -> None:
    stage = lively()
    stage.scale = 0.3
    SCENES[id_].act(stage)
    ((what, target, begun_us, ended_us, _),) = stage.notes
    assert (what, target) == (BROKER_AWAY, "broker")
    assert seconds * 1_000_000 - 600_000 <= ended_us - begun_us <= seconds * 1_000_000 + 2_000_000


@pytest.mark.parametrize(("id_", "bit"), [("N1", True), ("N2", True), ("N3", True), ("N8", True), ("N4", False)])
def test_a_bank_that_takes_no_transfers_while_the_broker_is_away_loses_only_n4(id_: str, bit: bool) -> None:
    stage = lively()
    stage.outcome = FAIL
    assert SCENES[id_].act(stage).bit is bit


def test_a_slow_node_has_time_until_it_is_bitten() -> None:
    stage = PaperStage()
    clock = stage.site.clock
    stage.site.wire.on_lay = lambda laid: clock.then.append((clock.now_s + 5.0, laid.bit))
    assert SCENES["N5"].act(stage).bit


def test_what_was_cut_off_a_partition_is_told_exactly() -> None:
    stage = lively()
    for number in range(20):
        for bank in stage.site.banks:
            stage.says("requested", f"earlier-{number}", "XXXX", bank)
    bite = SCENES["N14"].act(stage)
    (loss,) = stage.losses
    left = [record.offset for record in stage.site.topic.records() if record.partition == loss.partition]
    cut = stage.deeds_at(f"topic cut {loss.partition}")
    assert len(cut) == 1
    assert len(stage.site.topic.cut) > 1
    assert (loss.how, loss.from_offset) == ("tail cut", stage.site.topic.cut[0].offset)
    assert f"{len(stage.site.topic.cut)} acknowledged records" in bite.proof
    assert f"from offset {loss.from_offset} on" in bite.proof
    assert left  # the partition lives on
    doors = [deed for deed in stage.site.deeds if "Closed" in deed or "cut" in deed]
    assert doors == ["lay Closed", cut[0], "end Closed"]


def test_a_wiped_topic_has_lost_everything_until_then() -> None:
    stage = lively()
    bite = SCENES["N15"].act(stage)
    (loss,) = stage.losses
    assert (loss.partition, loss.from_offset, loss.how) == (-1, 0, "topic wiped")
    assert "topic-0" in bite.proof
    assert "topic-1" in bite.proof


def test_copies_lie_behind_their_answers_and_the_last_request_comes_first() -> None:
    stage = lively()
    answered(stage)
    SCENES["N13"].act(stage)
    assert stage.copies
    sender = next(note[1] for note in stage.notes if note[0] == "overtaken")
    half = len(stage.copies) // 2
    away, home = stage.copies[:half], stage.copies[half:]
    assert [one.value for one in away] == [one.value for one in reversed(home)]
    assert {one.partition for one in home} == {stage.site.topic.partition_of(sender)}
    assert stage.site.topic.partition_of(sender) not in {one.partition for one in away}
    for copy in away:
        there = [one for one in stage.site.topic.records() if one.partition == copy.partition]
        assert [one.value for one in there if one.offset < copy.offset].count(copy.value) == 1
