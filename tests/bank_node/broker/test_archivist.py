"""What seals old months in a running bank: one at a time, only what adds up, and only where the bank wants it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bank_node.bank import Bank
from bank_node.broker.archivist import Archivist
from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.standing import suspect
from bank_node.store.archive import sealed_months
from tests.support.counter import ALICE, StandingClock, a_bank
from tests.support.tampering import tamper_file

DAY_MS = 86_400_000
JANUARY_US = 1_799_143_200_000_000  # 5 January 2027


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    """Three months with a deposit each; it is April."""
    clock = StandingClock()
    clock.at_us = JANUARY_US
    with a_bank(tmp_path, clock, archive_after_months=1, synchronous="OFF") as opened:
        for _ in range(3):
            opened.submit_and_wait(deposit, CashOrder(ALICE, 1_00, "EUR", "teller"))
            clock.pass_ms(31 * DAY_MS)
        yield opened


def months(bank: Bank) -> list[str]:
    with bank.readers.connection() as connection:
        return [row.month for row in sealed_months(connection)]


def test_a_turn_seals_one_month_and_says_whether_to_come_again(bank: Bank) -> None:
    archivist = Archivist(bank, bank.writer.submit)
    assert [archivist.tick() for _ in range(4)] == [1, 1, 0, 0]
    assert months(bank) == ["2027-02", "2027-01"]


def test_two_processes_that_read_the_same_month_seal_it_once(bank: Bank) -> None:
    late: list[Any] = []

    def later(*order: Any) -> Any:
        late.append(order)
        return bank.writer.submit(*order)

    assert Archivist(bank, later).tick() == 1
    assert bank.writer.submit(*late[0]).result(20) is False
    assert months(bank) == ["2027-01"]


def test_books_that_do_not_add_up_are_not_sealed_and_that_is_logged(
    bank: Bank, caplog: pytest.LogCaptureFixture
) -> None:
    tamper_file(bank, "UPDATE postings SET amount = amount + 1 WHERE account_id = 1 AND amount = 100")
    with caplog.at_level(logging.ERROR):
        assert Archivist(bank, bank.writer.submit).tick() == 0
    assert "2027-01 is not sealed: account 1 stands at" in caplog.text
    assert months(bank) == []


def test_a_suspect_bank_seals_nothing(bank: Bank) -> None:
    bank.submit_and_wait(suspect, "it is told so")
    assert Archivist(bank, bank.writer.submit).tick() == 0
    assert months(bank) == []
