"""A history looked through: every filter alone and together, page by page, and never for longer than it may take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.orders import TransferOrder
from bank_node.operations.send_transfer import send_transfer
from bank_node.store import history_queries, queries
from bank_node.store.history_queries import Found, Wanted, search, stretch_of
from tests.support.cast import ALICE, BOB, CAROL, Town, open_town

DAY_MS = 86_400_000


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    town = open_town(tmp_path, database_url)
    yield town
    town.close()


def look(town: Town, wanted: Wanted, days: tuple[str, str] = ("", ""), **more: Any) -> Found:
    def read(connection: Any) -> Found:
        account = queries.account(connection, ALICE)
        assert account is not None
        return search(connection, account.id, wanted, stretch_of(connection, account.id, *days), **more)

    found = town.alfa.read(read)
    assert isinstance(found, Found)
    return found


def amounts(found: Found) -> list[int]:
    return [line.amount_minor for line in found.lines]


@pytest.fixture
def busy(town: Town) -> Town:
    """Opening 100.00, then ten deposits of 1.00 to 10.00 on ten days, then two payments."""
    bank = town.alfa
    for euros in range(1, 11):
        bank.do(deposit, CashOrder(ALICE, euros * 100, "EUR", "teller1", f"Einzahlung Nr. {euros}"))
        bank.clock.pass_ms(DAY_MS)
    bank.do(send_transfer, TransferOrder(ALICE, "BRVO", BOB, 12_50, "EUR", "Żółta Śliwka", "MIETE März", actor="t"))
    bank.do(send_transfer, TransferOrder(ALICE, "ALFA", CAROL, 3_00, "EUR", "Carol", None, actor="t"))
    return town


def test_without_a_wish_everything_comes_newest_first(busy: Town) -> None:
    assert amounts(look(busy, Wanted(), limit=4)) == [-3_00, -12_50, 10_00, 9_00]


def test_pages_follow_one_another_without_gap_or_repeat(busy: Town) -> None:
    seen, before = [], None
    while True:
        found = look(busy, Wanted(least_minor=2_00), limit=3, before_entry=before)
        seen += [line.entry_id for line in found.lines]
        before = found.next_entry
        if before is None:
            break
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 12


@pytest.mark.parametrize("words", ["miete", "MÄRZ miete", "śliwka", BOB.lower(), "12.50", "12,50", "żółta märz"])
def test_words_are_found_in_any_case_and_order(busy: Town, words: str) -> None:
    assert amounts(look(busy, Wanted(words))) == [-12_50]


def test_words_that_nobody_wrote_are_not_found(busy: Town) -> None:
    assert look(busy, Wanted("miete april")) == Found((), None)
    assert look(busy, Wanted("%")) == Found((), None)
    assert look(busy, Wanted("' OR 1=1 --")) == Found((), None)


def test_amounts_are_meant_without_their_sign(busy: Town) -> None:
    assert amounts(look(busy, Wanted(least_minor=3_00, most_minor=4_00))) == [-3_00, 4_00, 3_00]


def test_days_are_both_included(busy: Town) -> None:
    assert amounts(look(busy, Wanted(), ("2026-11-22", "2026-11-24"))) == [4_00, 3_00, 2_00]
    assert amounts(look(busy, Wanted("nr. 3"), ("2026-11-22", ""))) == [3_00]
    assert amounts(look(busy, Wanted(), ("", "2026-11-21"))) == [1_00, 100_00]


def test_a_long_look_ends_and_says_where_to_go_on(busy: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_queries, "PAGE", 2)
    monkeypatch.setattr(history_queries, "LOOK_BACK", 4)
    found = look(busy, Wanted("nr. 1", most_minor=1_00))
    assert found.lines == ()
    while found.next_entry is not None and not found.lines:
        found = look(busy, Wanted("nr. 1", most_minor=1_00), before_entry=found.next_entry)
    assert amounts(found) == [1_00]
