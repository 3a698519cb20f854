"""Sealing changes no page: every stretch, balance and month is what it was, read from the archive instead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bank_node.ledger.dates import month_after, month_before, months_between, read_rfc3339
from bank_node.operations.business_day import DayOrder, close_day, reopen_day
from bank_node.operations.cash import CashOrder, deposit
from bank_node.store import month_queries
from bank_node.store.archive import sealed_up_to
from bank_node.store.audit_check import check_chain
from bank_node.store.history_queries import balance_before, lines_of, stretch_of
from bank_node.store.month_queries import MonthsFound, months
from tests.support.archive import DAY_MS, live, seal_all
from tests.support.cast import ALICE, CAROL, Town, open_town

ALICES, CAROLS = 1, 2


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    town = open_town(tmp_path, database_url)
    yield town
    town.close()


def by_the_clock(town: Town) -> None:
    live(town.alfa, 200)


def by_the_branch(town: Town) -> None:
    """Days end by the branch's word, late and early; one is opened again over the end of a month."""
    for day in range(20):
        town.alfa.do(deposit, CashOrder(ALICE if day % 3 else CAROL, 1_00 + day, "EUR", "okafor"))
        town.alfa.do(close_day, DayOrder(actor="vogt"))
        if day in (3, 9):
            town.alfa.do(reopen_day, DayOrder(reason="forgot one", actor="vogt"))
            town.alfa.do(deposit, CashOrder(ALICE, 70_00 + day, "EUR", "okafor"))
            town.alfa.do(close_day, DayOrder(actor="vogt"))
        town.clock.pass_ms(10 * DAY_MS)


def first_by_the_clock_then_by_the_branch(town: Town) -> None:
    live(town.alfa, 70)
    by_the_branch(town)


