"""After a play: unknown orders are asked again, open transfers awaited, all books read once more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from federation.grading.calls import (
    FAIL,
    FINAL_READER,
    INFO,
    OK,
    PENDING,
    READ_ACCOUNT,
    READ_STATEMENT,
    READ_TRANSFER,
    TRANSFER,
    Call,
)
from federation.grading.clock import now_us
from federation.grading.driver import rest
from tests.support.fake_bank import Answer, Asked, Driven, driven

PATIENCE_S = 20.0


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driven]:
    monkeypatch.setattr(rest, "AGAIN_S", 0.005)
    with driven(tmp_path) as town:
        yield town


def final(town: Driven, do: str = "") -> list[Call]:
    return [call for call in town.history.calls() if call.client == FINAL_READER and do in ("", call.do)]


def orders(town: Driven) -> list[Call]:
    return [call for call in town.history.calls() if call.do == TRANSFER]


class Odd:
    """The first answers to orders; after them the bank's own. None: done, and its answer says 500 all the same."""

    def __init__(self, town: Driven, *answers: int) -> None:
        self.bank, self.answers = town.alfa, list(answers)
        town.alfa.odd = self.odd

    def odd(self, asked: Asked) -> Answer | None:
        if not asked.key or not self.answers:
            return None
        return self.answers.pop(0), {}


def test_transfers_are_awaited_and_read_first_then_all_accounts_and_statements(town: Driven) -> None:
    town.alfa.final_after = 2
    town.played(*(town.order() for _ in range(5)), town.order(bank="BRVO"))
    assert town.drive.wait_final(PATIENCE_S)
    readings = final(town)
    statuses = Counter((call.bank, call.status) for call in final(town, READ_TRANSFER))
    assert statuses == {("ALFA", "pending"): 10, ("ALFA", "completed"): 5, ("BRVO", "completed"): 1}
    assert {call.do for call in readings[:16]} == {READ_TRANSFER}
    assert {call.account for call in final(town, READ_ACCOUNT)} == {a.number for a in town.town.accounts()}
    assert {call.account for call in final(town, READ_STATEMENT)} == {a.number for a in town.town.accounts()}
    assert {call.sweep for call in final(town, READ_ACCOUNT)} == {"end1"}


def test_what_is_never_final_is_read_after_its_time_and_the_answer_is_no(town: Driven) -> None:
    town.alfa.final_after = 10**9
    town.played(town.order())
    begun_us = now_us()
    assert not town.drive.wait_final(0.05, late_s=0.05)
    late = [call for call in final(town, READ_TRANSFER) if call.begun_us >= begun_us + 50_000]
    assert late
    assert {call.status for call in late} == {PENDING}
    assert final(town, READ_ACCOUNT)


def test_what_is_only_late_is_waited_for_and_the_answer_is_no_all_the_same(town: Driven) -> None:
    town.alfa.final_after = 20
    town.played(town.order())
    assert not town.drive.wait_final(0.0, late_s=PATIENCE_S)
    assert final(town, READ_TRANSFER)[-1].status == "completed"


def test_an_order_of_unknown_outcome_is_asked_again_under_its_key_by_the_same_client(town: Driven) -> None:
    Odd(town, 500)
    town.played(town.order(client="teller02"))
    assert town.drive.wait_final(PATIENCE_S)
    first, again = orders(town)
    assert (first.outcome, again.outcome) == (INFO, OK)
    assert (again.client, again.key, again.request) == (first.client, first.key, first.request)
    assert [call.transaction_id for call in final(town, READ_TRANSFER)] == [again.transaction_id]


def test_a_bank_that_says_not_now_is_asked_until_it_says_something(town: Driven) -> None:
    Odd(town, *[503] * 20, 429, 429)
    town.played(town.order())
    assert town.drive.wait_final(PATIENCE_S)
    assert Counter(call.http_status for call in orders(town)) == {503: 20, 429: 2, 202: 1}


@pytest.mark.parametrize("status", [500, 409, 401])
def test_a_bank_that_keeps_failing_at_an_order_is_left_alone_with_it(town: Driven, status: int) -> None:
    Odd(town, 500, *[status] * 1000)
    town.played(town.order())
    assert town.drive.wait_final(PATIENCE_S)
    assert len(orders(town)) == 1 + rest.TRIES
    town.drive.wait_final(PATIENCE_S)
    assert len(orders(town)) == 1 + rest.TRIES


def test_an_order_that_was_refused_or_answered_at_its_repeat_is_not_asked_again(town: Driven) -> None:
    Odd(town, 500, 422)
    unknown = town.order(0)
    town.played(unknown)
    assert town.drive.wait_final(PATIENCE_S)
    assert [call.outcome for call in orders(town)] == [INFO, FAIL]
    assert town.drive.wait_final(PATIENCE_S)
    assert len(orders(town)) == 2


