"""The last word: all definite operations once more through the small model; the first disagreement is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from federation.grading.calls import COMPLETED, FAIL, INFO, PENDING, REJECTED, Line
from federation.grading.replay import replay
from federation.grading.town import CLOSED
from tests.federation.grading.checkers.broken_days import DAYS
from tests.support.graded_run import ALICE, ANNA, BOB, CROWDED, NOBODY, SHUT, TOWN, Story, a_good_day


def said_of(story: Story) -> str:
    found = replay(story.evidence())
    return found.sentence if found else ""


def test_a_good_day_is_what_the_model_does_too() -> None:
    assert replay(a_good_day().evidence()) is None


@pytest.mark.parametrize("checker", ["Q07", "Q08", "Q10", "Q15", "Q16", "Q18", "Q19"])
def test_what_is_not_about_the_books_is_no_disagreement(checker: str) -> None:
    story = a_good_day()
    DAYS[checker][0](story)
    assert replay(story.evidence()) is None


@pytest.mark.parametrize(
    ("checker", "words"),
    [
        ("Q04", "At the end ALFA/1 holds"),
        ("Q05", "transfer t20 of 3.00 from ALFA/1 to BRVO/1 left twice."),
        ("Q06", "Transfer t20 of 3.00 from ALFA/1 to BRVO/1 is called rejected, and was completed."),
    ],
)
def test_what_breaks_the_books_is_one(checker: str, words: str) -> None:
    story = a_good_day()
    DAYS[checker][0](story)
    assert words in said_of(story)


def test_only_the_first_disagreement_is_told_with_how_many_steps_agreed_before() -> None:
    story = Story()
    story.pay("t1", ALICE, BOB, 1_00)
    story.move("t1", ALICE, BOB, 1_00)
    story.pay("t2", ALICE, BOB, 2_00)
    story.move("t2", ALICE, BOB, 2_00)
    found = replay(story.evidence())
    assert found is not None
    assert (found.transaction_id, found.after) == ("t1", 1)
    assert found.sentence.startswith("Step 2, line 2 of ALFA/1: transfer t1 of 1.00 from ALFA/1 to BRVO/1 left twice")


def test_a_credit_before_its_debit_has_no_order() -> None:
    story = Story()
    story.order("t1", ALICE, BOB, 1_00)
    story.order("t2", BOB, ALICE, 2_00)
    # ALICE pays t1 only after t2 has come, and BOB pays t2 only after t1 has come
    story.book(ALICE, 2_00, "t2")
    story.book(ALICE, -1_00, "t1")
    story.book(BOB, 1_00, "t1")
    story.book(BOB, -2_00, "t2")
    story.statuses |= {"t1": COMPLETED, "t2": COMPLETED}
    assert said_of(story) == "No order of the statements' lines fits them all: they go round in a circle."


def test_an_account_that_paid_more_than_it_had_is_told_even_if_no_balance_was_read() -> None:
    story = Story()
    story.pay("t1", CROWDED, BOB, 400_00)
    story.pay("t2", CROWDED, BOB, 400_00)
    assert said_of(story) == "Step 3, line 2 of ALFA/7: ALFA/7 paid 400.00 with 100.00 in it."


def test_what_came_in_may_be_paid_out_again_whatever_was_ordered_first() -> None:
    story = Story()
    story.order("t2", CROWDED, ANNA, 700_00)  # accepted a moment before anybody heard of t1
    story.order("t1", BOB, CROWDED, 300_00)
    story.move("t1", BOB, CROWDED, 300_00)
    story.move("t2", CROWDED, ANNA, 700_00)
    assert said_of(story) == ""


def test_an_account_that_is_closed_must_refuse_and_an_open_one_must_not() -> None:
    story = Story()
    story.pay("t1", ALICE, SHUT, 1_00)
    assert said_of(story).endswith(
        "transfer t1 of 1.00 from ALFA/1 to BRVO/8 was credited to an account that takes nothing."
    )
    story = Story()
    story.bounce("t1", ALICE, BOB, 1_00)
    assert said_of(story).endswith("was sent back, though the account is open and takes it.")


def test_an_open_account_refuses_nothing_even_where_no_line_shows_it() -> None:
    story = Story()
    story.order("t1", ALICE, BOB, 1_00)
    story.statuses["t1"] = REJECTED
    assert said_of(story) == "Transfer t1 of 1.00 from ALFA/1 to BRVO/1 was rejected, though the account is open."


def test_an_amount_that_changed_on_the_way_is_told() -> None:
    story = Story()
    story.order("t1", ALICE, BOB, 1_00)
    story.book(ALICE, -1_00, "t1")
    story.book(BOB, 1_01, "t1")
    assert said_of(story).endswith("transfer t1 of 1.00 from ALFA/1 to BRVO/1 was booked with 1.01.")


def test_a_line_of_a_transfer_on_a_third_account_is_told() -> None:
    story = Story()
    story.order("t1", ALICE, BOB, 1_00)
    story.book(ALICE, -1_00, "t1")
    story.book(ANNA, 1_00, "t1")
    assert said_of(story).endswith("is none of this account's business.")


def test_a_running_balance_must_be_the_models() -> None:
    story = Story()
    story.pay("t1", ALICE, BOB, 1_00)
    story.lines[BOB][0] = replace(story.lines[BOB][0], balance_minor=7)
    assert "the balance there is 0.07, and must be" in said_of(story)


def test_a_refusal_without_any_reason_is_told() -> None:
    story = Story()
    story.order("", ALICE, BOB, 1_00, FAIL, key="k1")
    assert said_of(story) == "ALFA refused 1.00 from ALFA/1 with 422, though there was money at any time."


@pytest.mark.parametrize("status", [401, 403, 409, 429])
def test_a_refusal_that_says_nothing_of_money_is_none_of_the_models_business(status: int) -> None:
    story = Story()
    story.order("", ALICE, BOB, 1_00, FAIL, key="k1", http_status=status)
    assert said_of(story) == ""


def test_what_nobody_knows_the_outcome_of_may_have_been_done_or_not() -> None:
    story = Story()
    story.order("", ALICE, NOBODY, 1_00, INFO, key="k1")
    story.order("", ALICE, BOB, 2_00, INFO, key="k2")
    story.book(ALICE, -2_00, "t2")
    story.lines[BOB].append(Line(2_00, "t2"))
    story.order("t3", ALICE, BOB, 3_00)
    story.book(ALICE, -3_00, "t3")
    story.statuses["t3"] = PENDING
    assert said_of(story) == ""


def test_a_credit_that_comes_twice_is_told() -> None:
    story = Story()
    story.pay("t1", ALICE, BOB, 1_00)
    story.book(BOB, 1_00, "t1")
    assert said_of(story).endswith("transfer t1 of 1.00 from ALFA/1 to BRVO/1 moved again after it was completed.")


def test_a_key_that_came_again_may_be_refused_for_another_reason() -> None:
    story = Story()
    story.order("", ALICE, BOB, 1_00, INFO, key="k1")
    story.order("", ALICE, BOB, 1_00, FAIL, key="k1")
    assert said_of(story) == ""


@pytest.mark.parametrize(
    ("payee", "amount"),
    [(BOB, 0), (BOB, -5), ("XF00ALFA0000009999", 1_00), (TOWN.banks[0].account(CLOSED).number, 1_00)],
)
def test_an_order_that_asks_for_the_impossible_is_refused_rightly(payee: str, amount: int) -> None:
    story = Story()
    story.order("", ALICE, payee, amount, FAIL, key="k1")
    assert said_of(story) == ""
