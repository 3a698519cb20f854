"""Four eyes: what is above a limit waits with its money held, and is carried out once, by somebody else's word."""

from __future__ import annotations

from typing import Any

import pytest

from bank_node.ledger.errors import Refusal
from bank_node.operations.approvals import (
    Request,
    Verdict,
    approve,
    ask_approval,
    expire_approvals,
    reject,
    sign_in_place,
    withdraw_request,
)
from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.claims import Claim
from bank_node.operations.drawers import DrawerClaim, DrawerCount, claim_drawer, close_drawer
from bank_node.operations.reversal import ReversalOrder
from bank_node.store import queries, transfer_queries
from bank_node.store.approvals import (
    approval,
    approval_of_entry,
    approval_of_transfer,
    approvals,
    next_expiry,
    waiting_count,
)
from tests.support.cast import ALICE, BOB, CAROL, OPENING, Town, an_order

DAY_MS = 24 * 3_600_000


def ask(town: Town, kind: str = "transfer", order: Any = None) -> int:
    request = Request(kind, order or an_order(60_00, actor="okafor"))
    return int(town.alfa.do(ask_approval, request).id)


def cash_order(minor: int = 60_00, **other: Any) -> CashOrder:
    return CashOrder(ALICE, minor, "EUR", "okafor", **other)


def held(town: Town) -> tuple[int, int]:
    """(held, live holds) of Alice's account."""
    live = town.alfa.connection.execute("SELECT coalesce(sum(amount), 0) FROM holds WHERE ended_us IS NULL").fetchone()
    return town.alfa.read(queries.account, ALICE).held_minor, int(live[0])


def state(town: Town, approval_id: int) -> str:
    return str(town.alfa.read(approval, approval_id).state)


def refused(town: Town, code: str, operation: Any, *arguments: Any) -> str:
    before = {table: town.alfa.count(table) for table in ("entries", "approvals", "holds", "outbox", "audit_log")}
    with pytest.raises(Refusal) as refusal:
        town.alfa.do(operation, *arguments)
    assert refusal.value.code == code
    assert before == {table: town.alfa.count(table) for table in before}
    town.lawful()
    return refusal.value.detail


def test_what_waits_moves_nothing_and_holds_its_money(town: Town) -> None:
    asked = ask(town)
    assert held(town) == (60_00, 60_00)
    assert (town.alfa.balance(ALICE), town.alfa.waiting) == (OPENING, [])
    assert state(town, asked) == "WAITING"
    now_us = town.clock.now_us()
    assert town.alfa.read(waiting_count, now_us) == town.alfa.read(waiting_count, now_us, "okafor") == 1
    refused(town, "AM04", ask_approval, Request("withdrawal", cash_order(40_01)))
    town.lawful()


def test_asked_twice_with_one_key_waits_once(town: Town) -> None:
    mine = Claim("okafor:transfers", "k", "h")
    assert ask(town, order=an_order(60_00, actor="okafor", claim=mine)) == ask(
        town, order=an_order(60_00, actor="okafor", claim=mine)
    )
    assert held(town) == (60_00, 60_00)
    town.lawful()


def test_an_approved_payment_leaves_under_the_id_it_was_promised(town: Town) -> None:
    asked = ask(town)
    promised = town.alfa.read(approval, asked).leads_to
    receipt = town.alfa.do(approve, Verdict(asked, "vogt"))
    assert (receipt.state, held(town), town.alfa.balance(ALICE)) == ("APPROVED", (0, 0), 40_00)
    sent = town.alfa.read(transfer_queries.transfer, promised)
    assert (sent.state, sent.actor, sent.amount_minor) == ("PENDING", "okafor", 60_00)
    town.deliver(times=2)
    assert town.brvo.balance(BOB) == OPENING + 60_00
    found = town.alfa.read(approval_of_transfer, promised)
    assert (found.maker, found.decided_by, found.state) == ("okafor", "vogt", "APPROVED")
    town.lawful()


