"""What stands on a statement: business dates, balances that run on to the next one, nothing that moves later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from bank_node.bank import Bank
from bank_node.ledger.errors import Refusal
from bank_node.operations.business_day import DayOrder, close_day, reopen_day
from bank_node.operations.cash import CashOrder, deposit, withdraw
from bank_node.operations.orders import TransferOrder
from bank_node.operations.send_transfer import send_transfer
from bank_node.statements import statement
from bank_node.statements.period import Period, month_of, months_back, read_period
from bank_node.statements.statement import Statement, statement_of
from bank_node.store import queries
from tests.support.cast import ALICE, BOB, OPENING, SmallBank, Town, open_town

DAY_MS = 86_400_000
NOVEMBER = Period("2026-11-01", "2026-11-30")


@dataclass
class _Settings:
    name: str = "Bank ALFA"


@dataclass
class _Face:
    """As much of a bank as a statement asks for."""

    charter: Any
    clock: Any
    settings: Any


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    town = open_town(tmp_path, database_url)
    yield town
    town.close()


def statement_at(bank: SmallBank, period: Period, number: str = ALICE) -> Statement:
    face = cast(Bank, _Face(bank.charter, bank.clock, _Settings()))

    def read(connection: Any) -> Statement:
        account = queries.account(connection, number)
        assert account is not None
        return statement_of(face, connection, account, period)

    return cast(Statement, bank.read(read))


def cash(bank: SmallBank, minor: int, text: str | None = None) -> None:
    operation = deposit if minor > 0 else withdraw
    bank.do(operation, CashOrder(ALICE, abs(minor), "EUR", "teller1", text))


def test_balances_run_from_the_opening_one_to_the_closing_one(town: Town) -> None:
    cash(town.alfa, 5_00)
    cash(town.alfa, -2_50)
    town.alfa.do(send_transfer, TransferOrder(ALICE, "BRVO", BOB, 10_00, "EUR", "Bob", "rent", actor="teller1"))
    said = statement_at(town.alfa, NOVEMBER)
    assert said.opening_minor == 0
    balance = said.opening_minor
    for line in said.lines:
        balance += line.amount_minor
        assert line.balance_minor == balance
        assert line.date == "2026-11-21"
    assert said.closing_minor == balance == town.alfa.balance(ALICE)
    assert [line.what for line in said.lines][1:] == ["Cash in", "Cash out", "Payment to BRVO"]
    assert (said.lines[-1].name, said.lines[-1].account, said.lines[-1].reference) == ("Bob", BOB, "rent")
    assert said.credits == (2, OPENING + 5_00)
    assert said.debits == (2, 12_50)
    assert not said.is_closed
    town.lawful()


def test_the_next_one_opens_where_the_last_one_closed(town: Town) -> None:
    bank = town.alfa
    for _ in range(12):
        cash(bank, 1_00)
        bank.clock.pass_ms(DAY_MS)
    parts = [Period("2026-11-01", "2026-11-21"), Period("2026-11-22", "2026-11-25"), Period("2026-11-26", "2026-12-31")]
    said = [statement_at(bank, part) for part in parts]
    whole = statement_at(bank, Period("2026-11-01", "2026-12-31"))
    assert [one.opening_minor for one in said[1:]] == [one.closing_minor for one in said[:-1]]
    assert [line.entry_id for one in said for line in one.lines] == [line.entry_id for line in whole.lines]
    assert [one.is_closed for one in said] == [True, True, False]
    assert statement_at(bank, Period("2027-01-01", "2027-01-31")).opening_minor == bank.balance(ALICE)


def test_days_are_the_branchs_not_the_clocks(town: Town) -> None:
    bank = town.alfa
    cash(bank, 1_00)
    bank.do(close_day, DayOrder(actor="vogt"))
    cash(bank, 2_00)  # the clock still says the 21st
    first, second = (statement_at(bank, Period(day, day)) for day in ("2026-11-21", "2026-11-22"))
    assert [line.amount_minor for line in first.lines] == [OPENING, 1_00]
    assert [(line.amount_minor, line.date) for line in second.lines] == [(2_00, "2026-11-22")]
    assert (first.is_closed, second.is_closed) == (True, False)


def test_a_closed_statement_never_changes_even_when_its_day_is_opened_again(town: Town) -> None:
    bank = town.alfa
    cash(bank, 1_00)
    bank.do(close_day, DayOrder(actor="vogt"))
    cash(bank, 2_00)
    before = statement_at(bank, Period("2026-11-21", "2026-11-21"))
    bank.do(reopen_day, DayOrder(actor="vogt", reason="a cheque was forgotten"))
    cash(bank, 4_00)
    assert statement_at(bank, Period("2026-11-21", "2026-11-21")).lines == before.lines
    later = statement_at(bank, Period("2026-11-22", "2026-11-22")).lines
    assert [(line.amount_minor, line.date) for line in later] == [(2_00, "2026-11-22"), (4_00, "2026-11-21")]


def test_a_clock_that_is_put_back_takes_no_line_away(town: Town) -> None:
    bank = town.alfa
    bank.clock.pass_ms(2 * DAY_MS)
    cash(bank, 1_00)
    shown = statement_at(bank, Period("2026-11-23", "2026-11-30")).lines
    bank.clock.pass_ms(-2 * DAY_MS)
    cash(bank, 2_00)
    assert statement_at(bank, Period("2026-11-23", "2026-11-30")).lines[: len(shown)] == shown


def test_an_account_without_entries_has_an_empty_statement(town: Town) -> None:
    said = statement_at(town.alfa, Period("2020-01-01", "2020-01-31"))
    assert (said.opening_minor, said.lines, said.closing_minor) == (0, (), 0)


def test_more_than_one_paper_holds_is_refused(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statement, "LINES_MAX", 1)
    cash(town.alfa, 1_00)
    with pytest.raises(Refusal, match="fewer days"):
        statement_at(town.alfa, NOVEMBER)


@pytest.mark.parametrize(
    ("typed", "period"),
    [
        (("2026-02", "", ""), Period("2026-02-01", "2026-02-28")),
        (("", "", ""), NOVEMBER),
        (("", "2026-11-03", "2026-11-04"), Period("2026-11-03", "2026-11-04")),
        (("", "2026-11-03", ""), Period("2026-11-03", "2026-11-21")),
        (("", "", "2026-10-04"), Period("2026-10-01", "2026-10-04")),
        (("", "2030-01-05", ""), Period("2030-01-05", "2030-01-05")),
    ],
)
def test_a_period_is_read_as_it_is_typed(typed: tuple[str, str, str], period: Period) -> None:
    assert read_period(*typed, today="2026-11-21") == period


@pytest.mark.parametrize(
    "typed",
    [("2026-13", "", ""), ("1969-12", "", ""), ("", "2026-02-30", ""), ("", "21.11.2026", ""),
     ("", "2026-11-05", "2026-11-04"), ("", "٢٠٢٦-11-04", ""), ("9999-12", "", "")],
)  # fmt: skip
def test_what_is_no_period_is_refused_in_words(typed: tuple[str, str, str]) -> None:
    with pytest.raises(Refusal):
        read_period(*typed, today="2026-11-21")


def test_a_month_has_a_name() -> None:
    assert month_of("2026-11-21").name == "November 2026"
    assert Period("2026-11-03", "2026-11-21").name == "3 Nov 2026 to 21 Nov 2026"
    assert [period.month for period in months_back("2026-01-15", 3)] == ["2026-01", "2025-12", "2025-11"]
