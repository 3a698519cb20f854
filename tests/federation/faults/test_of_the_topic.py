"""True records once more, and records that lie: what comes to lie on the topic, and that nobody but its grader wrote
it. On paper.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import NoReturn

import pytest

from federation.failure import Failure
from federation.faults.bad_values import NO_BANK, BadValues
from federation.faults.changed_content import ChangedContent
from federation.faults.dup import Dup
from federation.faults.forged_answers import ForgedAnswers
from federation.faults.planted import Planted
from federation.faults.poison import LARGE_BYTES, Poison, poisons
from federation.faults.reorder import Reorder
from federation.faults.replay import Replay, ends
from federation.faults.site import Lying
from federation.grading.adapter import Adapter
from federation.grading.records import ACCEPTED, REJECTED, REQUESTED, BusRecord, read_record, write_record
from federation.world import Dice
from tests.support.paper_site import PaperSite

FLOATS = Adapter.model_validate({"amounts": {"bus": "float"}})


def says(site: PaperSite, record: BusRecord, adapter: Adapter | None = None) -> Lying:
    value = write_record(record, adapter or Adapter())
    partition = site.topic.partition_of(record.to_bank)
    (lying,) = site.topic.put([Lying(partition, -1, record.to_bank.encode(), value, (("seal", b"x"),))])
    return lying


def asks(site: PaperSite, id_: str, amount: int = 2_50, payee: str = "BOB", adapter: Adapter | None = None) -> Lying:
    return says(site, BusRecord(REQUESTED, id_, "ALFA", "BRVO", "ALICE", payee, amount, "EUR"), adapter)


def a_day() -> PaperSite:
    """ALFA asked BRVO twice, and got an answer of each kind."""
    site = PaperSite()
    asks(site, "t1")
    asks(site, "t2", 3_00, "NOBODY")
    says(site, BusRecord(ACCEPTED, "t1", "BRVO", "ALFA"))
    says(site, BusRecord(REJECTED, "t2", "BRVO", "ALFA"))
    return site


def test_every_record_that_comes_lies_there_three_times_and_no_copy_is_copied() -> None:
    site = a_day()
    dup = Dup(site, 3, every_s=3600)
    dup.inject()
    asks(site, "t3")
    dup.turn()
    dup.turn()
    asks(site, "t4")
    dup.heal()
    said = Counter(record.transaction_id for one in site.topic.lying if (record := read_record(one.value, Adapter())))
    assert said == {"t1": 2, "t2": 2, "t3": 3, "t4": 3}
    assert dup.bite().bit
    assert all(one.headers for one in site.topic.lying)
    dup.heal()
    assert len(site.topic.lying) == 10


def test_where_nothing_came_nothing_was_copied() -> None:
    dup = Dup(a_day(), every_s=3600)
    dup.inject()
    dup.heal()
    assert not dup.bite().bit


def test_the_whole_topic_comes_again_in_its_order() -> None:
    site = a_day()
    before = site.topic.records()
    replay = Replay(site)
    replay.inject()
    assert len(site.topic.lying) == 8
    alfa = site.topic.partition_of("ALFA")
    values = [one.value for one in site.topic.records() if one.partition == alfa]
    assert values == 2 * [one.value for one in before if one.partition == alfa]
    assert replay.bite().bit
    since = Replay(site, ends(before))
    since.inject()
    assert len(since.records) == 4


def test_a_copy_that_is_gone_again_is_no_proof() -> None:
    site = a_day()
    replay = Replay(site)
    replay.inject()
    site.topic.lying.pop()
    assert replay.bite().proof == "3 of 4 records lie there at least twice as often as before"
    assert not replay.bite().bit


def test_who_asks_again_and_again_whether_it_bit_does_not_have_the_topic_read_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = a_day()
    replay = Replay(site)
    replay.inject()
    told = replay.bite()

    def away() -> NoReturn:
        raise Failure("the broker is away")

    monkeypatch.setattr(site.topic, "records", away)
    assert replay.bite() == told


def test_an_empty_topic_can_not_come_again() -> None:
    replay = Replay(PaperSite())
    replay.inject()
    replay.heal()
    assert not replay.bite().bit


def test_records_come_again_in_another_order() -> None:
    site = PaperSite()
    for number in range(10):
        asks(site, f"t{number}")
    fault = Reorder(site, 5, Dice("another"))
    fault.inject()
    values = [one.value for one in site.topic.records()]
    assert sorted(values[10:]) == sorted(values[5:10])
    assert values[10:] != values[5:10]
    assert fault.bite().bit


def test_poison_is_of_every_kind_and_no_message() -> None:
    kinds = dict(poisons("BRVO", Dice("poison")))
    assert len(kinds) == 11
    assert max(len(value) for value in kinds.values()) <= LARGE_BYTES
    readable = {
        about for about, value in kinds.items() if (said := read_record(value, Adapter())) and said.amount_minor
    }
    assert readable == set()


def test_each_bank_is_poisoned_and_nobody_names_an_id_of_a_bank() -> None:
    site = a_day()
    poison = Poison(site, dice=Dice("poison"))
    poison.inject()
    assert Counter(one.key for one in poison.planted) == {b"ALFA": 11, b"BRVO": 11, b"CHRL": 11}
    assert poison.ids == {}
    assert poison.bite().bit


@pytest.mark.parametrize("adapter", [Adapter(), FLOATS])
def test_a_bad_value_is_a_true_request_with_one_thing_wrong_under_an_id_of_its_own(adapter: Adapter) -> None:
    site = PaperSite()
    good = json.loads(asks(site, "t1", adapter=adapter).value)
    bad = BadValues(site, "BRVO", adapter, "bad")
    bad.inject()
    assert len(bad.planted) == len(bad.ids) == len(set(bad.ids.values())) == 11
    for evil in bad.evils:
        said = json.loads(evil.value)
        changed = {name for name in good if said.get(name) != good[name]} - {"transaction_id"}
        assert len(changed) == 1, evil.about
        assert evil.headers == (("seal", b"x"),)
        amount = read_record(evil.value, adapter)
        assert amount is not None
        if changed == {"amount_minor"}:
            assert amount.amount_minor is None or not 1 <= amount.amount_minor <= 10**15
    senders = {json.loads(evil.value)["from_bank"] for evil in bad.evils}
    assert senders == {"ALFA", "BRVO", NO_BANK}


def test_words_that_a_node_does_not_have_are_not_used() -> None:
    adapter = Adapter.model_validate({"bus": {"record": {"currency": "", "from_bank": ""}}})
    site = PaperSite()
    asks(site, "t1", adapter=adapter)
    assert len(BadValues(site, "BRVO", adapter).evils) == 8


def test_a_known_id_comes_again_for_more_for_less_and_for_somebody_else() -> None:
    site = a_day()
    changed = ChangedContent(site, "BRVO")
    changed.inject()
    said = [read_record(evil.value, Adapter()) for evil in changed.evils]
    assert [(one.transaction_id, one.amount_minor, one.to_account) for one in said if one] == [
        *(("t1", 2_50 + 7_77, "BOB"), ("t1", 1, "BOB"), ("t1", 2_50, "NOBODY")),
        *(("t2", 3_00 + 7_77, "NOBODY"), ("t2", 1, "NOBODY"), ("t2", 3_00, "BOB")),
    ]
    assert changed.ids == {}  # banks use these ids


def test_answers_are_turned_round_by_the_bank_itself_and_by_others_behind_the_true_one() -> None:
    site = a_day()
    answered = {one.partition for one in site.topic.lying if one.key == b"ALFA"}
    forged = ForgedAnswers(site, "ALFA", named="unsent")
    forged.inject()
    said = [read_record(evil.value, Adapter()) for evil in forged.evils]
    about_t1 = sorted((one.type, one.from_bank) for one in said if one and one.transaction_id == "t1")
    assert about_t1 == [(REJECTED, bank) for bank in ("ALFA", "BRVO", "CHRL", "ZZZZ")]
    about_t2 = sorted((one.type, one.from_bank) for one in said if one and one.transaction_id == "t2")
    assert about_t2 == [(ACCEPTED, bank) for bank in ("ALFA", "BRVO", "CHRL", "ZZZZ")]
    assert sorted(forged.ids.values()) == ["unsent-ALFA-1", "unsent-ALFA-2"]
    assert {one.partition for one in forged.planted} == answered
    rejections = [json.loads(e.value) for e in forged.evils if b"transfer.rejected" in e.value]
    assert all(one["reason"]["code"] == "AC01" for one in rejections)


@pytest.mark.parametrize("kind", [BadValues, ChangedContent, ForgedAnswers])
def test_a_lie_is_made_of_a_truth(kind: type[Planted]) -> None:
    site = a_day()
    with pytest.raises(Failure, match="nothing on the topic"):
        kind(site, "CHRL")  # type: ignore[arg-type]
    assert len(site.topic.lying) == 4
