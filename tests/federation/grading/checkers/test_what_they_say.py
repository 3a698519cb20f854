"""What the checkers say of well-known bugs, in a sentence a student can read; and where they must believe the node."""

from __future__ import annotations

from dataclasses import replace

import pytest

from federation.grading.calls import (
    COMPLETED,
    FINAL_READER,
    INFO,
    PENDING,
    READ_ACCOUNT,
    READ_STATEMENT,
    READ_TRANSFER,
    WITHDRAW,
)
from federation.grading.checkers import check
from federation.grading.checkers.finding import DIAGNOSIS, LATE, UNSAFE, Finding
from federation.grading.evidence import (
    FORGED,
    MEMORY,
    HostileRecord,
    NodeEvent,
)
from federation.grading.history import History
from tests.federation.grading.checkers.broken_days import DAYS
from tests.support.graded_run import (
    ALICE,
    ANNA,
    BOB,
    PRINT,
    RICH_ONE,
    TOWN,
    a_good_day,
    with_books,
)


def broken(checker: str) -> Finding:
    story = a_good_day()
    DAYS[checker][0](story)
    return story.found(checker)[0]


@pytest.mark.parametrize(
    ("checker", "sentence"),
    [
        ("Q01", "0.01 appeared from nowhere: all accounts of all banks together held"),
        ("Q02", "Account ALFA/1 was overdrawn: it was read with −0.05."),
        ("Q03", "BRVO's entry e1 of transfer t1 does not balance: its postings add up to −0.01."),
        ("Q05", "Transfer t20 of 3.00 from ALFA/1 to BRVO/1 was debited twice at ALFA/1."),
        ("Q06", "ALFA calls transfer t20 of 3.00 from ALFA/1 to BRVO/1 rejected, but it was credited once."),
        (
            "Q07",
            "ALFA accepted transfer t20 of 3.00 from ALFA/1 to BRVO/1, and in the end ALFA knows no such transfer.",
        ),
        ("Q08", "Transfer t20 of 3.00 from ALFA/1 to BRVO/1 became final too late: 40.0 s after everything was healed"),
        ("Q09", "ALFA called transfer t20 rejected, and later completed."),
        ("Q10", "teller05 was told that transfer t20 is done, and the next statement ALFA gave did not have it."),
        ("Q11", "Line 1 of ALFA/1's statement was −2.50 t1, and later it was −7.00 t3."),
        ("Q12", "Key k20 was sent again with the same content, and ALFA made a second transfer of it."),
        ("Q13", "ALFA refused key k20 with 422, and took 3.33 from ALFA/1 all the same (transfer t20)."),
        ("Q14", "A forged record (f1) moved money: 1.00 at BRVO/1."),
        (
            "Q15",
            "After an unreadable record BRVO was slow to take transfer t20 of 3.00 from ALFA/1 to BRVO/1: 9.0 s later",
        ),
        ("Q16", "While the broker was away (N1), ALFA answered local work in 1.5 s"),
        ("Q17", "BRVO's audit log does not hold: row 1 is not what was written after row 0."),
        ("Q18", "ALFA ended by itself 3 times within 40.0 s."),
        ("Q19", "The broker acknowledged record 0 of partition 5 to BRVO and does not have it any more"),
    ],
)
def test_a_finding_is_a_sentence(checker: str, sentence: str) -> None:
    assert broken(checker).sentence.startswith(sentence)


def test_money_that_nothing_explains_is_counted_and_other_trouble_is_not() -> None:
    assert [bool(broken(checker).cents) for checker in ("Q01", "Q04", "Q05", "Q06", "Q12", "Q13", "Q14")] == [True] * 7
    assert not any(broken(checker).cents for checker in ("Q07", "Q08", "Q09", "Q10", "Q11", "Q15", "Q16", "Q18", "Q19"))


def test_what_reads_the_books_and_the_broker_is_diagnosis() -> None:
    assert {checker for checker in DAYS if broken(checker).weight == DIAGNOSIS} == {"Q03", "Q17", "Q19"}
    assert {checker for checker in DAYS if broken(checker).weight == LATE} == {"Q08", "Q15"}


def test_a_bank_that_always_credits_a_cent_too_much_is_caught_by_its_total() -> None:
    story = a_good_day()
    story.order("t20", ALICE, BOB, 3_00)
    story.book(ALICE, -3_00, "t20")
    story.book(BOB, 3_01, "t20")
    story.statuses["t20"] = COMPLETED
    assert story.the_one("Q01").cents == 1
    assert story.the_one("Q14").sentence.endswith("which nobody paid: the payer gave 3.00.")


def test_a_duplicate_that_was_credited_shows_in_three_ways() -> None:
    story = a_good_day()
    story.pay("t20", RICH_ONE, PRINT, 4**5)
    story.book(PRINT, 4**5, "t20")
    doubled, printed = story.found("Q05")
    assert doubled.sentence.endswith("was credited twice at BRVO/6.")
    assert printed.sentence == "10.24 came twice to BRVO/6, where each amount is sent once."
    assert (doubled.cents, printed.cents, story.the_one("Q01").cents) == (4**5, 4**5, 4**5)


