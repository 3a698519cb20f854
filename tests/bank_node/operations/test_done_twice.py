"""A row set back past the triggers lets nothing happen twice in silence: it is refused, or `verify` names it after."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bank_node.ledger.errors import Refusal
from bank_node.operations.approvals import Request, Verdict, approve, ask_approval, reject
from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.drawers import DrawerClaim, DrawerCount, claim_drawer, close_drawer
from bank_node.operations.holds import HoldOrder, Release, place_hold, release_hold
from bank_node.operations.reversal import ReversalOrder, reverse
from bank_node.operations.send_transfer import send_transfer
from bank_node.operations.unclaimed import PayOut, pay_out_unclaimed
from bank_node.store.audit import AuditBook
from tests.support.cast import ALICE, BOB, CAROL, DORA, NOBODY, OPENING, Town, an_order, open_town
from tests.support.tampering import checked, found, one, tamper

UNDECIDED = "state = 'WAITING', decided_us = NULL, decided_by = NULL, reason = NULL"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A file that somebody has in hand: SQLite only."""
    town = open_town(tmp_path)
    yield town
    town.close()


def ask(town: Town, kind: str = "withdrawal") -> int:
    order = an_order(20_00, actor="okafor") if kind == "transfer" else CashOrder(ALICE, 20_00, "EUR", "okafor")
    return int(town.alfa.do(ask_approval, Request(kind, order)).id)


def refused(town: Town, approval_id: int) -> str:
    """The decision is, and moves nothing; in which words."""
    before = town.alfa.balance(ALICE), town.alfa.count("entries"), town.alfa.count("audit_log")
    with pytest.raises(Refusal) as refusal:
        town.alfa.do(approve, Verdict(approval_id, "vogt"))
    assert refusal.value.code == "final"
    assert before == (town.alfa.balance(ALICE), town.alfa.count("entries"), town.alfa.count("audit_log"))
    return refusal.value.detail


def test_an_entry_reversed_twice_is_named(town: Town) -> None:
    entry_id = town.alfa.do(deposit, CashOrder(ALICE, 30_00, "EUR", "okafor")).entry_id
    town.alfa.do(reverse, ReversalOrder(entry_id, "wrong", "okafor"))
    tamper(town.alfa, "DELETE FROM reversals")
    town.alfa.do(reverse, ReversalOrder(entry_id, "wrong", "okafor"))
    assert town.alfa.balance(ALICE) == OPENING - 30_00
    assert ("reversals", str(entry_id)) in found(town.alfa)
    assert "before" in checked(town.alfa).detail


@pytest.mark.parametrize("kind", ["withdrawal", "transfer"])
def test_a_request_put_back_to_waiting_is_not_carried_out_again(town: Town, kind: str) -> None:
    asked = ask(town, kind)
    town.alfa.do(approve, Verdict(asked, "vogt"))
    tamper(town.alfa, f"UPDATE approvals SET {UNDECIDED}")
    assert "held no more" in refused(town, asked)
    assert found(town.alfa) == [("approvals", str(asked))]


@pytest.mark.parametrize("kind", ["deposit", "withdrawal"])
def test_a_request_carried_out_again_with_its_hold_is_named(town: Town, kind: str) -> None:
    """Whoever puts the hold back too gets it done twice; the log has heard of both."""
    asked = ask(town, kind)
    town.alfa.do(approve, Verdict(asked, "vogt"))
    tamper(town.alfa, f"UPDATE approvals SET {UNDECIDED}, leads_to = NULL")
    if kind == "withdrawal":
        tamper(town.alfa, "UPDATE holds SET ended_us = NULL, ended_by = NULL, outcome = NULL")
        tamper(town.alfa, "UPDATE accounts SET held = 2000 WHERE code = ?", ALICE)
    town.alfa.do(approve, Verdict(asked, "vogt"))
    assert abs(town.alfa.balance(ALICE) - OPENING) == 40_00
    assert ("approvals", str(asked)) in found(town.alfa)


