"""What is done to a bank, what comes twice, what lies, and what is only asked: on a stage of paper. Each heals what it
broke, proves what it did, and says so where nothing came of it.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from federation.faults import bank_kill_start, bank_kills, bank_pause
from federation.faults.database_lock import DatabaseLock
from federation.faults.fault import Bite
from federation.faults.site import Lying
from federation.grading.calls import FAIL, INFO, PENDING, READ_TRANSFER, TRANSFER
from federation.grading.evidence import BANK_AWAY, FORGED, POISON
from federation.grading.plan import AUDITOR, CROWD, NOBODY, NOWHERE, OF, OVER, STRANGER, Step
from federation.grading.records import ACCEPTED, REJECTED, REQUESTED, BusRecord, Type, write_record
from federation.grading.scenarios import (
    consumed,
    every_record_thrice,
    failpoints,
    false_answers,
    forty_debits,
    full_disk,
    impossible_values,
    killed_again_and_again,
    killed_at_start,
    known_ids,
    locked_database,
    long_pause,
    one_key,
    plain_work,
    storm,
    two_minutes_down,
    unreadable_records,
    whole_topic_again,
    wrong_clock,
    wrong_people,
)
from federation.grading.scenarios.table import scenes
from federation.grading.sheet import SCENARIOS
from tests.support.paper_site import PaperProcess
from tests.support.paper_stage import PaperStage


@pytest.fixture
def stage() -> PaperStage:
    """Each bank has asked another one for something, and got an answer of each kind."""
    stage = PaperStage()
    banks = [bank.id for bank in stage.town.banks]
    for place, bank in enumerate(banks):
        payee = banks[place - 1]
        for number, answer in enumerate((ACCEPTED, REJECTED)):
            lies(stage, BusRecord(REQUESTED, f"{bank}-{number}", bank, payee, "A", f"B{number}", 5_00, "EUR"), payee)
            lies(stage, BusRecord(answer, f"{bank}-{number}", payee, bank), bank)
    return stage


def lies(stage: PaperStage, record: BusRecord, reader: str) -> None:
    value = write_record(record, stage.adapter)
    stage.site.topic.put([Lying(stage.site.topic.partition_of(reader), -1, reader.encode(), value)])


def asked(stage: PaperStage) -> list[Step]:
    return [step for play in stage.played for step in play.steps]


def kinds(stage: PaperStage) -> Counter[str]:
    return Counter(step.kind for step in asked(stage) if step.do == TRANSFER)


def test_every_scenario_of_the_sheet_can_be_played() -> None:
    played = {id_ for scene in scenes().values() for id_ in (scene.id, *scene.also)}
    assert {one.id for one in SCENARIOS} <= played
    assert played - {one.id for one in SCENARIOS} == {"N18", "N30"}


def test_no_id_is_used_twice_within_a_play(stage: PaperStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storm, "ORDERS", 30)
    acts = [scene.act for scene in plain_work.SCENES + one_key.SCENES]
    for act in (*acts, forty_debits.act, wrong_people.act, storm.act, wrong_clock.act, false_answers.act):
        act(stage)
    for play in stage.played:
        ids = Counter(step.id for step in play.steps)
        assert not {id_ for id_, count in ids.items() if count > 1}
        known = {step.id for step in play.steps}
        assert {step.request[OF] for step in play.steps if OF in step.request} <= known
        assert {step.repeats for step in play.steps if step.repeats} <= known


def test_plain_work_asks_for_one_thing_at_a_time(stage: PaperStage) -> None:
    local, across, unknown, no_money = (scene.act for scene in plain_work.SCENES)
    assert local(stage).bit
    assert set(kinds(stage)) == {"local"}
    stage.played.clear()
    assert across(stage).bit
    assert set(kinds(stage)) == {"cross", "dime"}
    stage.played.clear()
    assert unknown(stage).bit
    assert kinds(stage) == {NOWHERE: 10}
    stage.played.clear()
    assert no_money(stage).bit
    assert kinds(stage) == {OVER: 15, "cross": 15}
    assert stage.notes == []


def test_work_that_nobody_took_is_none() -> None:
    stage = PaperStage()
    stage.outcome = FAIL
    assert not any(scene.act(stage).bit for scene in plain_work.SCENES)


def test_five_at_once_are_five_with_one_key_and_content(stage: PaperStage) -> None:
    five, _ = (scene.act for scene in one_key.SCENES)
    assert five(stage).bit
    by_key = Counter((step.key, step.event) for step in asked(stage) if step.key)
    assert Counter(by_key.values()) == {5: 8, 1: 8}
    assert len({str(dict(step.request)) for step in asked(stage) if step.key}) == 8


def test_another_body_is_another_one_under_the_same_key(stage: PaperStage) -> None:
    _, other = (scene.act for scene in one_key.SCENES)
    assert other(stage).bit
    bodies: dict[str, set[str]] = {}
    for step in asked(stage):
        if step.key:
            bodies.setdefault(step.key, set()).add(str(sorted(step.request.items())))
    assert len(bodies) == 8
    assert all(len(said) >= 2 for said in bodies.values())


def test_two_accounts_are_asked_for_forty_debits_each_at_once(stage: PaperStage) -> None:
    assert forty_debits.act(stage).bit
    crowds = [[step for step in play.steps if step.kind == CROWD] for play in stage.played]
    assert [len(crowd) for crowd in crowds] == [40, 40]
    assert all(len({step.request["from_account"] for step in crowd}) == 1 for crowd in crowds)
    assert all(len({step.event for step in crowd}) == 1 for crowd in crowds)
    assert crowds[0][0].bank != crowds[1][0].bank


def test_people_who_may_not_send_money_try_at_every_bank(stage: PaperStage) -> None:
    assert wrong_people.act(stage).bit
    tried = Counter((step.bank, step.client) for step in asked(stage) if step.client in (NOBODY, STRANGER, AUDITOR))
    assert len(tried) == 9
    assert set(tried.values()) == {2}
    stage.outcome = INFO
    assert not wrong_people.act(stage).bit


def test_what_comes_after_is_watched_until_it_has_arrived(stage: PaperStage) -> None:
    assert consumed.consumed(stage) == Bite(True, "what was sent after it has arrived everywhere")
    reads = [step for step in asked(stage) if step.do == READ_TRANSFER]
    assert len(reads) == 3
    assert {step.request["to_bank"] for step in asked(stage) if step.key} == {"ALFA", "BRVO", "CHRL"}


def test_what_does_not_arrive_is_given_up(stage: PaperStage) -> None:
    stage.read_as = PENDING
    bite = consumed.consumed(stage, 5.0)
    assert not bite.bit
    assert bite.proof.startswith("ALFA, BRVO, CHRL did not take what came after it within 5.")
    stage.outcome = FAIL
    assert consumed.consumed(stage).proof == "3 of 3 transfers that were to come after it were not accepted"


def test_the_whole_topic_comes_again_to_banks_that_have_all_been_killed(stage: PaperStage) -> None:
    before = len(stage.site.topic.lying)
    assert whole_topic_again.act(stage).bit
    assert len(stage.site.topic.lying) == 2 * before
    kills = [place for place, deed in enumerate(stage.site.deeds) if deed.endswith("kill")]
    starts = [place for place, deed in enumerate(stage.site.deeds) if deed.endswith("start")]
    assert len(kills) == len(starts) == 3
    assert max(kills) < min(starts)
    assert stage.site.is_whole
    assert [what for what, *_ in stage.notes] == ["copies", *[BANK_AWAY] * 3]


def test_an_empty_topic_proves_nothing() -> None:
    assert not whole_topic_again.act(PaperStage()).bit
    assert not every_record_thrice.act(PaperStage()).bit


def test_records_come_three_times_near_and_once_more_later(stage: PaperStage) -> None:
    once = iter([lambda: lies(stage, BusRecord(REQUESTED, "new", "ALFA", "BRVO", "A", "B", 1_00, "EUR"), "BRVO")])
    stage.site.clock.each_wait = lambda: [come() for come in once]  # type: ignore[assignment, return-value]
    assert every_record_thrice.act(stage).bit
    assert sum(b'"new"' in one.value for one in stage.site.topic.lying) == 6  # three, and those three again
    assert sum(b'"ALFA-0"' in one.value for one in stage.site.topic.lying) == 2  # its request and its answer


def test_kills_go_on_until_they_are_enough(stage: PaperStage, monkeypatch: pytest.MonkeyPatch) -> None:
    at_work: list[bank_kills.BankKills] = []

    def inject(fault: bank_kills.BankKills) -> None:
        at_work.append(fault)

    def kill_on() -> None:
        for fault in at_work:
            if fault.kills < 16:
                fault.turn()

    monkeypatch.setattr(bank_kills.BankKills, "inject", inject)  # here time passes only where somebody waits
    stage.site.clock.each_wait = kill_on
    bite = killed_again_and_again.act(stage)
    assert bite.bit
    assert bite.proof.startswith("16 kills, 15 are enough")
    assert stage.site.is_whole
    stage.site.clock.each_wait = lambda: None  # nobody is killed any more: it ends all the same
    assert killed_again_and_again.act(stage).proof.startswith("0 kills, 15 are enough")


def test_a_bank_is_down_for_two_minutes_and_its_money_waits(stage: PaperStage) -> None:
    def comes() -> None:
        for bank, process in stage.site.banks.items():
            if not process.is_running:
                for number in range(5):
                    lies(stage, BusRecord(REQUESTED, f"w{number}", "ALFA", bank, "A", "B", 1_00, "EUR"), bank)

    stage.site.clock.each_wait = comes
    bite = two_minutes_down.act(stage)
    assert bite.bit
    ((what, bank, begun_us, ended_us, _),) = stage.notes
    assert what == BANK_AWAY
    assert bank in stage.site.banks
    assert ended_us - begun_us >= 120_000_000
    stage.site.clock.each_wait = lambda: None
    assert not two_minutes_down.act(stage).bit


@pytest.mark.parametrize("ready", [True, False])
def test_killed_at_start_means_before_it_was_ready(
    stage: PaperStage, monkeypatch: pytest.MonkeyPatch, *, ready: bool
) -> None:
    monkeypatch.setattr(bank_kill_start, "is_ready", lambda *_: ready)
    assert killed_at_start.act(stage).bit is not ready
    assert stage.site.is_whole


def test_a_full_disk_is_proven_by_what_was_not_done(stage: PaperStage) -> None:
    assert not full_disk.act(stage).bit  # all that was asked was done
    stage.outcome = INFO
    assert full_disk.act(stage).bit
    assert stage.site.is_whole


def test_a_locked_database_is_proven_by_what_was_not_done(stage: PaperStage, tmp_path: Path) -> None:
    for bank, process in stage.site.banks.items():
        process.database = tmp_path / f"{bank}.db"
        process.database.touch()
    assert not locked_database.act(stage).bit
    stage.outcome = INFO
    locked_at = len(stage.site.deeds)
    bite = locked_database.act(stage)
    assert "was given" in bite.proof
    assert stage.site.deeds[locked_at:] == []
    assert stage.notes[-1][3] - stage.notes[-1][2] >= 10_000_000
    assert DatabaseLock(stage.site, "ALFA").inject() is None  # nobody holds it any more


def test_a_clock_goes_ahead_and_behind_and_a_statement_is_read_each_time(stage: PaperStage) -> None:
    offsets: list[int] = []

    class Clocked(PaperProcess):
        def start(self, *, clock_offset_ms: int = 0, failpoints: str = "") -> None:
            offsets.append(clock_offset_ms)
            super().start()

    stage.site.banks |= {bank: Clocked(bank, stage.site.clock) for bank in stage.site.banks}
    assert wrong_clock.act(stage).bit
    assert offsets == [3_600_000, -3_600_000, 0]
    assert stage.site.is_whole


def test_poison_goes_to_every_bank_in_the_midst_of_work(stage: PaperStage) -> None:
    assert unreadable_records.act(stage).bit
    assert Counter((one.kind, one.bank) for one in stage.hostile) == {
        (POISON, bank): 11 for bank in ("ALFA", "BRVO", "CHRL")
    }
    assert all(not one.transaction_id for one in stage.hostile)


def test_impossible_values_stand_under_ids_that_no_bank_used(stage: PaperStage) -> None:
    assert impossible_values.act(stage).bit
    assert Counter((one.kind, one.bank) for one in stage.hostile) == {
        (FORGED, bank): 11 for bank in ("ALFA", "BRVO", "CHRL")
    }
    assert len({one.transaction_id for one in stage.hostile}) == 33


def test_a_known_id_is_taken_up_before_the_true_record_has_come_and_after_it(stage: PaperStage) -> None:
    bite = known_ids.act(stage)
    assert bite.bit
    assert "(before the true ones had come)" in bite.proof
    early = [one for one in stage.copies if b"-500" in one.value]
    assert len(early) == 4
    assert stage.notes[0][0] == FORGED
    assert stage.site.is_whole
    assert not any(one.transaction_id for one in stage.hostile)


def test_a_true_record_that_was_quicker_is_told(stage: PaperStage) -> None:
    stage.site.clock.each_wait = (
        lambda: [  # type: ignore[assignment, return-value]
            lies(stage, BusRecord(REQUESTED, f"t-{step.id}", "ALFA", "BRVO", "A", "B", 1, "EUR"), "BRVO")
            for step in asked(stage)[:4]
        ]
    )
    assert not known_ids.act(stage).bit


def test_answers_contradict_and_come_from_banks_that_were_not_asked(
    stage: PaperStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bank_pause, "is_ready", lambda *_: False)
    assert false_answers.act(stage).bit
    types: Counter[Type | str] = Counter()
    for one in stage.copies:
        types.update(type_ for type_ in (ACCEPTED, REJECTED, REQUESTED) if f"transfer.{type_}".encode() in one.value)
    assert set(types) == {ACCEPTED, REJECTED}  # a forged request is nobody's points
    unsent = {one.transaction_id for one in stage.hostile if one.transaction_id}
    assert len(unsent) == 6
    assert stage.site.is_whole


def test_requests_are_forged_where_banks_say_that_they_sign(stage: PaperStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank_pause, "is_ready", lambda *_: False)
    stage.signed = True
    assert false_answers.act(stage).bit
    forged = [one for one in stage.copies if b"transfer.requested" in one.value]
    assert [one.partition for one in forged] == [
        stage.site.topic.partition_of(bank) for bank in ("BRVO", "CHRL", "ALFA")
    ]
    assert len({one.transaction_id for one in stage.hostile if one.transaction_id}) == 9


def test_a_long_pause_is_long_but_shorter_in_smoke(stage: PaperStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank_pause, "is_ready", lambda *_: False)
    assert long_pause.act(stage).bit
    stage.scale = 0.5
    assert long_pause.act(stage).bit
    first, second = (ended_us - begun_us for _, _, begun_us, ended_us, _ in stage.notes)
    assert (first, second) == (60_000_000, 30_000_000)


def test_each_place_that_has_a_name_is_tried_and_what_was_missed_is_told(stage: PaperStage) -> None:
    class Falling(PaperProcess):
        def start(self, *, clock_offset_ms: int = 0, failpoints: str = "") -> None:
            super().start()
            if failpoints and not failpoints.startswith("migrate.mid"):
                self.is_running = False

    stage.site.banks |= {bank: Falling(bank, stage.site.clock) for bank in stage.site.banks}
    bite = failpoints.act(stage)
    assert bite == Bite(True, "12 of 13 named places were hit; not migrate.mid")
    assert stage.site.is_whole


def test_a_node_without_such_places_is_not_exercised(stage: PaperStage) -> None:
    bite = failpoints.act(stage)
    assert not bite.bit
    assert bite.proof.startswith("0 of 13 named places were hit")


def test_a_storm_is_ten_thousand_orders_at_once(stage: PaperStage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert storm.ORDERS == 10_000
    monkeypatch.setattr(storm, "ORDERS", 200)
    assert storm.act(stage).bit
    assert len(asked(stage)) == 200
    assert {step.event for step in asked(stage)} == {0}
    assert [what for what, *_ in stage.notes] == ["storm"]