def test_a_fingerprint_shows_a_duplicate_even_where_the_statement_hides_it() -> None:
    story = a_good_day()
    story.balance_shifts[PRINT] = 4**3
    assert story.the_one("Q05").transfers == ()


def test_an_own_time_out_that_refunds_what_was_credited_is_caught() -> None:
    story = a_good_day()
    story.pay("t20", ALICE, BOB, 3_00)
    story.book(ALICE, 3_00, "t20")
    assert story.the_one("Q06").seen == "refunded once"


def test_an_unknown_account_that_accepts_is_caught() -> None:
    story = a_good_day()
    story.order("t20", ALICE, "XF00BRVO0000001234", 3_00)
    story.book(ALICE, -3_00, "t20")
    story.statuses["t20"] = COMPLETED
    assert story.the_one("Q06").seen == "not credited"


def test_what_never_becomes_final_is_unsafe_and_what_does_so_late_is_late() -> None:
    story = a_good_day()
    story.order("t20", ALICE, BOB, 3_00)
    story.book(ALICE, -3_00, "t20")
    story.statuses["t20"] = PENDING
    story.heal()
    stuck = story.the_one("Q08")
    assert (stuck.weight, "nobody knows whether it ever will be" in stuck.sentence) == (UNSAFE, True)
    assert story.found("Q01") == []  # it is on its way: no cent is missing
    assert broken("Q08").weight == LATE


def test_a_bank_that_never_comes_back_has_concluded_nothing() -> None:
    story = a_good_day()
    story.wait(60)
    for account in TOWN.banks[0].accounts:
        story.call(FINAL_READER, "ALFA", READ_ACCOUNT, {"account": account.number}, outcome=INFO, http_status=None)
    evidence = story.evidence()
    silent = [call for call in evidence.history.calls if call.outcome == INFO or call.client != FINAL_READER]
    findings = [f for f in check(replace(evidence, history=type(evidence.history)(silent))) if f.checker == "Q08"]
    assert [finding.sentence.split(",")[0] for finding in findings] == ["ALFA does not answer any more"]


def test_an_outbox_that_never_empties_is_told_at_level_2() -> None:
    story = a_good_day()
    with_books(story, outbox=(replace(story.more["books"]["BRVO"].outbox[0], published=False),))
    assert (story.the_one("Q08").weight, story.the_one("Q08").transfers) == (DIAGNOSIS, ("t1",))


def test_poison_that_nobody_sees_is_told_at_level_2() -> None:
    story = a_good_day()
    with_books(story, quarantined=0)
    assert story.the_one("Q15").sentence == "BRVO was sent 1 unreadable records, and shows an operator 0 of them."


def test_two_connections_with_one_key_may_not_get_two_transfers() -> None:
    story = a_good_day()
    at_us = story.now_us
    story.pay("t20", ALICE, BOB, 3_00, key="k20")
    story.now_us = at_us
    story.order("", ALICE, BOB, 3_00, INFO, key="k20")
    story.move("t21", ALICE, BOB, 3_00)  # the second one was cut off, and done
    assert story.the_one("Q12").sentence.startswith("Key k20 was sent again, and a second transfer was made")
    assert story.found("Q13") == []


def test_a_key_that_is_taken_with_another_body_is_told_even_if_the_answer_is_the_old_one() -> None:
    story = a_good_day()
    story.pay("t20", ALICE, BOB, 3_00, key="k20")
    story.order("t20", ALICE, BOB, 4_00, key="k20")
    assert story.the_one("Q12").expected == "a refusal"


def test_a_debit_that_nobody_ordered_is_told() -> None:
    story = a_good_day()
    story.move("t20", ALICE, BOB, 3_00)
    assert "no request that is left over explains it" in story.the_one("Q13").sentence


@pytest.mark.parametrize(
    ("client", "who"),
    [("nobody", "somebody without a token"), ("stranger", "a teller of another bank"), ("auditor", "an auditor")],
)
def test_money_that_is_sent_for_somebody_who_may_not_is_told(client: str, who: str) -> None:
    story = a_good_day()
    story.pay("t20", ALICE, BOB, 3_00, client=client)
    finding = story.the_one("Q13")
    assert finding.sentence == f"ALFA took 3.00 from ALFA/1 for {who}."
    assert not finding.cents  # it is known where it is
    story = a_good_day()
    story.order("", ALICE, BOB, 3_00, "fail", client=client)
    assert story.broken() == []


def test_a_negative_amount_that_pulls_money_is_a_forged_record_that_moved_some() -> None:
    story = a_good_day()
    story.more["hostile"] += (HostileRecord(FORGED, "BRVO", story.now_us, "f2"),)
    story.book(BOB, -50_00, "f2")
    assert story.the_one("Q14").cents == -50_00
    assert story.found("Q13") == []


