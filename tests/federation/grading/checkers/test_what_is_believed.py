"""Where nobody can know, the node is believed: unknown outcomes, banks that could not be asked, other faults beside."""

from __future__ import annotations

from dataclasses import replace

import pytest

from federation.grading.calls import (
    COMPLETED,
    DEPOSIT,
    FINAL_READER,
    INFO,
    MISSING,
    PENDING,
    READ_ACCOUNT,
    WITHDRAW,
    Line,
)
from federation.grading.checkers import check, federation_total
from federation.grading.evidence import (
    BANK_AWAY,
    BROKER_AWAY,
    POISON,
    STORM,
    Fault,
)
from tests.federation.grading.checkers.broken_days import DAYS
from tests.support.graded_run import (
    ALICE,
    ANNA,
    BOB,
    SECOND,
    TOWN,
    Story,
    a_good_day,
)


def test_an_order_of_unknown_outcome_explains_one_debit_and_not_two() -> None:
    story = a_good_day()
    story.order("", ALICE, BOB, 3_00, INFO, key="k20")
    story.move("t20", ALICE, BOB, 3_00)
    assert check(story.evidence()) == []
    story.move("t21", ALICE, BOB, 3_00)
    assert story.the_one("Q13").transfers == ("t21",)


def test_a_deposit_needs_no_payer_whether_it_was_answered_or_not() -> None:
    story = a_good_day()
    story.call(
        "teller01", "BRVO", DEPOSIT, {"account": BOB, "amount_minor": 7_00}, "k20", outcome=INFO, http_status=None
    )
    story.book(BOB, 7_00, "d20")
    assert check(story.evidence()) == []
    story.book(BOB, 7_00, "d21")
    assert {finding.checker for finding in check(story.evidence())} == {"Q01", "Q14"}


def test_where_the_payers_bank_can_not_be_asked_a_credit_is_believed() -> None:
    story = a_good_day()
    evidence = story.evidence()
    alfa_is_away = [c for c in evidence.history.calls if not (c.client == FINAL_READER and c.bank == "ALFA")]
    findings = check(replace(evidence, history=type(evidence.history)(alfa_is_away)))
    assert findings == []


def test_in_the_middle_of_a_run_the_total_lies_between_what_may_have_left_and_what_may_have_come() -> None:
    story = Story()
    story.order("t1", ALICE, BOB, 5_00)
    story.order("", ALICE, BOB, 2_00, INFO, key="k2")
    story.heal()
    story.healed_us = story.now_us + 1_000 * SECOND
    evidence = story.evidence()
    issued = TOWN.issued_minor
    assert federation_total.believable(evidence, story.now_us, story.now_us + SECOND) == (issued - 7_00, issued + 2_00)


def test_at_rest_the_statements_tell_what_became_of_an_order_that_was_never_answered() -> None:
    story = Story()
    story.order("", ALICE, BOB, 2_00, INFO, key="k1")
    story.order("", ALICE, BOB, 3_00, INFO, key="k2")
    story.book(ALICE, -3_00, "t3")  # it left, and has come to nobody yet
    evidence = story.evidence()
    at_us, issued = evidence.deadline_us + SECOND, TOWN.issued_minor
    assert federation_total.believable(evidence, at_us, at_us + SECOND) == (issued - 3_00, issued)


def test_a_sweep_that_lacks_an_account_adds_up_nothing() -> None:
    story = a_good_day()
    story.read_balance(ALICE, said=0, sweep="w1")
    assert check(story.evidence()) == []


def test_a_completed_transfer_that_is_missing_later_is_lost_and_no_change_of_state() -> None:
    story = a_good_day()
    story.pay("t20", ALICE, BOB, 3_00)
    story.ask("t20", COMPLETED)
    story.statuses["t20"] = MISSING
    assert story.broken() == ["Q07"]


