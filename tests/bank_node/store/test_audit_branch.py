"""Requests for approval, reversals and drawers are held against the log's word about them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bank_node.operations.approvals import Request, Verdict, approve, ask_approval, reject, sign_in_place
from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.drawers import DrawerClaim, DrawerCount, claim_drawer, close_drawer
from bank_node.operations.reversal import ReversalOrder, reverse
from tests.support.cast import ALICE, Town, an_order, open_town
from tests.support.tampering import found, tamper


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """1 is approved, 2 rejected, 3 signed in place, 4 waits; drawer 1 was closed 5.00 short, drawer 2 is open."""
    town = open_town(tmp_path)
    alfa = town.alfa
    for _ in range(2):
        alfa.do(ask_approval, Request("transfer", an_order(10_00, actor="okafor")))
    alfa.do(approve, Verdict(1, "vogt"))
    alfa.do(reject, Verdict(2, "vogt", "no"))
    alfa.do(sign_in_place, Request("deposit", CashOrder(ALICE, 60_00, "EUR", "okafor")), "vogt")
    alfa.do(ask_approval, Request("transfer", an_order(10_00, actor="lindt")))
    alfa.do(claim_drawer, DrawerClaim(1, {"EUR": 50_00}, "okafor"))
    entry_id = alfa.do(deposit, CashOrder(ALICE, 5_00, "EUR", "okafor")).entry_id
    alfa.do(reverse, ReversalOrder(entry_id, "wrong", "okafor"))
    alfa.do(close_drawer, DrawerCount(1, {"EUR": {"500": 9}}, "lost", "vogt", "okafor"))
    alfa.do(claim_drawer, DrawerClaim(2, {"EUR": 1_00}, "vogt"))
    town.lawful()
    yield town
    town.close()


CHANGES = {
    "who approved": ("approvals", 1, "UPDATE approvals SET decided_by = 'okafor' WHERE id = 1"),
    "what it led to": ("approvals", 1, "UPDATE approvals SET leads_to = 'other' WHERE id = 1"),
    "rejected": ("approvals", 2, "UPDATE approvals SET state = 'APPROVED' WHERE id = 2"),
    "maker": ("approvals", 3, "UPDATE approvals SET maker = 'vogt' WHERE id = 3"),
    "waits": ("approvals", 4, "UPDATE approvals SET amount = 1 WHERE id = 4"),
    "gone": ("approvals", 4, "DELETE FROM approvals WHERE id = 4"),
    "why": ("approvals", 2, "UPDATE approvals SET reason = 'yes' WHERE id = 2"),
    "when": ("approvals", 1, "UPDATE approvals SET decided_us = decided_us + 1 WHERE id = 1"),
    "order carried out": ("approvals", 1, "UPDATE approvals SET request = '{}' WHERE id = 1"),
    "order signed in place": ("approvals", 3, "UPDATE approvals SET request = replace(request, '6', '7') WHERE id = 3"),
    "floats no json": ("drawers", 2, "UPDATE drawers SET floats = 'x' WHERE id = 2"),
    "expected no json": ("drawers", 1, "UPDATE drawers SET expected = '{' WHERE id = 1"),
    "variance no json": ("drawers", 1, "UPDATE drawers SET variance = '[' WHERE id = 1"),
    "claimed when": ("drawers", 2, "UPDATE drawers SET opened_us = opened_us - 1 WHERE id = 2"),
    "business date": ("drawers", 2, "UPDATE drawers SET date = '2026-01-01' WHERE id = 2"),
    "by which entry": ("reversals", None, "UPDATE reversals SET reversal_id = 1"),
    "variance": ("drawers", 1, "UPDATE drawers SET variance = '{}' WHERE id = 1"),
    "signed": ("drawers", 1, "UPDATE drawers SET supervisor = 'okafor' WHERE id = 1"),
    "float": ("drawers", 2, "UPDATE drawers SET floats = '{}' WHERE id = 2"),
    "whose": ("drawers", 2, "UPDATE drawers SET teller = 'okafor' WHERE id = 2"),
    "reason": ("reversals", None, "UPDATE reversals SET reason = 'right'"),
    "undone": ("reversals", None, "DELETE FROM reversals"),
}


@pytest.mark.parametrize(("table", "id_", "change"), CHANGES.values(), ids=CHANGES)
def test_what_was_changed_is_named(town: Town, table: str, id_: int | None, change: str) -> None:
    tamper(town.alfa, change)
    rows = found(town.alfa)
    assert [name for name, _ in rows] == [table]
    assert id_ is None or rows == [(table, str(id_))]


def test_a_request_the_log_never_heard_of_is_named(town: Town) -> None:
    tamper(
        town.alfa,
        "INSERT INTO approvals (id, kind, request, amount, currency, maker, made_us, expires_us)"
        " VALUES (9, 'transfer', '{}', 1, 'EUR', 'mallory', 1, 2)",
    )
    assert found(town.alfa) == [("approvals", "9")]
