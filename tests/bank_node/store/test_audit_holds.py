"""Holds and floors that were changed past the audit log are named, and so is a held sum that its holds do not make."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from bank_node.operations.account_terms import FloorChange, TypeChange, change_floor, change_type
from bank_node.operations.accounts import NewAccount, open_account
from bank_node.operations.holds import HoldOrder, Release, place_hold, release_hold
from bank_node.store.books import Books
from tests.support.cast import ALICE, CAROL, SmallBank, Town, open_town
from tests.support.tampering import checked, found, one, tamper


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = open_town(tmp_path)
    yield town
    town.close()


@pytest.fixture
def bank(town: Town) -> SmallBank:
    """Alice has one hold, Carol had one and has another."""
    bank = town.alfa
    bank.do(place_hold, HoldOrder(ALICE, 60_00, "EUR", "cheque", actor="teller1"))
    bank.do(place_hold, HoldOrder(CAROL, 10_00, "EUR", "cheque", actor="teller1"))
    bank.do(release_hold, Release(2, CAROL, "vogt"))
    bank.do(place_hold, HoldOrder(CAROL, 5_00, "EUR", "court", actor="vogt"))
    assert checked(bank).detail == "holds"
    return bank


def account_id(bank: SmallBank, number: str) -> str:
    return str(one(bank, f"SELECT id FROM accounts WHERE code = '{number}'"))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE holds SET reason = 'none' WHERE id = 1",
        "UPDATE holds SET actor = 'mallory' WHERE id = 1",
        "UPDATE holds SET expires_us = 5 WHERE id = 1",
        "UPDATE holds SET kind = 'approval' WHERE id = 1",
        "UPDATE holds SET at_us = at_us + 1 WHERE id = 1",
    ],
)
def test_a_hold_that_was_altered_is_named(bank: SmallBank, change: str) -> None:
    tamper(bank, change)
    assert found(bank) == [("holds", "1")]


def test_a_hold_that_was_ended_past_the_log_is_named(bank: SmallBank) -> None:
    tamper(bank, "UPDATE holds SET ended_us = 1, ended_by = 'mallory', outcome = 'released' WHERE id = 1")
    assert found(bank) == [("holds", "1"), ("accounts", account_id(bank, ALICE))]
    tamper(bank, f"UPDATE accounts SET held = 0 WHERE code = '{ALICE}'")
    assert found(bank) == [("holds", "1")]


def test_an_end_that_was_taken_back_or_said_otherwise_is_named(bank: SmallBank) -> None:
    tamper(bank, "UPDATE holds SET ended_by = 'mallory' WHERE id = 2")
    assert found(bank) == [("holds", "2")]
    tamper(bank, "UPDATE holds SET ended_us = NULL, ended_by = NULL, outcome = NULL WHERE id = 2")
    assert found(bank) == [("holds", "2"), ("accounts", account_id(bank, CAROL))]


def test_a_hold_that_is_gone_and_one_out_of_nowhere_are_named(bank: SmallBank) -> None:
    tamper(bank, "DELETE FROM holds WHERE id = 1")
    tamper(bank, "UPDATE holds SET id = 9 WHERE id = 3")
    named = found(bank)
    assert ("holds", "1") in named
    assert ("holds", "9") in named
    assert ("holds", "3") in named
    assert ("accounts", account_id(bank, ALICE)) in named


def test_what_is_held_without_a_hold_is_named(bank: SmallBank) -> None:
    tamper(bank, f"UPDATE accounts SET held = held + 1 WHERE code = '{CAROL}'")
    assert found(bank) == [("accounts", account_id(bank, CAROL))]
    assert "501 are held on it; its live holds add up to 500" in checked(bank).detail


def test_floors_that_staff_changed_hold_and_others_are_named(town: Town) -> None:
    bank = town.alfa
    savings = bank.do(open_account, NewAccount(1, "savings", "EUR", "teller1", opening_minor=20_00)).id
    bank.do(change_floor, FloorChange(ALICE, -50_00, actor="vogt"))
    bank.do(change_type, TypeChange(ALICE, "business", actor="vogt"))
    assert checked(bank).detail == "holds"
    tamper(bank, f"UPDATE accounts SET floor = -500000 WHERE code = '{CAROL}'")
    assert found(bank) == [("accounts", account_id(bank, CAROL))]
    tamper(bank, f"UPDATE accounts SET floor = 0 WHERE code IN ('{CAROL}', '{savings}')")
    assert found(bank) == [("accounts", account_id(bank, savings))]
    tamper(bank, f"UPDATE accounts SET floor = -500001 WHERE code = '{ALICE}'")
    assert ("accounts", account_id(bank, ALICE)) in found(bank)


def test_a_floor_that_went_back_to_nothing_holds(town: Town) -> None:
    for floor in (-50_00, 0):
        town.alfa.do(change_floor, FloorChange(ALICE, floor))
    assert checked(town.alfa).detail == "holds"


@pytest.mark.parametrize(
    ("action", "facts"),
    [
        ("hold_placed", "{}"),
        ("hold_placed", '{"hold": 1, "amount": []}'),
        ("hold_ended", '{"hold": "x"}'),
        ("account_terms", '{"to": 5}'),
        ("account_terms", '{"to": {"floor": "x"}}'),
        ("account_opened", '{"floor": "x"}'),
    ],
)
def test_a_forged_row_never_stops_the_check(town: Town, action: str, facts: str) -> None:
    def forge(books: Books, *_: Any) -> None:
        books.audit.note(action, "account/1", "mallory", orjson.loads(facts))

    town.alfa.do(forge)
    assert found(town.alfa) == [("audit_log", str(town.alfa.count("audit_log")))]