def test_a_bank_that_was_down_itself_need_not_answer_while_the_broker_was_away() -> None:
    story = a_good_day()
    DAYS["Q16"][0](story)
    (away,) = story.more["faults"]
    story.more["faults"] = (away, Fault("N19", BANK_AWAY, "ALFA", away.begun_us, away.ended_us))
    assert story.found("Q16") == []


@pytest.mark.parametrize("bank", ["ALFA", "BRVO"])
def test_poison_in_the_middle_of_another_fault_proves_nothing(bank: str) -> None:
    story = a_good_day()
    begun_us = story.now_us
    DAYS["Q15"][0](story)
    story.more["faults"] += (Fault("N7", STORM, bank, begun_us, story.now_us),)
    assert story.found("Q15") == []
    assert story.more["hostile"][0].kind == POISON


def test_a_transfer_that_somebody_knew_to_be_final_before_the_sweep_widens_nothing() -> None:
    story = Story()
    story.order("t1", ALICE, BOB, 5_00)
    before_us = story.now_us
    story.wait(1)
    story.ask("t1", COMPLETED)
    after_us, issued = story.now_us, TOWN.issued_minor
    story.healed_us = story.now_us + 1_000 * SECOND
    evidence = story.evidence()
    assert federation_total.believable(evidence, before_us, after_us) == (issued - 5_00, issued)
    assert federation_total.believable(evidence, after_us, after_us + 1) == (issued, issued)


def test_an_order_that_was_answered_only_at_the_second_try_may_have_been_done_at_the_first() -> None:
    story = Story()
    story.order("", ALICE, BOB, 5_00, INFO, key="k1")
    story.wait(1)
    sweep_us = story.now_us
    story.wait(1)
    story.order("t1", ALICE, BOB, 5_00, key="k1")
    story.healed_us = story.now_us + 1_000 * SECOND
    low, high = federation_total.believable(story.evidence(), sweep_us, sweep_us + SECOND)
    assert (TOWN.issued_minor - low, high - TOWN.issued_minor) == (5_00, 5_00)


def test_what_was_accepted_after_healing_has_its_time_from_then() -> None:
    story = a_good_day()
    story.heal()
    story.wait(25)
    story.pay("t20", ALICE, BOB, 3_00)
    story.wait(20)
    story.ask("t20", PENDING)
    assert check(story.evidence()) == []


@pytest.mark.parametrize("checker", ["Q15", "Q16"])
def test_where_others_use_the_machine_too_everything_may_take_longer(checker: str) -> None:
    story = a_good_day()
    DAYS[checker][0](story)
    story.more["slack"] = 1.2
    assert story.broken() == [checker]
    story.more["slack"] = 2.0
    assert story.broken() == []


@pytest.mark.parametrize(("slow", "broken"), [(1, []), (2, ["Q16"])])
def test_one_slow_answer_of_twenty_is_borne_and_two_are_not(slow: int, broken: list[str]) -> None:
    story = Story()
    begun_us = story.now_us
    for number in range(20):
        story.now_us = begun_us
        answer = {"balance_minor": 5}
        story.call("reader", "ALFA", READ_ACCOUNT, {"account": ANNA}, answer=answer, took_s=2 if number < slow else 0.1)
    story.more["faults"] = (Fault("N1", BROKER_AWAY, "broker", begun_us, begun_us + 5 * SECOND),)
    assert story.broken() == broken


def test_cash_that_has_an_id_of_its_own_beside_that_of_its_line_is_explained() -> None:
    story = a_good_day()
    for do, sign in ((DEPOSIT, 1), (WITHDRAW, -1)):
        request = {"account": BOB, "amount_minor": 7_00}
        story.call("teller01", "BRVO", do, request, f"k-{do}", answer={"transaction_id": f"line-{do}"})
        story.lines[BOB].append(Line(sign * 7_00, f"slip-{do}", id=f"line-{do}"))
    assert check(story.evidence()) == []