def test_a_hold_released_twice_is_named(town: Town) -> None:
    held = int(town.alfa.do(place_hold, HoldOrder(ALICE, 5_00, "EUR", "police", actor="okafor")).id)
    town.alfa.do(release_hold, Release(held, actor="okafor"))
    tamper(town.alfa, "UPDATE holds SET ended_us = NULL, ended_by = NULL, outcome = NULL")
    tamper(town.alfa, "UPDATE accounts SET held = 500 WHERE code = ?", ALICE)
    town.alfa.do(release_hold, Release(held, actor="okafor"))
    assert found(town.alfa) == [("holds", str(held))]


def test_an_item_paid_out_twice_is_named(town: Town) -> None:
    """The other item's money went with the second one."""
    for _ in range(2):
        town.alfa.do(send_transfer, an_order(50_00, from_account=CAROL, to_account=NOBODY))
    town.alfa.set_state(CAROL, "closed")
    town.deliver()
    town.alfa.do(pay_out_unclaimed, PayOut(1, ALICE, "vogt"))
    tamper(town.alfa, "UPDATE unclaimed SET paid_us = NULL, paid_by = NULL, paid_entry_id = NULL WHERE id = 1")
    town.alfa.do(pay_out_unclaimed, PayOut(1, ALICE, "vogt"))
    assert town.alfa.own_balance("unclaimed") == 0
    assert found(town.alfa) == [("unclaimed", "1")]


def test_a_drawer_closed_twice_is_named(town: Town) -> None:
    drawer = int(town.alfa.do(claim_drawer, DrawerClaim(1, {}, "okafor")).id)
    count = DrawerCount(drawer, actor="okafor")
    town.alfa.do(close_drawer, count)
    tamper(town.alfa, "UPDATE drawers SET closed_us = NULL, expected = NULL, counted = NULL, variance = NULL")
    town.alfa.do(close_drawer, count)
    assert found(town.alfa) == [("drawers", str(drawer))]


ALTERED = {
    "amount": """request = replace(request, '"amount_minor":2000', '"amount_minor":9000')""",
    "payee": f"request = replace(request, '{BOB}', '{DORA}')",
    "payer": f"request = replace(request, '{ALICE}', '{CAROL}')",
    "no json": "request = 'x'",
    "kind": "kind = 'withdrawal'",
    "shown amount": "amount = amount + 1",
    "currency": "currency = 'USD'",
    "maker": "maker = 'lindt'",
    "hold": "hold_id = NULL",
    "account": "account_id = account_id + 1",
    "expiry": "expires_us = expires_us + 1",
    "asked when": "made_us = made_us + 1",
    "promised id": "leads_to = 'another'",
}


@pytest.mark.parametrize("change", ALTERED.values(), ids=ALTERED)
def test_an_order_altered_while_it_waits_is_named_and_not_carried_out(town: Town, change: str) -> None:
    asked = ask(town, "transfer")
    tamper(town.alfa, f"UPDATE approvals SET {change}")
    assert found(town.alfa) == [("approvals", str(asked))]
    assert "not the order that was asked for" in refused(town, asked)
    town.alfa.do(reject, Verdict(asked, "vogt", "altered"))
    assert town.alfa.balance(ALICE) == OPENING


def test_a_request_nobody_asked_for_is_not_carried_out(town: Town) -> None:
    ask(town, "transfer")
    tamper(
        town.alfa,
        "INSERT INTO approvals (kind, request, account_id, amount, currency, hold_id, maker, made_us, expires_us,"
        " leads_to) SELECT kind, request, account_id, amount, currency, hold_id, maker, made_us, expires_us, 'new'"
        " FROM approvals",
    )
    assert "not the order that was asked for" in refused(town, 2)


def test_a_request_from_before_its_hash_was_noted_is_carried_out(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that waits while the bank's program is replaced."""

    def note(self: AuditBook, action: str, subject: str, actor: str, facts: dict[str, object]) -> None:
        plain_note(self, action, subject, actor, {name: fact for name, fact in facts.items() if name != "hash"})

    plain_note = AuditBook.note
    with monkeypatch.context() as patch:
        patch.setattr(AuditBook, "note", note)
        asked = ask(town, "transfer")
    assert "hash" not in one(town.alfa, "SELECT facts FROM audit_log WHERE action = 'approval_asked'")
    town.lawful()
    town.alfa.do(approve, Verdict(asked, "vogt"))
    assert town.alfa.balance(ALICE) == OPENING - 20_00
    town.lawful()
