"""Opening an account with its first deposit, changing its state and its terms: each type by its own rules."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from bank_node.ledger.account import make_number
from bank_node.ledger.errors import Refusal
from bank_node.operations.account_terms import (
    FloorChange,
    LabelChange,
    TypeChange,
    change_floor,
    change_label,
    change_type,
)
from bank_node.operations.accounts import NewAccount, StateChange, change_state, open_account
from bank_node.operations.cards import Blank, CardOrder, issue_card
from bank_node.operations.cash import CashOrder, withdraw
from bank_node.operations.claims import Claim
from bank_node.operations.holds import HoldOrder, place_hold
from bank_node.operations.send_transfer import send_transfer
from bank_node.store import queries
from tests.support.cast import ALICE, OPENING, Town, an_order


def opened(town: Town, type_: str = "current", opening_minor: int = 0, **other: Any) -> str:
    new = NewAccount(1, type_, "EUR", "teller1", opening_minor=opening_minor, **other)
    return str(town.alfa.do(open_account, new).id)


def row(town: Town, number: str) -> queries.AccountRow:
    found: queries.AccountRow = town.alfa.read(queries.account, number)
    return found


def last_note(town: Town) -> tuple[str, dict[str, Any]]:
    found = town.alfa.connection.execute("SELECT action, facts FROM audit_log ORDER BY seq DESC LIMIT 1").fetchone()
    return found[0], orjson.loads(found[1])


def test_an_account_is_opened_with_its_first_deposit_in_one_unit_of_work(town: Town) -> None:
    vault = town.alfa.own_balance("vault")
    number = opened(town, "savings", 25_00, label="  For   the boat ")
    account = row(town, number)
    assert (account.balance_minor, account.floor_minor, account.available_minor) == (25_00, 10_00, 15_00)
    assert (account.type, account.label, account.owner) == ("savings", "For the boat", "Alice")
    assert town.alfa.own_balance("vault") == vault - 25_00
    [line] = town.alfa.read(queries.history, account.id)
    assert (line.kind, line.text, line.actor) == ("deposit", "Opening deposit", "teller1")
    town.lawful()


def test_opened_twice_under_one_key_is_one_account_and_one_deposit(town: Town) -> None:
    claim = Claim("teller1:accounts", "key-1", "same")
    numbers = {opened(town, "savings", 25_00, claim=claim) for _ in range(2)}
    assert [row(town, number).balance_minor for number in numbers] == [25_00]
    town.lawful()


@pytest.mark.parametrize(
    ("other", "code", "field"),
    [
        ({"type": "savings", "opening_minor": 9_99}, "AM02", "opening_minor"),
        ({"type": "savings"}, "AM02", "opening_minor"),
        ({"opening_minor": -1}, "AM12", "opening_minor"),
        ({"opening_minor": 10**15 + 1}, "AM12", "opening_minor"),
        ({"type": "loan"}, "FF01", "type"),
        ({"currency": "XXX"}, "AM03", "currency"),
        ({"customer_id": 99}, "not_found", "customer_id"),
        ({"label": "a\nb\u202e"}, "FF01", "label"),
    ],
)
def test_an_account_that_cannot_be_opened_leaves_nothing(
    town: Town, other: dict[str, Any], code: str, field: str
) -> None:
    before = [town.alfa.count(table) for table in ("accounts", "entries", "audit_log")]
    new = {"customer_id": 1, "type": "current", "currency": "EUR", **other}
    with pytest.raises(Refusal) as no:
        town.alfa.do(open_account, NewAccount(**new))
    assert (no.value.code, no.value.field) == (code, field)
    assert [town.alfa.count(table) for table in ("accounts", "entries", "audit_log")] == before


def test_a_minimum_balance_stays_on_the_account(town: Town) -> None:
    number = opened(town, "savings", 25_00)
    for operation, order in (
        (withdraw, CashOrder(number, 15_01, "EUR")),
        (send_transfer, an_order(15_01, from_account=number)),
    ):
        with pytest.raises(Refusal, match=r"15\.00 EUR are available"):
            town.alfa.do(operation, order)
    town.alfa.do(send_transfer, an_order(15_00, from_account=number))
    town.deliver()
    town.lawful()


def test_an_overdraft_is_money_to_spend_and_no_more_than_it(town: Town) -> None:
    town.alfa.do(change_floor, FloorChange(ALICE, -50_00, actor="vogt"))
    assert row(town, ALICE).available_minor == OPENING + 50_00
    town.alfa.do(send_transfer, an_order(OPENING + 50_00))
    town.deliver()
    assert town.alfa.balance(ALICE) == -50_00
    with pytest.raises(Refusal) as no:
        town.alfa.do(withdraw, CashOrder(ALICE, 1, "EUR"))
    assert no.value.code == "AM04"
    with pytest.raises(Refusal, match="there and not held") as covered:
        town.alfa.do(change_floor, FloorChange(ALICE, -49_99, actor="vogt"))
    assert (covered.value.code, covered.value.field) == ("AM04", "floor_minor")
    with pytest.raises(Refusal, match="overdrawn"):
        town.alfa.do(change_state, StateChange(ALICE, "closed"))
    town.lawful()


def test_a_hold_counts_against_a_new_minimum(town: Town) -> None:
    town.alfa.do(place_hold, HoldOrder(ALICE, 60_00, "EUR", "cheque"))
    with pytest.raises(Refusal):
        town.alfa.do(change_floor, FloorChange(ALICE, 40_01))
    town.alfa.do(change_floor, FloorChange(ALICE, 40_00))
    assert row(town, ALICE).available_minor == 0
    town.lawful()


def test_a_change_of_terms_says_before_and_after(town: Town) -> None:
    town.alfa.do(change_type, TypeChange(ALICE, "savings", actor="vogt"))
    terms = {"from": {"type": "current", "floor": 0}, "to": {"type": "savings", "floor": 10_00}}
    assert last_note(town) == ("account_terms", terms)
    town.alfa.do(change_type, TypeChange(ALICE, "business", actor="vogt"))
    assert (row(town, ALICE).type, row(town, ALICE).floor_minor) == ("business", 0)
    town.alfa.do(change_label, LabelChange(ALICE, "Rent", actor="teller1"))
    assert last_note(town) == ("account_label", {"from": None, "to": "Rent"})
    town.alfa.do(change_label, LabelChange(ALICE, "  "))
    assert row(town, ALICE).label is None
    town.lawful()


def test_a_type_is_not_taken_whose_rules_the_account_does_not_keep(town: Town) -> None:
    town.alfa.do(change_floor, FloorChange(ALICE, -50_00))
    with pytest.raises(Refusal, match="not at all"):
        town.alfa.do(change_type, TypeChange(ALICE, "savings"))
    town.alfa.do(change_floor, FloorChange(ALICE, 0))
    town.alfa.do(issue_card, CardOrder(ALICE, [Blank("9999 •", "h")]))
    with pytest.raises(Refusal, match="block its cards first"):
        town.alfa.do(change_type, TypeChange(ALICE, "savings"))
    poor = opened(town)
    with pytest.raises(Refusal) as no:
        town.alfa.do(change_type, TypeChange(poor, "savings"))
    assert (no.value.code, no.value.field) == ("AM04", "type")
    assert row(town, ALICE).type == "current"
    town.lawful()


def test_a_seeded_account_keeps_its_floor_when_its_type_is_said_again(town: Town) -> None:
    before = row(town, ALICE).floor_minor
    town.alfa.do(change_type, TypeChange(ALICE, "current"))
    assert row(town, ALICE).floor_minor == before


def test_what_was_decided_on_an_older_version_is_refused(town: Town) -> None:
    version = row(town, ALICE).version
    town.alfa.do(change_label, LabelChange(ALICE, "Rent", version))
    for operation, change in (
        (change_label, LabelChange(ALICE, "Food", version)),
        (change_type, TypeChange(ALICE, "business", version)),
        (change_floor, FloorChange(ALICE, -1, version)),
        (change_state, StateChange(ALICE, "blocked", version)),
    ):
        with pytest.raises(Refusal) as no:
            town.alfa.do(operation, change)
        assert no.value.code == "changed_meanwhile"


def test_a_closed_account_is_done_with_and_its_cards_too(town: Town) -> None:
    number = opened(town, "current", 5_00)
    card = int(town.alfa.do(issue_card, CardOrder(number, [Blank("9999 •", "h")])).id)
    with pytest.raises(Refusal, match=r"5\.00 EUR are still on the account; pay them out first"):
        town.alfa.do(change_state, StateChange(number, "closed"))
    town.alfa.do(withdraw, CashOrder(number, 5_00, "EUR"))
    town.alfa.do(change_state, StateChange(number, "closed", actor="vogt", reason="moved away"))
    found = town.alfa.connection.execute(f"SELECT state, blocked_by, reason FROM cards WHERE id = {card}").fetchone()
    assert tuple(found) == ("blocked", "vogt", "the account is closed")
    for operation, change in (
        (change_type, TypeChange(number, "business")),
        (change_floor, FloorChange(number, -1)),
        (change_state, StateChange(number, "open")),
        (issue_card, CardOrder(number, [Blank("9999 •", "i")])),
    ):
        with pytest.raises(Refusal) as no:
            town.alfa.do(operation, change)
        assert no.value.code == "AC04"
    town.lawful()


def test_a_savings_account_is_closed_after_its_minimum_was_lifted(town: Town) -> None:
    number = opened(town, "savings", 10_00)
    with pytest.raises(Refusal, match="lower its minimum balance first"):
        town.alfa.do(change_state, StateChange(number, "closed"))
    town.alfa.do(change_floor, FloorChange(number, 0))
    town.alfa.do(withdraw, CashOrder(number, 10_00, "EUR"))
    town.alfa.do(change_state, StateChange(number, "closed"))
    assert row(town, number).state == "closed"
    town.lawful()


@pytest.mark.parametrize(
    ("operation", "change"),
    [
        (change_type, TypeChange(make_number("ALFA", 77), "savings")),
        (change_floor, FloorChange(make_number("ALFA", 77), 0)),
        (change_label, LabelChange(make_number("ALFA", 77), "x")),
        (change_state, StateChange(make_number("ALFA", 77), "open")),
    ],
)
def test_an_account_there_is_not_is_not_found(town: Town, operation: Any, change: Any) -> None:
    with pytest.raises(Refusal) as no:
        town.alfa.do(operation, change)
    assert no.value.code == "not_found"
