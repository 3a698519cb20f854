"""One day for each checker that breaks it and nothing else, and one that nearly does. They begin as a good day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from federation.grading.books import Entry, Posting
from federation.grading.calls import COMPLETED, FAIL, INFO, MISSING, PENDING, READ_ACCOUNT, REJECTED
from federation.grading.evidence import ENDED, KILLED, MEMORY, POISON, HostileRecord, InjectedLoss, NodeEvent
from tests.support.graded_run import ALICE, ANNA, BEA, BOB, NOBODY, SECOND, Story, chained, with_books

Day = Callable[[Story], None]


def a_cent_of_interest_from_nowhere(story: Story) -> None:
    story.book(BOB, 1)


def a_payment_that_is_still_under_way(story: Story) -> None:
    story.order("t20", ALICE, BOB, 5_00)
    story.book(ALICE, -5_00, "t20")
    story.heal()
    story.wait(1)
    story.ask("t20", PENDING)
    story.healed_us = story.now_us + 100 * SECOND  # its time is not over: it may be under way
    story.more["patience_us"] = 200 * SECOND
    story.statuses["t20"] = PENDING


def an_account_that_was_overdrawn_for_a_moment(story: Story) -> None:
    story.read_balance(ALICE, said=-5)


def an_account_that_was_empty_for_a_moment(story: Story) -> None:
    story.read_balance(ALICE, said=0)


def an_entry_with_one_leg_too_short(story: Story) -> None:
    legs = (Posting("a", -2_50), Posting("b", 2_49))
    with_books(story, entries=(Entry("e1", "t1", legs),))


def an_entry_with_three_legs(story: Story) -> None:
    legs = (Posting("a", -2_50), Posting("b", 2_00), Posting("c", 50))
    with_books(story, entries=(Entry("e1", "t1", legs),))


def two_balances_that_their_statements_do_not_explain(story: Story) -> None:
    story.balance_shifts |= {ALICE: 5, ANNA: -5}


def a_balance_that_changed_with_its_statement(story: Story) -> None:
    story.book(ALICE, 5)
    story.book(ANNA, -5)


def a_transfer_that_both_sides_booked_twice(story: Story) -> None:
    story.pay("t20", ALICE, BOB, 3_00)
    story.move("t20", ALICE, BOB, 3_00)


def two_transfers_of_the_same_amount(story: Story) -> None:
    story.pay("t20", ALICE, BOB, 3_00)
    story.pay("t21", ALICE, BOB, 3_00)


def a_rejected_transfer_that_was_credited(story: Story) -> None:
    story.pay("t20", ALICE, BOB, 3_00)
    story.statuses["t20"] = REJECTED


def a_rejected_transfer_that_was_refunded(story: Story) -> None:
    story.bounce("t20", ALICE, NOBODY, 3_00)


def an_accepted_transfer_that_nobody_has_heard_of_since(story: Story) -> None:
    story.order("t20", ALICE, BOB, 3_00)
    story.statuses["t20"] = MISSING


def an_unanswered_order_that_was_never_done(story: Story) -> None:
    story.order("", ALICE, BOB, 3_00, INFO, key="k20")


def a_transfer_that_took_40_seconds_after_healing(story: Story) -> None:
    story.pay("t20", ALICE, BOB, 3_00)
    story.heal()
    story.wait(40)
    story.ask("t20", PENDING)


def a_transfer_that_took_29_seconds_after_healing(story: Story) -> None:
    story.pay("t20", ALICE, BOB, 3_00)
    story.heal()
    story.wait(29)
    story.ask("t20", PENDING)


def a_completed_transfer_that_was_rejected_before(story: Story) -> None:
    story.pay("t20", ALICE, BOB, 3_00)
    story.ask("t20", REJECTED)


def a_completed_transfer_that_was_pending_before(story: Story) -> None:
    story.pay("t20", ALICE, BOB, 3_00)
    story.ask("t20", PENDING)


def a_teller_who_does_not_find_what_he_did(story: Story) -> None:
    story.order("t20", ALICE, BOB, 3_00, client="teller05")
    story.read_statement(ALICE, client="teller05")
    story.move("t20", ALICE, BOB, 3_00)


def a_teller_who_looked_before_he_was_answered(story: Story) -> None:
    begun_us = story.now_us
    story.order("t20", ALICE, BOB, 3_00, client="teller05", took_s=1)
    story.now_us = begun_us
    story.read_statement(ALICE, client="teller05")
    story.wait(1)
    story.move("t20", ALICE, BOB, 3_00)


def two_lines_that_changed_places(story: Story) -> None:
    story.read_statement(ALICE)
    lines = story.lines[ALICE]
    lines[0], lines[1] = lines[1], lines[0]


def a_line_that_was_added_at_the_end(story: Story) -> None:
    story.read_statement(ALICE)
    story.pay("t20", ALICE, BOB, 3_00)


def a_key_that_made_two_transfers(story: Story) -> None:
    story.pay("t20", ALICE, BOB, 3_00, key="k20")
    story.pay("t21", ALICE, BOB, 3_00, key="k20")


def a_key_that_was_refused_with_another_body(story: Story) -> None:
    story.pay("t20", ALICE, BOB, 3_00, key="k20")
    story.order("", ALICE, BOB, 4_00, FAIL, key="k20")


def a_refused_transfer_that_was_made(story: Story) -> None:
    story.order("", ALICE, BOB, 3_33, FAIL, key="k20")
    story.move("t20", ALICE, BOB, 3_33)


def a_refused_transfer_that_was_tried_again(story: Story) -> None:
    story.order("", ALICE, BOB, 3_33, FAIL, key="k20")
    story.pay("t20", ALICE, BOB, 3_33, key="k20")


def a_forged_record_that_moved_money(story: Story) -> None:
    story.book(BEA, -1_00, "f1")
    story.book(BOB, 1_00, "f1")


def a_refund_which_is_no_credit_from_nowhere(story: Story) -> None:
    story.bounce("t20", BOB, NOBODY, 1_00)


def a_good_record_that_waited_behind_poison(story: Story, waited_s: float = 9) -> None:
    story.more["hostile"] = (HostileRecord(POISON, "BRVO", story.now_us),)
    story.pay("t20", ALICE, BOB, 3_00)
    story.wait(waited_s)
    story.ask("t20", PENDING)
    story.heal()
    story.wait(1)
    story.ask("t20", COMPLETED)


def a_good_record_that_overtook_poison(story: Story) -> None:
    a_good_record_that_waited_behind_poison(story, waited_s=3)


def slow_answers_while_the_broker_was_away(story: Story, times: int = 5) -> None:
    (away,) = story.more["faults"]
    now_us, story.now_us = story.now_us, away.begun_us
    for _ in range(40):
        story.now_us = away.begun_us
        story.read_balance(ALICE)
    for _ in range(times):
        story.now_us = away.begun_us
        last = story.calls[-1]
        story.call("reader", "ALFA", READ_ACCOUNT, dict(last.request), answer=last.answer, took_s=1.5)
    story.now_us = now_us


def two_slow_answers_of_forty_two(story: Story) -> None:
    slow_answers_while_the_broker_was_away(story, times=2)


def a_row_of_the_audit_log_that_was_altered(story: Story) -> None:
    first, second = chained(("e1", "e2"))
    with_books(story, audit=(replace(first, actor="mallory"), second))


def a_happening_without_an_entry_in_the_audit_log(story: Story) -> None:
    with_books(story, audit=chained(("e1", "", "e2")))


def a_bank_that_died_three_times_in_a_minute(story: Story) -> None:
    at_us = story.now_us
    story.more["nodes"] = tuple(NodeEvent("ALFA", ENDED, at_us + n * 20 * SECOND) for n in range(3))


def a_bank_that_the_grader_killed_three_times(story: Story) -> None:
    at_us = story.now_us
    killed = tuple(NodeEvent("ALFA", KILLED, at_us + n * 20 * SECOND) for n in range(3))
    ended = tuple(NodeEvent("ALFA", ENDED, at_us + n * 31 * SECOND) for n in range(3))  # in more than a minute
    story.more["nodes"] = (*killed, *ended, NodeEvent("BRVO", MEMORY, at_us, mib=300))


def an_acked_record_that_is_gone(story: Story) -> None:
    story.more["topic"] = story.more["topic"][:1]


def an_acked_record_that_the_grader_cut_off(story: Story) -> None:
    an_acked_record_that_is_gone(story)
    story.more["losses"] = (InjectedLoss(5, 0, story.now_us, "tail cut"),)


DAYS: dict[str, tuple[Day, Day]] = {
    "Q01": (a_cent_of_interest_from_nowhere, a_payment_that_is_still_under_way),
    "Q02": (an_account_that_was_overdrawn_for_a_moment, an_account_that_was_empty_for_a_moment),
    "Q03": (an_entry_with_one_leg_too_short, an_entry_with_three_legs),
    "Q04": (two_balances_that_their_statements_do_not_explain, a_balance_that_changed_with_its_statement),
    "Q05": (a_transfer_that_both_sides_booked_twice, two_transfers_of_the_same_amount),
    "Q06": (a_rejected_transfer_that_was_credited, a_rejected_transfer_that_was_refunded),
    "Q07": (an_accepted_transfer_that_nobody_has_heard_of_since, an_unanswered_order_that_was_never_done),
    "Q08": (a_transfer_that_took_40_seconds_after_healing, a_transfer_that_took_29_seconds_after_healing),
    "Q09": (a_completed_transfer_that_was_rejected_before, a_completed_transfer_that_was_pending_before),
    "Q10": (a_teller_who_does_not_find_what_he_did, a_teller_who_looked_before_he_was_answered),
    "Q11": (two_lines_that_changed_places, a_line_that_was_added_at_the_end),
    "Q12": (a_key_that_made_two_transfers, a_key_that_was_refused_with_another_body),
    "Q13": (a_refused_transfer_that_was_made, a_refused_transfer_that_was_tried_again),
    "Q14": (a_forged_record_that_moved_money, a_refund_which_is_no_credit_from_nowhere),
    "Q15": (a_good_record_that_waited_behind_poison, a_good_record_that_overtook_poison),
    "Q16": (slow_answers_while_the_broker_was_away, two_slow_answers_of_forty_two),
    "Q17": (a_row_of_the_audit_log_that_was_altered, a_happening_without_an_entry_in_the_audit_log),
    "Q18": (a_bank_that_died_three_times_in_a_minute, a_bank_that_the_grader_killed_three_times),
    "Q19": (an_acked_record_that_is_gone, an_acked_record_that_the_grader_cut_off),
}