def by_a_clock_that_is_put_back(town: Town) -> None:
    """Over the ends of months, while now one and now the other account is booked on; at last by half a second."""
    for step in range(24):
        town.alfa.do(deposit, CashOrder((ALICE, CAROL)[step // 2 % 2], 1_00 + step, "EUR", "okafor"))
        town.clock.pass_ms((16, 23, -13, -9)[step % 4] * DAY_MS if step % 8 < 5 else 17 * DAY_MS)
    town.clock.at_us = max(town.clock.at_us, read_rfc3339("2027-06-30T23:59:59.900Z"))
    for account in (CAROL, ALICE):
        town.alfa.do(deposit, CashOrder(account, 5_00, "EUR", "okafor"))
        town.clock.pass_ms(300 if account == CAROL else -300)
        town.alfa.do(deposit, CashOrder(account, 6_00, "EUR", "okafor"))
    town.clock.pass_ms(100 * DAY_MS)


def by_a_clock_that_is_put_back_and_then_by_the_branch(town: Town) -> None:
    by_a_clock_that_is_put_back(town)
    by_the_branch(town)


def told(town: Town) -> dict[str, Any]:
    """Whatever a page could ask of either account."""
    days = [(date(2026, 10, 28) + timedelta(days=7 * count)).isoformat() for count in range(47)]
    days += [f"2026-{month:02d}-01" for month in (11, 12)] + [f"2027-{month:02d}-01" for month in range(1, 10)]

    def read(connection: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for account in (ALICES, CAROLS):
            for first, last in pairwise(sorted(days)):
                stretch = stretch_of(connection, account, first, last)
                lines = [line.entry_id for line in lines_of(connection, account, stretch, 1_000)]
                found[f"{account} {first} {last}"] = (lines, balance_before(connection, account, stretch.first))
            lines_found = months(connection, account, town.clock.at_us, count=24).lines
            found[f"{account} months"] = [(line.month, line.closing_minor) for line in lines_found]
        return found

    return dict(town.alfa.read(read))


@pytest.mark.parametrize(
    "how",
    [
        by_the_clock,
        by_the_branch,
        first_by_the_clock_then_by_the_branch,
        by_a_clock_that_is_put_back,
        by_a_clock_that_is_put_back_and_then_by_the_branch,
    ],
)
def test_what_is_sealed_reads_as_it_did_before(town: Town, how: Any) -> None:
    how(town)
    before = told(town)
    assert len(before[f"{ALICES} months"]) >= 6
    while seal_all(town.alfa, after_months=6) or seal_all(town.alfa, after_months=2):
        assert told(town) == before
    assert town.alfa.count("sealed_months") >= 4
    town.lawful()


def test_months_say_which_of_them_are_sealed_and_go_on_page_by_page(town: Town) -> None:
    by_the_clock(town)  # until 9 June
    seal_all(town.alfa, after_months=2)
    now_us = town.clock.at_us
    whole = town.alfa.read(months, ALICES, now_us)
    assert [line.month for line in whole.lines] == [
        "2027-05", "2027-04", "2027-03", "2027-02", "2027-01", "2026-12", "2026-11",
    ]  # fmt: skip
    assert [line.sealed_us is None for line in whole.lines] == [True, True, False, False, False, False, False]
    assert whole.lines[0].closing_minor == town.alfa.balance(ALICE)
    assert whole.before is None
    seen, before = [], None
    while True:
        page = town.alfa.read(months, ALICES, now_us, before=before, count=3)
        seen += page.lines
        before = page.before
        if before is None:
            break
    assert tuple(seen) == whole.lines


def test_an_account_on_which_nothing_was_booked_has_no_months(town: Town) -> None:
    assert town.alfa.read(months, 99, town.clock.at_us) == MonthsFound()


def test_what_a_clock_that_was_put_back_booked_is_in_the_newest_month(town: Town) -> None:
    live(town.alfa, 60)
    seal_all(town.alfa)
    town.clock.pass_ms(-60 * DAY_MS)
    town.alfa.do(deposit, CashOrder(ALICE, 9_00, "EUR", "okafor"))
    found = town.alfa.read(months, ALICES, town.clock.at_us)
    assert (found.lines[0].month, found.lines[0].closing_minor) == ("2026-12", town.alfa.balance(ALICE))


def test_half_a_second_that_the_clock_takes_back_over_the_end_of_a_month_is_in_the_later_one(town: Town) -> None:
    """Where the bank's month ends no account's goes on: what was booked then is nobody's November."""
    town.clock.at_us = read_rfc3339("2026-12-01T00:00:00.300Z")
    town.alfa.do(deposit, CashOrder(CAROL, 1, "EUR", "okafor"))
    town.clock.pass_ms(-400)
    town.alfa.do(deposit, CashOrder(ALICE, 50_00, "EUR", "okafor"))
    town.clock.pass_ms(180 * DAY_MS)
    for after_months in (99, 1):
        assert seal_all(town.alfa, after_months) == ([] if after_months == 99 else ["2026-11", "2026-12"])
        found = town.alfa.read(months, ALICES, town.clock.at_us).lines
        assert [(line.month, line.closing_minor) for line in found] == [("2026-12", 150_00), ("2026-11", 100_00)]


@pytest.mark.parametrize("month", ["2020-01", "2026-12", "2027-02", "2029-01", "x"])
def test_a_balance_planted_into_a_month_that_is_not_sealed_is_no_month(town: Town, month: str) -> None:
    """Whatever it says; and no month is sealed upon it, while `verify` names it."""
    by_the_clock(town)
    before = told(town)
    sql = f"INSERT INTO archived_balances SELECT id, '{month}', 0 FROM accounts WHERE id IN (1, 3)"
    town.alfa.connection.execute(sql)
    assert told(town) == before
    with pytest.raises(ValueError, match=f"1/{month} is of no sealed month"):
        seal_all(town.alfa)
    assert not town.alfa.read(check_chain).ok
    assert {finding.row for finding in town.alfa.read(check_chain).findings} == {f"1/{month}", f"3/{month}"}


@pytest.mark.parametrize("planted", ["soon", "2027-13", "2027-5", "2031 05"])
def test_a_planted_seal_whose_month_is_no_month_is_named_and_hides_nothing(town: Town, planted: str) -> None:
    by_the_clock(town)
    seal_all(town.alfa, after_months=2)
    before, now_us = told(town), town.clock.at_us
    for sql in (
        f"INSERT INTO archived_balances VALUES (1, '{planted}', 7)",
        f"INSERT INTO sealed_months VALUES ('{planted}', 9, 9, '', 9, 'nobody')",
    ):
        town.alfa.connection.execute(sql)

    assert told(town) == before
    assert town.alfa.read(months, ALICES, now_us).no_months == (planted,)
    assert town.alfa.read(sealed_up_to) == "2027-03"
    assert planted in {finding.row for finding in town.alfa.read(check_chain).findings}


def test_of_sealed_months_no_posting_is_looked_at(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    by_the_clock(town)
    seal_all(town.alfa, after_months=2)
    asked: list[str] = []
    plain = month_queries.first_entry
    monkeypatch.setattr(
        month_queries, "first_entry", lambda c, a, day, *more: asked.append(day) or plain(c, a, day, *more)
    )
    found = town.alfa.read(months, ALICES, town.clock.at_us, before="2027-03")
    assert [line.month for line in found.lines] == ["2027-02", "2027-01", "2026-12", "2026-11"]
    assert asked == []


def test_months_are_counted() -> None:
    assert [month_after("2026-11"), month_after("2026-12")] == ["2026-12", "2027-01"]
    assert [month_before("2026-12"), month_before("2027-01")] == ["2026-11", "2026-12"]
    assert [months_between("2026-11", later) for later in ("2026-11", "2027-01", "2028-11")] == [0, 2, 24]
