"""End of day: a list that must be done, a date that is the branch's word, a supervisor who opens it again."""

from __future__ import annotations

from typing import Any

import pytest

from bank_node.ledger.errors import Refusal
from bank_node.operations.approvals import Request, Verdict, ask_approval, expire_approvals, reject
from bank_node.operations.business_day import DayOrder, close_day, reopen_day
from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.claims import Claim
from bank_node.operations.drawers import DrawerClaim, DrawerCount, claim_drawer, close_drawer
from bank_node.operations.send_transfer import send_transfer
from bank_node.store.business_dates import business_day, date_of_entry, last_days, trial_balance
from bank_node.store.day_queries import checklist
from tests.support.cast import ALICE, Town, an_order

TODAY, TOMORROW = "2026-11-21", "2026-11-22"
DAY_MS = 24 * 3_600_000


def date(town: Town) -> str:
    return str(town.alfa.read(business_day, town.clock.at_us).date)


def close(town: Town, **order: Any) -> Any:
    return town.alfa.do(close_day, DayOrder(actor="okafor", **order))


def refused(town: Town, code: str, operation: Any, order: Any) -> str:
    with pytest.raises(Refusal) as refusal:
        town.alfa.do(operation, order)
    assert refusal.value.code == code
    town.lawful()
    return refusal.value.detail


def test_before_the_branch_has_spoken_the_day_is_the_clocks(town: Town) -> None:
    assert date(town) == TODAY
    town.clock.pass_ms(DAY_MS)
    assert date(town) == TOMORROW


def test_the_first_drawer_fixes_the_day(town: Town) -> None:
    town.alfa.do(claim_drawer, DrawerClaim(1, {}, "okafor"))
    town.clock.pass_ms(DAY_MS)
    assert date(town) == TODAY


def test_closing_the_day_opens_the_next_and_entries_know_theirs(town: Town) -> None:
    before = town.alfa.do(deposit, CashOrder(ALICE, 1_00, "EUR", "okafor"))
    assert close(town, date=TODAY).id == TODAY
    after = town.alfa.do(deposit, CashOrder(ALICE, 1_00, "EUR", "okafor"))
    assert date(town) == TOMORROW
    assert town.alfa.read(date_of_entry, before.entry_id, before.at_us) == TODAY
    assert town.alfa.read(date_of_entry, after.entry_id, after.at_us) == TOMORROW
    assert [day.act for day in town.alfa.read(last_days)] == ["opened", "closed"]
    town.lawful()


def test_a_branch_that_was_shut_for_days_goes_on_with_the_clocks_day(town: Town) -> None:
    close(town)
    town.clock.pass_ms(5 * DAY_MS)
    close(town)
    assert date(town) == "2026-11-26"


def test_closing_sent_twice_closes_one_day_and_a_list_of_yesterday_none(town: Town) -> None:
    mine = Claim("okafor:day", "k", "h")
    assert [close(town, date=TODAY, claim=mine).id for _ in range(2)] == [TODAY, TODAY]
    assert date(town) == TOMORROW
    refused(town, "day_not_done", close_day, DayOrder(TODAY))


def test_open_drawers_and_waiting_requests_stand_in_the_way(town: Town) -> None:
    drawer_id = int(town.alfa.do(claim_drawer, DrawerClaim(1, {}, "okafor")).id)
    assert refused(town, "day_not_done", close_day, DayOrder()) == "1 drawer is not closed yet"
    asked = int(town.alfa.do(ask_approval, Request("transfer", an_order(actor="lindt"))).id)
    town.alfa.do(close_drawer, DrawerCount(drawer_id, actor="okafor"))
    assert refused(town, "day_not_done", close_day, DayOrder()) == "1 request waits for approval"
    town.alfa.do(reject, Verdict(asked, "vogt", "no"))
    close(town)
    assert date(town) == TOMORROW


def test_a_request_that_has_expired_keeps_no_day_open_though_nobody_has_swept(town: Town) -> None:
    town.alfa.do(ask_approval, Request("transfer", an_order(actor="lindt")))
    town.clock.pass_ms(DAY_MS)
    assert town.alfa.read(checklist, town.clock.at_us).is_done
    assert close(town).id == TOMORROW
    assert town.alfa.do(expire_approvals, 10) == 1
    town.lawful()


def test_queued_payments_carry_over_and_the_trial_balance_is_zero(town: Town) -> None:
    town.alfa.do(send_transfer, an_order())
    jobs = [(deposit, CashOrder(ALICE, 1_00, "EUR", "okafor")), (close_day, DayOrder(actor="okafor"))]
    town.alfa.do_all(jobs)  # what the unit of work has not written yet counts as well
    assert town.alfa.read(trial_balance) == {"EUR": 0}
    facts = town.alfa.connection.execute("SELECT facts FROM business_dates WHERE act = 'closed'").fetchone()[0]
    assert '"queued":1' in facts
    town.deliver()
    town.lawful()


def test_books_that_do_not_balance_close_no_day(town: Town) -> None:
    town.alfa.connection.execute(f"UPDATE accounts SET balance = balance + 1 WHERE code = '{ALICE}'")
    with pytest.raises(Refusal, match="trial balance"):
        close(town)
    town.alfa.connection.execute(f"UPDATE accounts SET balance = balance - 1 WHERE code = '{ALICE}'")


def test_a_closed_day_is_opened_again_with_a_reason_and_closed_again(town: Town) -> None:
    refused(town, "final", reopen_day, DayOrder(reason="too early", actor="vogt"))
    close(town)
    refused(town, "FF01", reopen_day, DayOrder(actor="vogt"))
    town.alfa.do(reopen_day, DayOrder(reason="a drawer was forgotten", actor="vogt"))
    assert date(town) == TODAY
    refused(town, "final", reopen_day, DayOrder(reason="once more", actor="vogt"))
    entry = town.alfa.do(deposit, CashOrder(ALICE, 1_00, "EUR", "okafor"))
    close(town)
    assert (date(town), town.alfa.read(date_of_entry, entry.entry_id, entry.at_us)) == (TOMORROW, TODAY)
    town.lawful()