@pytest.mark.parametrize("kind", ["deposit", "withdrawal"])
def test_approved_cash_is_booked_in_the_makers_name_and_drawer(town: Town, kind: str) -> None:
    town.alfa.do(claim_drawer, DrawerClaim(1, {"EUR": 80_00}, "okafor"))
    asked = ask(town, kind, cash_order(needs_drawer=True, denominations={"2000": 3}))
    town.alfa.do(approve, Verdict(asked, "vogt"))
    moved = 60_00 if kind == "deposit" else -60_00
    assert town.alfa.balance(ALICE) == OPENING + moved
    assert -town.alfa.own_balance("drawer:1") == 80_00 + moved
    entry_id = town.alfa.read(approval, asked).leads_to
    assert town.alfa.read(approval_of_entry, int(entry_id)).id == asked
    assert town.alfa.read(approval_of_transfer, entry_id) is None, "another bank's payment may have that id"
    town.lawful()


def test_an_approved_reversal_is_booked(town: Town) -> None:
    entry_id = town.alfa.do(deposit, cash_order()).entry_id
    asked = ask(town, "reversal", ReversalOrder(entry_id, "wrong customer", "okafor"))
    assert held(town) == (60_00, 60_00)
    town.alfa.do(approve, Verdict(asked, "vogt"))
    assert (town.alfa.balance(ALICE), held(town)) == (OPENING, (0, 0))
    town.lawful()


def test_approving_twice_carries_out_once(town: Town) -> None:
    asked = ask(town)
    verdict = Verdict(asked, "vogt", claim=Claim("vogt:approve", "k", "h"))
    assert town.alfa.do(approve, verdict).id == town.alfa.do(approve, verdict).id
    assert refused(town, "final", approve, Verdict(asked, "vogt")) == "it is approved and stays so"
    refused(town, "final", reject, Verdict(asked, "vogt", "too late"))
    assert town.alfa.balance(ALICE) == 40_00
    town.lawful()


def test_the_maker_approves_nothing_of_his_own(town: Town) -> None:
    asked = ask(town)
    refused(town, "own_request", approve, Verdict(asked, "okafor"))
    refused(town, "own_request", reject, Verdict(asked, "okafor", "no"))
    refused(town, "own_request", sign_in_place, Request("transfer", an_order(60_00, actor="okafor")), "okafor")
    assert state(town, asked) == "WAITING"


def test_a_rejected_one_gives_its_money_free_and_says_why(town: Town) -> None:
    asked = ask(town)
    refused(town, "FF01", reject, Verdict(asked, "vogt", " "))
    town.alfa.do(reject, Verdict(asked, "vogt", "no papers"))
    found = town.alfa.read(approval, asked)
    assert (found.state, found.decided_by, found.reason) == ("REJECTED", "vogt", "no papers")
    assert (held(town), town.alfa.balance(ALICE), town.alfa.waiting) == ((0, 0), OPENING, [])
    refused(town, "final", approve, Verdict(asked, "vogt"))


def test_only_the_maker_withdraws_it(town: Town) -> None:
    asked = ask(town)
    refused(town, "forbidden", withdraw_request, Verdict(asked, "vogt"))
    town.alfa.do(withdraw_request, Verdict(asked, "okafor"))
    assert (state(town, asked), held(town)) == ("WITHDRAWN", (0, 0))
    refused(town, "final", withdraw_request, Verdict(asked, "okafor"))


def test_what_nobody_decides_expires_and_is_approved_no_more(town: Town) -> None:
    asked = ask(town)
    assert town.alfa.read(next_expiry) == town.clock.at_us + DAY_MS * 1000
    assert town.alfa.do(expire_approvals, 10) == 0
    town.clock.pass_ms(DAY_MS)
    refused(town, "final", approve, Verdict(asked, "vogt"))
    assert town.alfa.do(expire_approvals, 10) == 1
    assert town.alfa.do(expire_approvals, 10) == 0
    assert (state(town, asked), held(town), town.alfa.read(next_expiry)) == ("EXPIRED", (0, 0), None)
    town.lawful()