def test_a_key_whose_other_body_was_refused_is_still_unknown(town: Driven) -> None:
    Odd(town, 500, 422)
    order = town.order(0)
    other = replace(order, event=5, id="other", request={**order.request, "amount_minor": 7})
    town.played(order, other)
    assert town.drive.wait_final(PATIENCE_S)
    assert [(call.outcome, call.amount_minor) for call in orders(town)] == [(INFO, 101), (FAIL, 7), (OK, 101)]


def test_a_key_that_may_be_used_again_after_a_refusal_is_unknown_again(town: Driven) -> None:
    Odd(town, 409, 500)
    order = town.order(0)
    town.played(order, replace(order, event=5, id="again"))
    assert town.drive.wait_final(PATIENCE_S)
    assert [call.outcome for call in orders(town)] == [FAIL, INFO, OK]


def test_what_was_read_as_final_is_read_again_only_where_everything_is_asked_for(town: Driven) -> None:
    town.played(town.order())
    town.drive.wait_final(PATIENCE_S)
    town.played(town.order())
    town.drive.wait_final(PATIENCE_S)
    assert [call.transaction_id for call in final(town, READ_TRANSFER)] == ["t1", "t2"]
    town.drive.wait_final(PATIENCE_S, everything=True)
    assert sorted(call.transaction_id for call in final(town, READ_TRANSFER)) == ["t1", "t1", "t2", "t2"]
    assert {call.sweep for call in final(town, READ_ACCOUNT)} == {"end1", "end2", "end3"}


def test_a_transfer_the_bank_does_not_know_any_more_is_read_once(town: Driven) -> None:
    town.played(town.order())
    town.alfa.made.clear()
    assert town.drive.wait_final(PATIENCE_S)
    assert [call.status for call in final(town, READ_TRANSFER)] == ["missing"]


def test_an_account_is_read_again_until_balance_and_statement_are_of_one_moment(town: Driven) -> None:
    first = town.town.banks[0].accounts[0].number
    wrong = [1, 2]
    town.alfa.odd = lambda a: (200, {"balance_minor": wrong.pop()}) if wrong and a.path.endswith(first) else None
    town.drive.wait_final(PATIENCE_S)
    balances = [call.balance_minor for call in final(town, READ_ACCOUNT) if call.account == first]
    assert balances == [2, 1, town.town.banks[0].accounts[0].opening_minor]
    assert len([call for call in final(town, READ_STATEMENT) if call.account == first]) == 3


def test_what_never_comes_to_fit_is_left_as_it_is(town: Driven) -> None:
    first = town.town.banks[0].accounts[0].number
    town.alfa.odd = lambda asked: (200, {"balance_minor": 7}) if asked.path.endswith(first) else None
    town.drive.wait_final(PATIENCE_S)
    assert [c.balance_minor for c in final(town, READ_ACCOUNT) if c.account == first] == [7] * rest.TRIES


def test_a_dead_bank_takes_no_longer_than_the_patience_there_is(town: Driven) -> None:
    town.played(town.order(), town.order(bank="BRVO"))
    town.alfa.close()
    assert not town.drive.wait_final(0.05, late_s=0.02)
    assert {call.outcome for call in final(town, READ_ACCOUNT) if call.bank == "ALFA"} == {INFO}
    assert {call.outcome for call in final(town, READ_ACCOUNT) if call.bank == "BRVO"} == {OK}


def test_hundreds_of_open_transfers_are_asked_about_a_few_at_a_time(town: Driven) -> None:
    town.alfa.final_after = 1
    town.played(*(town.order() for _ in range(200)))
    asked_before_final = 0
    seen: set[str] = set()

    def odd(asked: Asked) -> None:
        nonlocal asked_before_final
        if asked.method == "GET" and "/transfers/" in asked.path:
            seen.add(asked.path)
            done = sum(looks > 1 for looks in town.alfa.looks.values())
            asked_before_final = max(asked_before_final, len(seen) - done)

    town.alfa.odd = odd
    assert town.drive.wait_final(PATIENCE_S)
    assert len(final(town, READ_TRANSFER)) == 400
    assert asked_before_final <= 2 * rest.WATCHED


def test_a_bank_that_says_not_now_about_its_books_is_asked_until_it_shows_them(town: Driven) -> None:
    first, not_now = town.town.banks[0].accounts[0].number, [503] * (rest.TRIES + 3)
    town.alfa.odd = lambda a: (not_now.pop(), {}) if not_now and f"{first}/tr" in a.path else None
    town.drive.wait_final(PATIENCE_S)
    read = [call.outcome for call in final(town, READ_STATEMENT) if call.account == first]
    assert read == [INFO] * (rest.TRIES + 3) + [OK]
