"""The archive: an old month is sealed once, where it stands; what comes later is in a later one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bank_node.ledger.errors import Refusal
from bank_node.operations.archive import seal_month
from bank_node.operations.business_day import DayOrder, close_day, reopen_day
from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.send_transfer import send_transfer
from bank_node.operations.standing import suspect
from bank_node.store.archive import SealedMonth, read_seal, sealed_months
from bank_node.store.business_dates import day_of_clock
from tests.support.archive import DAY_MS, live, ready, seal_all
from tests.support.cast import ALICE, CAROL, NOON_US, SmallBank, Town, an_order

DAY_US = DAY_MS * 1000


def archived(bank: SmallBank) -> list[tuple[str, str, int]]:
    """(account, month, balance), as the archive has them."""
    rows = bank.connection.execute(
        "SELECT a.code, b.month, b.amount FROM archived_balances b JOIN accounts a ON a.id = b.account_id"
        " ORDER BY b.month, a.code"
    )
    return [tuple(row) for row in rows.fetchall()]


def of(bank: SmallBank, number: str) -> list[tuple[str, int]]:
    return [(month, amount) for code, month, amount in archived(bank) if code == number]


def test_months_are_sealed_oldest_first_and_balances_are_all_that_was_booked_up_to_there(town: Town) -> None:
    live(town.alfa)  # until 1 March
    assert seal_all(town.alfa) == ["2026-11", "2026-12", "2027-01"]
    assert of(town.alfa, ALICE) == [("2026-11", 101_00), ("2026-12", 106_00), ("2027-01", 110_80)]
    assert of(town.alfa, CAROL) == [("2026-11", 102_00), ("2026-12", 106_60), ("2027-01", 109_20)]
    assert of(town.alfa, "vault") == [("2026-11", -203_00), ("2026-12", -212_60), ("2027-01", -220_00)]
    town.lawful()


def test_a_month_rests_for_as_long_as_the_setting_says(town: Town) -> None:
    live(town.alfa, 10)
    while ready(town.alfa, after_months=2) is None and town.clock.at_us < NOON_US + 100 * DAY_US:
        town.clock.pass_ms(DAY_MS)
    assert day_of_clock(town.clock.at_us) == "2027-02-01"
    assert seal_all(town.alfa, after_months=2) == ["2026-11"]
    town.clock.pass_ms(100 * DAY_MS)
    assert ready(town.alfa, after_months=2) is None, "nothing was booked in December"
    town.lawful()


def test_sealed_twice_is_sealed_once(town: Town) -> None:
    live(town.alfa)
    first = ready(town.alfa)
    assert first is not None
    assert [town.alfa.do(seal_month, *first) for _ in range(2)] == [True, False]
    assert town.alfa.do_all([(seal_month, *first)] * 2) == [False, False]
    assert town.alfa.count("sealed_months") == 1
    assert town.alfa.count("audit_log WHERE action = 'month_sealed'") == 1
    town.lawful()


def test_what_was_read_before_another_month_was_sealed_is_not_sealed_with_the_old_sums(town: Town) -> None:
    live(town.alfa)
    november = ready(town.alfa)
    assert november is not None
    span = replace(november[0].span, month="2026-12", up_to_entry=7)  # both months as one, and not wrong by itself
    both = town.alfa.read(read_seal, span)
    assert town.alfa.do(seal_month, *november) is True
    assert town.alfa.do(seal_month, both, both.standing) is False
    seal_all(town.alfa)
    assert town.alfa.do(seal_month, *november) is False
    town.lawful()


def test_the_log_says_what_was_sealed_and_each_seal_covers_the_one_before(town: Town) -> None:
    live(town.alfa)
    seal_all(town.alfa)
    january, december, november = town.alfa.read(sealed_months)
    said = town.alfa.connection.execute(
        "SELECT facts FROM audit_log WHERE subject = 'month/2026-12' AND action = 'month_sealed'"
    ).fetchone()[0]
    for word in (december.hash, november.hash, f'"up_to_entry":{december.up_to_entry}'):
        assert word in said
    assert (november.postings, november.up_to_entry) == (8, 4)
    assert isinstance(january, SealedMonth)
    assert january.actor == "archive"


def test_after_a_seal_life_goes_on(town: Town) -> None:
    live(town.alfa)
    seal_all(town.alfa)
    town.alfa.do(send_transfer, an_order())
    town.deliver()
    town.alfa.do(deposit, CashOrder(CAROL, 5_00, "EUR", "okafor"))
    town.clock.pass_ms(100 * DAY_MS)
    assert seal_all(town.alfa) == ["2027-02", "2027-03"]
    assert of(town.alfa, "clearing:BRVO") == [("2027-03", 12_50)]
    assert of(town.alfa, ALICE)[-1] == ("2027-03", town.alfa.balance(ALICE))
    town.lawful()


def test_the_months_are_those_of_the_business_dates(town: Town) -> None:
    """The branch says 21 November until its day is closed in January, whatever the clock says."""
    town.alfa.do(lambda books, now_us, _: books.dates.say(now_us, "2026-11-21", "opened", "okafor"))
    town.alfa.do(lambda books, *_: books.audit.note("day_opened", "day/2026-11-21", "okafor", {}))
    live(town.alfa, 50)
    assert ready(town.alfa) is None
    town.alfa.do(close_day, DayOrder(actor="vogt"))
    town.alfa.do(deposit, CashOrder(ALICE, 7_00, "EUR", "okafor"))
    assert seal_all(town.alfa) == ["2026-11"]
    assert of(town.alfa, ALICE) == [("2026-11", town.alfa.balance(ALICE) - 7_00)]
    with pytest.raises(Refusal, match="archive"):
        town.alfa.do(reopen_day, DayOrder(reason="one was forgotten", actor="vogt"))
    town.lawful()


def test_a_day_that_was_opened_again_is_in_the_month_where_it_stands(town: Town) -> None:
    town.clock.pass_ms(9 * DAY_MS)  # 30 November
    town.alfa.do(deposit, CashOrder(ALICE, 1_00, "EUR", "okafor"))
    town.alfa.do(close_day, DayOrder(actor="vogt"))
    town.alfa.do(deposit, CashOrder(ALICE, 2_00, "EUR", "okafor"))
    town.alfa.do(reopen_day, DayOrder(reason="one was forgotten", actor="vogt"))
    town.alfa.do(deposit, CashOrder(ALICE, 4_00, "EUR", "okafor"))
    town.alfa.do(close_day, DayOrder(actor="vogt"))
    town.clock.pass_ms(100 * DAY_MS)
    town.alfa.do(close_day, DayOrder(actor="vogt"))
    assert seal_all(town.alfa) == ["2026-11", "2026-12"]
    assert of(town.alfa, ALICE) == [("2026-11", 101_00), ("2026-12", 107_00)]
    town.lawful()


def test_what_a_clock_that_was_put_back_books_is_in_the_month_after_the_seal(town: Town) -> None:
    live(town.alfa)
    seal_all(town.alfa)
    town.clock.pass_ms(-100 * DAY_MS)
    town.alfa.do(deposit, CashOrder(ALICE, 9_00, "EUR", "okafor"))
    town.clock.pass_ms(300 * DAY_MS)
    assert seal_all(town.alfa) == ["2027-02"]
    assert of(town.alfa, ALICE)[-1] == ("2027-02", town.alfa.balance(ALICE))
    town.lawful()


def test_books_that_do_not_add_up_and_books_that_are_not_believed_are_not_sealed(town: Town) -> None:
    live(town.alfa)
    found = ready(town.alfa)
    assert found is not None
    town.alfa.do(suspect, "it is told so")
    assert town.alfa.do(seal_month, *found) is False
    assert town.alfa.count("sealed_months") == 0


def test_nothing_joins_and_nothing_leaves_what_is_sealed(town: Town) -> None:
    live(town.alfa)
    seal_all(town.alfa)
    for sql in (
        "DELETE FROM postings WHERE entry_id = 1",
        "DELETE FROM sealed_months",
        "UPDATE sealed_months SET hash = 'x'",
        "UPDATE archived_balances SET amount = amount + 1",
        "DELETE FROM archived_balances",
        "INSERT INTO archived_balances (account_id, month, amount) VALUES (1, '2027-01', 0)",
        "INSERT INTO sealed_months (month, up_to_entry, postings, hash, sealed_us, actor)"
        " VALUES ('2026-10', 0, 0, 'x', 0, 'x')",
    ):
        with pytest.raises(Exception, match=r"append-only|sealed|stay as|never changes|only"):
            town.alfa.connection.execute(sql)
    town.lawful()