@pytest.mark.parametrize(("act", "actor"), [(reject, "vogt"), (withdraw_request, "okafor")])
def test_what_has_expired_can_be_ended_before_the_sweeper_comes_and_ends_as_expired(
    town: Town, act: Any, actor: str
) -> None:
    asked = ask(town)
    town.clock.pass_ms(DAY_MS)
    verdict = Verdict(asked, actor, "too old", Claim(f"{actor}:end", "k", "h"))
    assert [town.alfa.do(act, verdict).state for _ in range(2)] == ["EXPIRED", "EXPIRED"]
    assert (state(town, asked), held(town), town.alfa.balance(ALICE)) == ("EXPIRED", (0, 0), OPENING)
    said = town.alfa.connection.execute("SELECT action, actor FROM audit_log ORDER BY seq DESC LIMIT 1").fetchone()
    assert tuple(said) == ("approval_expired", actor)
    assert town.alfa.do(expire_approvals, 10) == 0
    town.lawful()


def test_what_has_expired_keeps_no_drawer_open(town: Town) -> None:
    drawer_id = int(town.alfa.do(claim_drawer, DrawerClaim(1, {}, "okafor")).id)
    ask(town)
    town.clock.pass_ms(DAY_MS)
    town.alfa.do(close_drawer, DrawerCount(drawer_id, actor="okafor"))
    town.lawful()


def test_where_it_cannot_be_carried_out_nothing_is_decided(town: Town) -> None:
    asked = ask(town)
    town.alfa.set_state(ALICE, "blocked")
    refused(town, "AC06", approve, Verdict(asked, "vogt"))
    assert (state(town, asked), held(town)) == ("WAITING", (60_00, 60_00))


def test_in_place_it_is_carried_out_at_once_with_both_names(town: Town) -> None:
    mine = Claim("okafor:transfers", "k", "h")
    request = Request("transfer", an_order(60_00, actor="okafor", claim=mine))
    first, second = (town.alfa.do(sign_in_place, request, "vogt") for _ in range(2))
    assert (first.id, second.id, second.replayed) == (first.id, first.id, True)
    found = town.alfa.read(approval_of_transfer, first.id)
    assert (found.maker, found.decided_by, found.state, found.hold_id) == ("okafor", "vogt", "APPROVED", None)
    assert (town.alfa.balance(ALICE), held(town)) == (40_00, (0, 0))
    said = town.alfa.connection.execute("SELECT actor, facts FROM audit_log ORDER BY seq DESC LIMIT 1").fetchone()
    assert said[0] == "vogt"
    assert '"maker":"okafor"' in said[1]
    town.lawful()


def test_what_could_never_be_carried_out_is_refused_at_once(town: Town) -> None:
    refused(town, "BE04", ask_approval, Request("deposit", CashOrder(CAROL[:-1] + "x", 1, "EUR")))
    refused(town, "no_drawer", ask_approval, Request("deposit", cash_order(needs_drawer=True)))
    refused(town, "AM12", ask_approval, Request("transfer", an_order(0, actor="okafor")))
    refused(town, "not_found", approve, Verdict(99, "vogt"))


def test_a_drawer_is_not_closed_while_something_of_its_teller_waits(town: Town) -> None:
    drawer_id = int(town.alfa.do(claim_drawer, DrawerClaim(1, {}, "okafor")).id)
    asked = ask(town)
    order = DrawerCount(drawer_id, actor="okafor")
    assert "1 of your requests still waits for approval" in refused(town, "items_pending", close_drawer, order)
    town.alfa.do(reject, Verdict(asked, "vogt", "no"))
    town.alfa.do(close_drawer, order)
    town.lawful()


def test_the_list_has_what_waits_and_what_was_decided(town: Town) -> None:
    first, second = ask(town, order=an_order(10_00, actor="okafor")), ask(town, order=an_order(20_00, actor="okafor"))
    town.alfa.do(reject, Verdict(first, "vogt", "no"))
    assert [row.id for row in town.alfa.read(approvals)] == [second]
    assert [row.id for row in town.alfa.read(approvals, waiting=False)] == [first]
