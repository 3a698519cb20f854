"""Numbers, owners, types and currencies of accounts are held against the log, which has numbers only as hashes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bank_node.ledger.account import make_number
from bank_node.operations.account_terms import TypeChange, change_type
from bank_node.operations.accounts import NewAccount, open_account
from bank_node.operations.customers import NewCustomer, open_customer
from bank_node.operations.seeding import Seed, seed
from bank_node.store.audit import AuditBook
from tests.support.cast import ALICE, CAROL, SmallBank, Town, open_small_bank, open_town
from tests.support.tampering import checked, found, one, tamper

THIRD = make_number("ALFA", 3)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = open_town(tmp_path)
    yield town
    town.close()


def open_two(bank: SmallBank) -> tuple[str, str]:
    """Two accounts of two new customers, by staff."""
    owners = [int(bank.do(open_customer, NewCustomer(name, actor="teller1")).id) for name in ("Dora", "Emil")]
    first, second = (str(bank.do(open_account, NewAccount(id_, "current", "EUR", "teller1")).id) for id_ in owners)
    return first, second


def id_of(bank: SmallBank, number: str) -> str:
    return str(one(bank, f"SELECT id FROM accounts WHERE code = '{number}'"))


def swap(bank: SmallBank, one_: str, other: str) -> None:
    tamper(bank, "UPDATE accounts SET code = 'between' WHERE code = ?", one_)
    tamper(bank, "UPDATE accounts SET code = ? WHERE code = ?", one_, other)
    tamper(bank, "UPDATE accounts SET code = ? WHERE code = 'between'", other)


def test_opened_accounts_that_swapped_numbers_are_named(town: Town) -> None:
    first, second = open_two(town.alfa)
    ids = [("accounts", id_of(town.alfa, number)) for number in (first, second)]
    town.lawful()
    swap(town.alfa, first, second)
    assert found(town.alfa) == ids


def test_seeded_accounts_that_swapped_numbers_are_named(town: Town) -> None:
    swap(town.alfa, ALICE, CAROL)
    assert found(town.alfa) == [("accounts", "1 to 2")]


CHANGES = {
    "owner": "customer_id = CASE customer_id WHEN 2 THEN 1 ELSE 2 END",
    "number": f"code = '{THIRD}'",
    "type": "type = 'savings'",
    "not a customer's": "kind = 'vault'",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_account_that_was_changed_is_named(town: Town, change: str) -> None:
    first, _ = open_two(town.alfa)
    id_ = id_of(town.alfa, first)
    tamper(town.alfa, f"UPDATE accounts SET {change} WHERE id = ?", id_)
    assert ("accounts", id_) in found(town.alfa)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_seeded_account_that_was_changed_is_named(town: Town, change: str) -> None:
    tamper(town.alfa, f"UPDATE accounts SET {change} WHERE code = ?", ALICE)
    assert ("accounts", "1 to 2") in found(town.alfa)


def test_an_account_that_is_gone_is_named(town: Town) -> None:
    first, _ = open_two(town.alfa)
    id_ = id_of(town.alfa, first)
    tamper(town.alfa, "DELETE FROM accounts WHERE id = ?", id_)
    assert found(town.alfa) == [("accounts", id_)]


def test_an_account_opened_twice_under_one_id_is_named(town: Town) -> None:
    _, second = open_two(town.alfa)
    id_ = id_of(town.alfa, second)
    tamper(town.alfa, "DELETE FROM accounts WHERE id = ?", id_)
    again = town.alfa.do(open_account, NewAccount(3, "current", "EUR", "teller1")).id
    assert id_of(town.alfa, again) == id_
    assert found(town.alfa) == [("accounts", id_)]


def test_an_own_account_called_by_another_name_is_named(town: Town) -> None:
    id_ = id_of(town.alfa, "vault")
    tamper(town.alfa, "UPDATE accounts SET code = 'unclaimed' WHERE code = 'vault'")
    assert ("accounts", id_) in found(town.alfa)


def test_types_that_staff_changed_hold(town: Town) -> None:
    first, _ = open_two(town.alfa)
    for type_ in ("business", "current", "business"):
        for number in (first, ALICE):
            town.alfa.do(change_type, TypeChange(number, type_, actor="supervisor"))
    town.lawful()
    for number in (first, ALICE):
        tamper(town.alfa, "UPDATE accounts SET type = 'savings' WHERE code = ?", number)
    assert {row for _, row in found(town.alfa)} >= {id_of(town.alfa, first), id_of(town.alfa, ALICE)}


@pytest.fixture
def old_bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallBank]:
    """Seeded, and accounts opened, by a program that noted no hashes."""

    def note(self: AuditBook, action: str, subject: str, actor: str, facts: dict[str, Any]) -> None:
        plain_note(self, action, subject, actor, {name: fact for name, fact in facts.items() if name not in unknown})

    plain_note: Callable[..., None] = AuditBook.note
    unknown = ("number", "first", "last", "hash")
    with monkeypatch.context() as patch:
        patch.setattr(AuditBook, "note", note)
        bank = open_small_bank(tmp_path / "ALFA", "ALFA", {"Alice": ALICE, "Carol": CAROL})
        open_two(bank)
    yield bank
    bank.close()


def test_a_database_from_before_accuses_nobody(old_bank: SmallBank) -> None:
    assert checked(old_bank).detail == "holds"
    swap(old_bank, ALICE, CAROL)
    assert checked(old_bank).detail == "holds", "nothing is known of it"
    open_two(old_bank)
    assert checked(old_bank).detail == "holds"


def test_what_a_database_from_before_says_of_owners_is_held_against_it(old_bank: SmallBank) -> None:
    id_ = one(old_bank, "SELECT max(id) FROM accounts WHERE kind = 'customer'")
    tamper(old_bank, "UPDATE accounts SET customer_id = 1 WHERE id = ?", id_)
    assert found(old_bank) == [("accounts", str(id_))]


def test_a_world_without_accounts_holds(tmp_path: Path) -> None:
    bank = open_small_bank(tmp_path / "ALFA", "ALFA", {})
    bank.connection.execute("DELETE FROM bank_facts WHERE name = 'seeded'")
    bank.do(seed, Seed([{"name": "Frida"}], []))
    assert checked(bank).detail == "holds"
    bank.close()
