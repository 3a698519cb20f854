"""The road of a transfer, as a story: start reading here."""

from __future__ import annotations

from tests.support.cast import ALICE, BOB, CAROL, NOBODY, OPENING
from tests.support.running import Federation


def test_a_transfer_arrives(federation: Federation) -> None:
    receipt = federation.alfa.send(12_50, reference="Lunch").result()
    assert receipt.status == "pending", "Alice's money has left; Bob's bank has not answered yet"
    assert federation.alfa.balance(ALICE) == OPENING - 12_50

    federation.until(lambda: federation.alfa.state(receipt.id) == "COMPLETED")

    assert federation.brvo.balance(BOB) == OPENING + 12_50
    federation.lawful()


def test_a_refusal_comes_back_as_a_refund(federation: Federation) -> None:
    receipt = federation.alfa.send(12_50, to_account=NOBODY).result()

    federation.until(lambda: federation.alfa.state(receipt.id) == "REJECTED")

    assert federation.alfa.balance(ALICE) == OPENING
    federation.lawful()


def test_money_goes_both_ways_at_once_and_every_cent_is_accounted_for(federation: Federation) -> None:
    there = [federation.alfa.send(cents) for cents in range(1, 101)]
    back = [federation.brvo.send(cents, from_account=BOB, to_bank="ALFA", to_account=CAROL) for cents in range(1, 51)]
    sent = [future.result() for future in (*there, *back)]
    assert len({receipt.id for receipt in sent}) == 150

    federation.until_quiet()

    assert federation.alfa.balance(ALICE) == OPENING - sum(range(1, 101))
    assert federation.alfa.balance(CAROL) == OPENING + sum(range(1, 51))
    assert federation.brvo.balance(BOB) == OPENING + sum(range(1, 101)) - sum(range(1, 51))
    federation.lawful()
