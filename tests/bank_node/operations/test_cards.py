"""A card is issued for an account, its number nowhere in the books; blocked once, for good."""

from __future__ import annotations

import pytest

from bank_node.ledger.errors import Refusal
from bank_node.operations.cards import LIVE_MAX, Blank, CardBlock, CardOrder, block_card, issue_card
from bank_node.operations.claims import Claim
from bank_node.store.cards import card, cards
from tests.support.cast import ALICE, CAROL, NOBODY, Town


def blank(name: str) -> Blank:
    return Blank(f"9999 41•• •••• {name:0>4}", f"hash of {name}")


def order(*names: str, **other: object) -> CardOrder:
    fields = {"account": ALICE, "blanks": [blank(name) for name in names], "actor": "teller1"}
    return CardOrder(**{**fields, **other})  # type: ignore[arg-type]


def test_a_card_stands_masked_in_the_books_and_in_the_log_not_at_all(town: Town) -> None:
    receipt = town.alfa.do(issue_card, order("17"))
    found = town.alfa.read(card, int(receipt.id))
    assert (found.masked, found.state, found.expires, found.owner) == (
        "9999 41•• •••• 0017",
        "active",
        "2030-11",
        "Alice",
    )
    said = town.alfa.connection.execute("SELECT facts FROM audit_log WHERE action = 'card_issued'").fetchone()[0]
    assert "9999" not in said
    assert "hash" not in said
    town.lawful()


def test_the_same_order_under_the_same_key_is_one_card(town: Town) -> None:
    claim = Claim("teller1:cards", "key-1", "same")
    first = town.alfa.do(issue_card, order("1", claim=claim))
    again = town.alfa.do(issue_card, order("2", claim=claim))
    assert (again.id, again.replayed, town.alfa.count("cards")) == (first.id, True, 1)


def test_a_number_that_is_taken_is_passed_over(town: Town) -> None:
    town.alfa.do(issue_card, order("1"))
    receipt = town.alfa.do(issue_card, order("1", "2"))
    assert receipt.state == "1", "the second blank"
    with pytest.raises(Refusal, match="draw again"):
        town.alfa.do(issue_card, order("1", "2"))
    assert [row.masked[-4:] for row in town.alfa.read(cards)] == ["0002", "0001"]


def test_only_so_many_cards_are_good_at_once(town: Town) -> None:
    ids = [int(town.alfa.do(issue_card, order(str(number))).id) for number in range(LIVE_MAX)]
    with pytest.raises(Refusal, match="block one of them first"):
        town.alfa.do(issue_card, order("x"))
    town.alfa.do(block_card, CardBlock(ids[0], "lost", "teller1"))
    town.alfa.do(issue_card, order("x"))
    town.clock.pass_ms(5 * 366 * 86_400_000)
    town.alfa.do(issue_card, order("y"))
    town.lawful()


def test_a_card_is_blocked_once_with_a_reason(town: Town) -> None:
    id_ = int(town.alfa.do(issue_card, order("1")).id)
    with pytest.raises(Refusal) as no:
        town.alfa.do(block_card, CardBlock(id_, "  "))
    assert no.value.field == "reason"
    claim = Claim("teller1:block", "key-1", "same")
    assert [town.alfa.do(block_card, CardBlock(id_, "lost", "teller1", claim)).replayed for _ in range(2)] == [
        False,
        True,
    ]
    with pytest.raises(Refusal) as final:
        town.alfa.do(block_card, CardBlock(id_, "stolen", "teller2"))
    assert final.value.code == "final"
    found = town.alfa.read(card, id_)
    assert (found.state, found.blocked_by, found.reason) == ("blocked", "teller1", "lost")
    town.lawful()


@pytest.mark.parametrize(("number", "code"), [(NOBODY, "not_found"), ("XF", "BE04")])
def test_a_card_needs_an_account_of_this_bank(town: Town, number: str, code: str) -> None:
    with pytest.raises(Refusal) as no:
        town.alfa.do(issue_card, order("1", account=number))
    assert no.value.code == code


def test_a_card_there_is_not_is_not_found(town: Town) -> None:
    with pytest.raises(Refusal) as no:
        town.alfa.do(block_card, CardBlock(99, "lost"))
    assert no.value.code == "not_found"


def test_cards_are_listed_by_account_and_by_customer(town: Town) -> None:
    for account, name in ((ALICE, "1"), (CAROL, "2"), (ALICE, "3")):
        town.alfa.do(issue_card, order(name, account=account))
    mine = town.alfa.read(cards, customer_id=1)
    assert [row.masked[-4:] for row in mine] == ["0003", "0001"]
    assert town.alfa.read(cards, account_id=mine[0].account_id) == mine
    assert [row.id for row in town.alfa.read(cards, before_id=3, limit=1)] == [2]
