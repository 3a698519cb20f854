"""The world: the same seed, the same people and money, whatever N is and whoever throws the dice."""

from __future__ import annotations

import hashlib
import json

from bank_node.ledger.account import STATES, TYPES, bank_of, read_number
from bank_node.people.passwords import check_new
from federation.spec import BankSpec, BrokerSpec, FederationSpec, bank_ids
from federation.world import bank_name, make_bank, make_world


def a_spec(count: int, seed: int = 42) -> FederationSpec:
    banks = tuple(BankSpec(name, 8001 + i) for i, name in enumerate(bank_ids(count)))
    return FederationSpec("f" * 32, seed, banks, BrokerSpec())


def test_the_same_seed_makes_the_same_world_on_every_machine_and_in_every_version() -> None:
    text = json.dumps(make_bank(42, "ALFA", "http://127.0.0.1:8001"), sort_keys=True)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "3f5edcb4cf950823"


def test_a_bank_does_not_change_when_others_join() -> None:
    assert make_world(a_spec(2))["banks"] == make_world(a_spec(9))["banks"][:2]


def test_another_seed_is_another_world() -> None:
    assert make_bank(1, "ALFA", "")["accounts"] != make_bank(2, "ALFA", "")["accounts"]
    assert make_bank(1, "ALFA", "")["staff"] != make_bank(2, "ALFA", "")["staff"]


def test_every_bank_has_twelve_customers_and_twenty_accounts_of_the_right_kinds() -> None:
    for bank in make_world(a_spec(30))["banks"]:
        accounts = bank["accounts"]
        owners = {customer["name"] for customer in bank["customers"]}
        assert len(owners) == 12
        assert len({account["number"] for account in accounts}) == 20
        assert {account["owner"] for account in accounts} == owners
        assert {account["type"] for account in accounts} == set(TYPES)
        assert {account["state"] for account in accounts} == set(STATES)
        assert [a["state"] for a in accounts].count("open") == 17
        assert {account["currency"] for account in accounts} == {"EUR", "USD", "JPY"}
        assert all(0 <= account["opening_minor"] <= 50_000_00 for account in accounts)
        assert all(read_number(a["number"]) == a["number"] and bank_of(a["number"]) == bank["id"] for a in accounts)
        assert all(a["opening_minor"] == 0 for a in accounts if a["state"] == "closed")


def test_the_first_two_accounts_are_open_and_have_euros_and_two_owners() -> None:
    for bank in make_world(a_spec(30))["banks"]:
        first, second = bank["accounts"][:2]
        assert first["owner"] != second["owner"]
        for account in (first, second):
            assert (account["currency"], account["state"]) == ("EUR", "open")
            assert account["opening_minor"] >= 1_000_00


def test_the_staff_can_sign_in_with_passwords_a_bank_would_take() -> None:
    bank = make_bank(42, "BRVO", "")
    assert [p["role"] for p in bank["staff"]] == ["teller", "teller", "supervisor", "auditor", "admin"]
    assert len({p["username"] for p in bank["staff"]}) == 5
    assert len({p["password"] for p in bank["staff"]}) == 5
    for person in bank["staff"]:
        check_new(person["password"], person["username"])


def test_a_salt_changes_the_passwords_and_nothing_else() -> None:
    plain, salted = make_bank(42, "ALFA", ""), make_bank(42, "ALFA", "", password_salt="x")
    assert plain["accounts"] == salted["accounts"]
    assert not {p["password"] for p in plain["staff"]} & {p["password"] for p in salted["staff"]}


def test_banks_past_the_alphabet_are_numbered() -> None:
    assert bank_ids(28)[24:] == ("YANK", "ZULU", "B027", "B028")
    assert bank_name("ALFA") == "Alfa Bank"
    assert bank_name("B027") == "Bank 27"


def test_a_spec_survives_its_file() -> None:
    spec = a_spec(3)
    assert FederationSpec.from_json(json.loads(json.dumps(spec.as_json()))) == spec
