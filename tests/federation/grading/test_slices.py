"""A course's slices of the workload, and what some scenarios draw beside them: all on one federation, one history."""

from __future__ import annotations

from collections import Counter

import pytest

from federation.grading.calls import TRANSFER
from federation.grading.drawing import at_once, crowd, dimes, storm
from federation.grading.plan import CROWD, DIME, OF, OVER, PRINT, REPEAT, SWEEP, Step, marked
from federation.grading.sheet import SCENARIOS
from federation.grading.town import CONTENDED, FINGERPRINT, PLAIN, RICH, make_town
from federation.grading.workload import slice_of
from federation.world import Dice

TOWN = make_town(1)
COURSE = {one.id: slice_of(TOWN, 1, one.id, 60) for one in SCENARIOS}


def paid(steps: list[Step]) -> Counter[str]:
    asked = Counter[str]()
    for step in steps:
        if step.do == TRANSFER and step.kind not in (OVER, REPEAT):
            asked[step.request["from_account"]] += step.request["amount_minor"]
    return asked


def test_a_slice_depends_on_seed_scenario_orders_and_take_and_on_no_other_slice() -> None:
    assert slice_of(TOWN, 1, "N4", 60) == COURSE["N4"]
    others = [slice_of(TOWN, 2, "N4", 60), slice_of(TOWN, 1, "N4", 60, take=2), COURSE["N5"]]
    assert all([s.request for s in other] != [s.request for s in COURSE["N4"]] for other in others)


@pytest.mark.parametrize("orders", [20, 120])
def test_a_whole_course_empties_no_plain_account(orders: int) -> None:
    for banks in (2, 3):
        town = make_town(3, banks)
        asked = paid([step for one in SCENARIOS for step in slice_of(town, 3, one.id, orders)])
        asked.update(paid(list(storm(town, Dice("storm"), 10_000, 50))))
        plain = [account for account in town.accounts() if account.purpose == PLAIN]
        assert all(asked[account.number] <= account.opening_minor for account in plain)


@pytest.mark.parametrize("banks", [2, 3, 8])
def test_no_fingerprint_comes_from_two_scenarios(banks: int) -> None:
    town = make_town(1, banks)
    prints = [s for one in SCENARIOS for s in slice_of(town, 1, one.id, 20) if s.kind == PRINT]
    seen = {(step.request["to_account"], step.request["amount_minor"]) for step in prints}
    assert len(seen) == len(prints) == len(SCENARIOS)
    assert {town.find(number).purpose for number, _ in seen} == {FINGERPRINT}  # type: ignore[union-attr]
    assert all(amount in [4**place for place in range(24)] for _, amount in seen)
    assert all(step.request["to_bank"] != step.bank for step in prints)
    assert not [s for s in slice_of(town, 1, "N4", 20, take=2) if s.kind == PRINT]


def test_a_slice_has_the_promised_shares_and_neither_crowd_nor_dimes() -> None:
    kinds = Counter(step.kind for step in COURSE["N4"])
    assert (kinds["local"], kinds["nowhere"], kinds[OVER], kinds[REPEAT]) == (9, 6, 3, 6)
    assert not kinds[CROWD] + kinds[DIME]
    assert kinds[SWEEP] == 24


def test_marked_steps_share_nothing_with_those_of_another_mark() -> None:
    one, other = marked(COURSE["N4"], "N4.1"), marked(COURSE["N4"], "N4.2")
    for name in ("id", "key"):
        assert not {getattr(s, name) for s in one if getattr(s, name)} & {getattr(s, name) for s in other}
    ids = {step.id for step in one}
    assert {step.request[OF] for step in one if OF in step.request} <= ids
    assert {step.repeats for step in one if step.repeats} <= ids
    assert {step.request[SWEEP] for step in one if SWEEP in step.request} == {"N4.1.w1"}
    keys = {step.id: step.key for step in one}
    assert all(step.key == keys[step.repeats] for step in one if step.repeats)


def test_ids_of_what_is_drawn_beside_a_slice_are_no_ids_of_the_slice() -> None:
    dice = Dice("beside")
    beside = [*crowd(TOWN, dice), *dimes(TOWN, dice), *storm(TOWN, dice, 100, 10)]
    ids = [step.id for step in (*COURSE["N4"], *beside)]
    assert len(set(ids)) == len(ids)


def test_behind_the_dimes_comes_what_is_less_as_a_float_than_in_cents() -> None:
    amounts = [step.request["amount_minor"] for step in dimes(TOWN, Dice("beside"))]
    assert amounts[:3] == [10, 10, 10]
    assert all(int(amount / 100 * 100) < amount for amount in amounts[3:])
    assert len(amounts) == 6


def test_forty_ask_one_account_of_the_bank_at_that_place() -> None:
    steps = crowd(TOWN, Dice("crowd"), 7, place=1)
    assert {step.request["from_account"] for step in steps} == {TOWN.banks[1].account(CONTENDED).number}
    assert {step.event for step in steps} == {7}
    assert len(steps) == 40


def test_one_key_five_times_at_once() -> None:
    first = next(step for step in COURSE["F1"] if step.do == TRANSFER)
    steps = at_once(first, 5)
    assert {(s.key, s.client, s.event, s.request["amount_minor"]) for s in steps} == {
        (first.key, first.client, first.event, first.request["amount_minor"])
    }
    assert len({step.id for step in steps}) == 5
    assert {step.repeats for step in steps[1:]} == {first.id}


def test_every_second_order_of_a_storm_may_touch_the_hot_account() -> None:
    steps = storm(TOWN, Dice("storm"), 1_000, 50)
    hot = TOWN.banks[0].account(RICH).number
    assert 300 < sum(hot in (s.request["from_account"], s.request["to_account"]) for s in steps) < 500
    assert all(s.request["from_account"] != s.request["to_account"] for s in steps)
    assert Counter(step.event for step in steps) == dict.fromkeys(range(20), 50)
    assert len({step.client for step in steps}) == 12
    assert sum(step.request["to_bank"] != step.bank for step in steps) == 900