def test_a_known_id_with_another_amount_that_was_credited_too_is_minted() -> None:
    story = a_good_day()
    story.book(BOB, 9_99, "t1")
    assert (
        story.the_one("Q14").sentence
        == "BRVO/1 was credited 9.99 for transfer t1, which nobody paid: the payer gave 2.50."
    )


def test_a_bank_that_answers_503_while_the_broker_is_away_does_no_local_work() -> None:
    story = a_good_day()
    (away,) = story.more["faults"]
    story.now_us = away.begun_us
    for _ in range(9):
        story.now_us = away.begun_us
        story.call("reader", "ALFA", READ_ACCOUNT, {"account": ANNA}, outcome=INFO, http_status=503)
    assert story.the_one("Q16").seen == "no answer"
    assert story.found("Q18") == []  # it is declared


def test_a_server_error_and_too_much_memory_are_told_once_for_each_bank() -> None:
    story = a_good_day()
    for _ in range(3):
        story.call("reader", "ALFA", READ_STATEMENT, {"account": ANNA}, outcome=INFO, http_status=500)
    story.more["nodes"] += (NodeEvent("BRVO", MEMORY, story.now_us, mib=301),)
    assert [finding.sentence for finding in story.found("Q18")] == [
        "ALFA answered 3 requests with a server error, the first a read_statement with 500.",
        "BRVO used 301 MB of memory.",
    ]


def test_an_entry_that_the_audit_log_does_not_tell_of_is_named() -> None:
    story = a_good_day()
    books = story.more["books"]["BRVO"]
    with_books(story, audit=books.audit[:1])
    assert story.the_one("Q17").sentence == "BRVO's audit log says nothing of entry e2."


def test_a_balance_behind_a_line_that_is_not_the_sum_up_to_there_is_told() -> None:
    story = a_good_day()
    story.lines[ALICE][1] = replace(story.lines[ALICE][1], balance_minor=7)
    assert story.the_one("Q04").sentence.startswith(
        "Line 2 of ALFA/1's statement says 0.07; the lines up to there add up"
    )


def test_a_second_refund_is_told_by_one_checker_only() -> None:
    story = a_good_day()
    story.bounce("t20", ALICE, "XF00BRVO0000001234", 3_00)
    story.book(ALICE, 3_00, "t20")
    assert story.the_one("Q06").seen == "refunded twice"
    assert story.found("Q05") == []


def test_an_accepted_transfer_without_a_debit_is_lost_whatever_its_status_says() -> None:
    story = a_good_day()
    story.order("t20", ALICE, BOB, 3_00)
    story.statuses["t20"] = COMPLETED
    assert story.the_one("Q07").seen == "the statement of ALFA/1 has no such debit"


def test_banks_that_both_count_from_one_are_told_so_and_nothing_else() -> None:
    story = a_good_day()
    story.pay("1", ALICE, BOB, 3_00)
    story.pay("1", BOB, ALICE, 4_00)
    (finding,) = check(story.evidence())
    assert finding.sentence.startswith("ALFA and BRVO both made a transfer with the id 1: an id is used once")


def test_cash_that_was_told_without_an_id_hides_no_debit_that_nobody_ordered() -> None:
    story = a_good_day()
    story.call("teller01", "BRVO", WITHDRAW, {"account": BOB, "amount_minor": 1}, "k-out", answer={})
    story.book(BOB, -1)
    story.move("t20", ALICE, BOB, 3_00)
    assert story.broken() == ["Q13"]


def test_a_bank_that_answers_and_says_nothing_of_what_is_open_hides_nothing_by_it() -> None:
    story = a_good_day()
    story.order("t20", ALICE, BOB, 3_00)
    story.heal()
    story.wait(31)
    for _ in range(2):
        story.call("final", "ALFA", READ_TRANSFER, {"transaction_id": "t20"}, outcome=INFO, http_status=503)
    found = [one for one in story.found("Q08") if one.weight == UNSAFE]
    assert [(one.transfers, one.seen) for one in found] == [(("t20",), "no answer")]
    assert "ALFA does not say what has become of a transfer that it accepted, among them t20" in found[0].sentence


@pytest.mark.parametrize(("do", "word"), [(READ_ACCOUNT, "balance"), (READ_STATEMENT, "statement")])
def test_an_account_that_is_not_shown_any_more_is_no_account_without_faults(do: str, word: str) -> None:
    evidence = a_good_day().evidence()
    calls = list(evidence.history.calls)
    for place, call in enumerate(evidence.history.calls):
        if call.client == FINAL_READER and call.do == do and call.account == ALICE:
            calls[place] = replace(call, outcome=INFO, http_status=503, answer={})
            calls.append(replace(calls[place], number=len(calls) + 1))
    (found,) = [one for one in check(replace(evidence, history=History(calls))) if one.checker == "Q08"]
    assert found.sentence.startswith(f"ALFA does not show the {word} of ALFA/1 any more")
