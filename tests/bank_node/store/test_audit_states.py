"""What state an account is in stands in the audit log; a database from before seeding noted it accuses nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from bank_node.clock import Ids
from bank_node.ledger.account import make_number
from bank_node.operations import seeding
from bank_node.operations.accounts import NewAccount, StateChange, change_state, open_account
from bank_node.operations.customers import NewCustomer, open_customer
from bank_node.operations.seeding import Seed, seed
from bank_node.store.books import Books
from tests.support.cast import ALICE, CAROL, SmallBank, Town, open_small_bank, open_town
from tests.support.tampering import checked, found, one, tamper

FROZEN, BLOCKED = make_number("ALFA", 11), make_number("ALFA", 12)
SEEDED = Seed(
    [{"name": "Frida"}],
    [
        {"number": number, "owner": "Frida", "type": "current", "currency": "EUR", "state": state}
        for number, state in ((FROZEN, "debit_frozen"), (BLOCKED, "blocked"))
    ],
)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = open_town(tmp_path)
    yield town
    town.close()


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallBank]:
    """ALFA, seeded with a frozen and a blocked account."""
    bank = seeded(tmp_path)
    yield bank
    bank.close()


def seeded(folder: Path) -> SmallBank:
    bank = open_small_bank(folder / "ALFA", "ALFA", {})
    bank.connection.execute("DELETE FROM bank_facts WHERE name = 'seeded'")
    bank.do(seed, SEEDED)
    return bank


@pytest.fixture
def old_bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallBank]:
    """The same, by a program that noted of the states nothing."""

    def silently(books: Books, now_us: int, ids: Ids, world: Seed) -> bool:
        noted = books.audit.note

        def note(action: str, subject: str, actor: str, facts: dict[str, object]) -> None:
            if action != "account_state":
                noted(action, subject, actor, {name: fact for name, fact in facts.items() if name != "states"})

        with monkeypatch.context() as patch:
            patch.setattr(books.audit, "note", note)
            return seeding.seed(books, now_us, ids, world)

    bank = open_small_bank(tmp_path / "ALFA", "ALFA", {})
    # as if the empty world had never been: neither its mark nor its row of the log
    bank.connection.execute("DELETE FROM bank_facts WHERE name = 'seeded'")
    tamper(bank, "DELETE FROM audit_log WHERE action = 'world_seeded'")
    bank.do(silently, SEEDED)
    yield bank
    bank.close()


def id_of(bank: SmallBank, number: str) -> str:
    return str(one(bank, f"SELECT id FROM accounts WHERE code = '{number}'"))


def open_one(bank: SmallBank) -> str:
    customer = bank.do(open_customer, NewCustomer("Dora", actor="teller1")).id
    return str(bank.do(open_account, NewAccount(int(customer), "current", "EUR", "teller1")).id)


def test_the_states_of_the_seeded_world_stand_in_the_log(bank: SmallBank) -> None:
    rows = bank.connection.execute("SELECT subject, actor, facts FROM audit_log WHERE action = 'account_state'")
    said = [(subject, actor, orjson.loads(facts)) for subject, actor, facts in rows]
    assert said == [
        (f"account/{id_of(bank, FROZEN)}", "opening", {"from": "open", "to": "debit_frozen"}),
        (f"account/{id_of(bank, BLOCKED)}", "opening", {"from": "open", "to": "blocked"}),
    ]
    assert checked(bank).detail == "holds"


def test_states_changed_by_staff_hold(bank: SmallBank) -> None:
    number = open_one(bank)
    for account, state in ((FROZEN, "open"), (BLOCKED, "closed"), (number, "blocked")):
        bank.do(change_state, StateChange(account, state, actor="supervisor"))
    assert checked(bank).detail == "holds"


@pytest.mark.parametrize("number", [FROZEN, BLOCKED])
@pytest.mark.parametrize("state", ["open", "closed"])
def test_the_state_of_a_seeded_account_that_was_changed_past_the_log_is_named(
    bank: SmallBank, number: str, state: str
) -> None:
    tamper(bank, f"UPDATE accounts SET state = '{state}' WHERE code = '{number}'")
    assert found(bank) == [("accounts", id_of(bank, number))]


@pytest.mark.parametrize("number", [ALICE, CAROL])
def test_an_open_account_that_was_frozen_past_the_log_is_named(town: Town, number: str) -> None:
    town.alfa.do(change_state, StateChange(ALICE, "blocked"))
    town.alfa.do(change_state, StateChange(ALICE, "open"))
    tamper(town.alfa, f"UPDATE accounts SET state = 'debit_frozen' WHERE code = '{number}'")
    assert found(town.alfa) == [("accounts", id_of(town.alfa, number))]


def test_an_account_of_the_banks_own_that_was_closed_is_named(town: Town) -> None:
    tamper(town.alfa, "UPDATE accounts SET state = 'closed' WHERE code = 'vault'")
    assert found(town.alfa) == [("accounts", id_of(town.alfa, "vault"))]


def test_an_account_that_is_gone_with_its_state_is_named(bank: SmallBank) -> None:
    id_ = id_of(bank, BLOCKED)
    tamper(bank, f"DELETE FROM accounts WHERE code = '{BLOCKED}'")
    assert ("accounts", id_) in found(bank)


def test_a_database_from_before_accuses_no_seeded_account(old_bank: SmallBank) -> None:
    assert one(old_bank, "SELECT count(*) FROM audit_log WHERE action = 'account_state'") == 0
    assert checked(old_bank).detail == "holds"
    tamper(old_bank, f"UPDATE accounts SET state = 'open' WHERE code = '{BLOCKED}'")
    assert checked(old_bank).detail == "holds", "nothing is known of it"


def test_what_a_database_from_before_has_noted_since_is_held_against_it(old_bank: SmallBank) -> None:
    number = open_one(old_bank)
    old_bank.do(change_state, StateChange(FROZEN, "open"))
    assert checked(old_bank).detail == "holds"
    tamper(old_bank, "UPDATE accounts SET state = 'blocked' WHERE kind = 'customer'")
    assert found(old_bank) == [("accounts", id_of(old_bank, one_)) for one_ in (FROZEN, number)]
    assert id_of(old_bank, BLOCKED) not in checked(old_bank).detail


@pytest.mark.parametrize(
    ("action", "subject", "facts"),
    [
        ("account_state", "account/x", '{"to": "open"}'),
        ("account_state", "account/1", '{"to": []}'),
        ("account_state", "account/1", "{}"),
        ("account_opened", "nobody", "{}"),
        ("world_seeded", "world", '{"states": []}'),
    ],
)
def test_a_forged_row_about_accounts_never_stops_the_check(
    bank: SmallBank, action: str, subject: str, facts: str
) -> None:
    def forge(books: Books, *_: object) -> None:
        books.audit.note(action, subject, "mallory", orjson.loads(facts))

    bank.do(forge)
    expected = [] if action == "world_seeded" else [("audit_log", str(bank.count("audit_log")))]
    assert found(bank) == expected
