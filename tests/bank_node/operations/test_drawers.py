"""Drawers: one teller, one drawer; cash goes through it; what is counted at the end goes back to the vault."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bank_node.ledger.errors import Refusal
from bank_node.operations.approvals import Request, ask_approval
from bank_node.operations.cash import CashOrder, deposit, withdraw
from bank_node.operations.claims import Claim
from bank_node.operations.drawers import DrawerClaim, DrawerCount, claim_drawer, close_drawer
from bank_node.store.drawers import cash_in, closed_drawers, drawer_of, open_drawers
from tests.support.cast import ALICE, OPENING, Town, an_order

FLOAT = 50_00
VAULT_CASH = 2 * OPENING  # what Alice and Carol brought


def claim(town: Town, teller: str = "okafor", number: int = 1, minor: int = FLOAT, **other: Any) -> int:
    order = DrawerClaim(number, {"EUR": minor} if minor else {}, teller, **other)
    return int(town.alfa.do(claim_drawer, order).id)


def close(town: Town, drawer_id: int, count: dict[str, int], teller: str = "okafor", **other: Any) -> Any:
    return town.alfa.do(close_drawer, DrawerCount(drawer_id, {"EUR": count} if count else {}, actor=teller, **other))


def cash(town: Town, number: int = 1) -> int:
    return int(town.alfa.read(cash_in, number).get("EUR", 0))


def refused(town: Town, code: str, operation: Any, order: Any) -> Refusal:
    before = {table: town.alfa.count(table) for table in ("entries", "postings", "drawers", "audit_log", "claims")}
    with pytest.raises(Refusal) as refusal:
        town.alfa.do(operation, order)
    assert refusal.value.code == code
    assert before == {table: town.alfa.count(table) for table in before}
    town.lawful()
    return refusal.value


def test_a_drawer_is_claimed_with_a_float_out_of_the_vault(town: Town) -> None:
    drawer_id = claim(town)
    assert (cash(town), -town.alfa.own_balance("vault")) == (FLOAT, VAULT_CASH - FLOAT)
    (held,) = town.alfa.read(open_drawers)
    assert (held.id, held.number, held.teller, held.floats) == (drawer_id, 1, "okafor", {"EUR": FLOAT})
    assert held.date == "2026-11-21"
    town.lawful()


def test_a_claim_sent_twice_claims_once(town: Town) -> None:
    mine = Claim("okafor:drawers", "k", "h")
    assert claim(town, claim=mine) == claim(town, claim=mine)
    assert cash(town) == FLOAT
    town.lawful()


def test_one_teller_has_one_drawer_and_one_drawer_one_teller(town: Town) -> None:
    claim(town)
    assert "you hold drawer 1" in refused(town, "drawer_taken", claim_drawer, DrawerClaim(2, {}, "okafor")).detail
    assert "okafor holds drawer 1" in refused(town, "drawer_taken", claim_drawer, DrawerClaim(1, {}, "vogt")).detail


def test_the_vault_gives_no_more_than_it_has(town: Town) -> None:
    refused(town, "drawer_short", claim_drawer, DrawerClaim(1, {"EUR": VAULT_CASH + 1}, "okafor"))
    refused(town, "AM03", claim_drawer, DrawerClaim(1, {"XXX": 1}, "okafor"))
    refused(town, "AM12", claim_drawer, DrawerClaim(1, {"EUR": -1}, "okafor"))
    refused(town, "FF01", claim_drawer, DrawerClaim(0, {}, "okafor"))


def test_cash_goes_through_the_drawer_of_its_teller_and_without_one_through_the_vault(town: Town) -> None:
    claim(town)
    town.alfa.do(deposit, CashOrder(ALICE, 30_00, "EUR", "okafor", needs_drawer=True))
    town.alfa.do(withdraw, CashOrder(ALICE, 10_00, "EUR", "okafor", needs_drawer=True))
    assert cash(town) == FLOAT + 20_00
    town.alfa.do(deposit, CashOrder(ALICE, 1_00, "EUR", "harness"))
    assert -town.alfa.own_balance("vault") == VAULT_CASH - FLOAT + 1_00
    town.lawful()


def test_at_the_counter_cash_needs_a_drawer(town: Town) -> None:
    for operation in (deposit, withdraw):
        refused(town, "no_drawer", operation, CashOrder(ALICE, 1_00, "EUR", "okafor", needs_drawer=True))


def test_a_drawer_pays_out_no_more_than_lies_in_it(town: Town) -> None:
    claim(town)
    short = refused(town, "drawer_short", withdraw, CashOrder(ALICE, FLOAT + 1, "EUR", "okafor"))
    assert short.detail == "drawer 1 has 50.00 EUR; 50.01 are to be paid out"
    refused(town, "AM04", withdraw, CashOrder(ALICE, OPENING + 1, "EUR", "okafor"))
    town.alfa.do(withdraw, CashOrder(ALICE, FLOAT, "EUR", "okafor"))
    assert cash(town) == 0
    town.lawful()


def test_two_payments_out_of_one_drawer_in_one_unit_of_work_see_each_other(town: Town) -> None:
    claim(town)
    order = CashOrder(ALICE, 30_00, "EUR", "okafor")
    first, second = town.alfa.do_all([(withdraw, order), (withdraw, order)], keep_errors=True)
    assert first.status == "completed"
    assert second.code == "drawer_short"
    assert cash(town) == 20_00
    town.lawful()


def test_denominations_must_be_the_amount(town: Town) -> None:
    claim(town)
    refused(town, "AM12", deposit, CashOrder(ALICE, 30_00, "EUR", "okafor", denominations={"2000": 1}))
    town.alfa.do(deposit, CashOrder(ALICE, 30_00, "EUR", "okafor", denominations={"2000": 1, "1000": 1}))
    assert cash(town) == FLOAT + 30_00
    town.lawful()


def test_a_drawer_that_balances_is_emptied_into_the_vault(town: Town) -> None:
    drawer_id = claim(town)
    town.alfa.do(deposit, CashOrder(ALICE, 30_00, "EUR", "okafor"))
    assert close(town, drawer_id, {"5000": 1, "1000": 3}).state == "closed"
    assert (cash(town), -town.alfa.own_balance("vault")) == (0, VAULT_CASH + 30_00)
    (closed,) = town.alfa.read(closed_drawers)
    assert (closed.expected, closed.variance, closed.supervisor) == ({"EUR": 80_00}, {}, None)
    assert town.alfa.read(drawer_of, "okafor") is None
    claim(town, "vogt")
    town.lawful()


def test_a_count_sent_twice_closes_once_and_a_closed_drawer_stays_closed(town: Town) -> None:
    drawer_id, mine = claim(town), Claim("okafor:close", "k", "h")
    first, second = (close(town, drawer_id, {"5000": 1}, claim=mine) for _ in range(2))
    assert (first.id, first.replayed, second.id, second.replayed) == (str(drawer_id), False, str(drawer_id), True)
    assert -town.alfa.own_balance("vault") == VAULT_CASH
    refused(town, "final", close_drawer, DrawerCount(drawer_id, {"EUR": {"5000": 1}}, actor="okafor"))


@pytest.mark.parametrize(("count", "odd"), [({"2000": 2, "500": 1}, -5_00), ({"5000": 1, "200": 1}, 2_00)])
def test_what_is_over_or_short_needs_a_reason_and_a_supervisor_and_is_booked_as_such(
    town: Town, count: dict[str, int], odd: int
) -> None:
    drawer_id = claim(town)
    order = DrawerCount(drawer_id, {"EUR": count}, actor="okafor")
    assert "say why" in refused(town, "variance", close_drawer, order).detail
    refused(town, "variance", close_drawer, DrawerCount(drawer_id, {"EUR": count}, "miscounted", actor="okafor"))
    own = DrawerCount(drawer_id, {"EUR": count}, "miscounted", "okafor", "okafor")
    refused(town, "own_request", close_drawer, own)
    close(town, drawer_id, count, reason="miscounted", supervisor="vogt")
    assert cash(town) == 0
    assert town.alfa.own_balance("cash_over_and_short") == odd
    assert -town.alfa.own_balance("vault") == VAULT_CASH + odd
    (closed,) = town.alfa.read(closed_drawers)
    assert (closed.variance, closed.reason, closed.supervisor) == ({"EUR": odd}, "miscounted", "vogt")
    town.lawful()


def test_a_drawer_that_was_robbed_of_everything_can_be_closed(town: Town) -> None:
    drawer_id = claim(town)
    close(town, drawer_id, {}, reason="robbed", supervisor="vogt")
    assert town.alfa.own_balance("cash_over_and_short") == -FLOAT
    town.lawful()


def test_only_its_teller_closes_a_drawer(town: Town) -> None:
    drawer_id = claim(town)
    refused(town, "forbidden", close_drawer, DrawerCount(drawer_id, {"EUR": {"5000": 1}}, actor="vogt"))
    refused(town, "not_found", close_drawer, DrawerCount(99, {}, actor="okafor"))


def test_a_supervisor_closes_the_drawer_of_a_teller_who_cannot_and_is_named(town: Town) -> None:
    drawer_id, mine = claim(town), Claim("vogt:close", "k", "h")
    for _ in range(2):
        close(town, drawer_id, {"5000": 1}, teller="vogt", any_drawer=True, claim=mine)
    (closed,) = town.alfa.read(closed_drawers)
    assert (closed.teller, closed.supervisor, closed.reason, closed.variance) == ("okafor", "vogt", None, {})
    assert (cash(town), -town.alfa.own_balance("vault")) == (0, VAULT_CASH)
    sql = "SELECT actor, facts FROM audit_log WHERE action = 'drawer_closed'"
    ((actor, facts),) = town.alfa.connection.execute(sql).fetchall()
    assert actor == "vogt"
    assert '"teller":"okafor"' in facts
    town.lawful()


def test_what_a_supervisor_finds_over_or_short_in_a_tellers_drawer_is_booked_in_his_own_name(town: Town) -> None:
    drawer_id = claim(town)
    order = DrawerCount(drawer_id, {"EUR": {"2000": 2}}, actor="vogt", any_drawer=True)
    assert "say why" in refused(town, "variance", close_drawer, order).detail
    by_okafor = replace(order, reason="he left", supervisor="okafor")
    refused(town, "own_request", close_drawer, by_okafor)
    close(town, drawer_id, {"2000": 2}, teller="vogt", reason="he left", any_drawer=True)
    (closed,) = town.alfa.read(closed_drawers)
    assert (closed.supervisor, closed.reason, closed.variance) == ("vogt", "he left", {"EUR": -10_00})
    town.lawful()


def test_a_supervisor_needs_somebody_else_to_sign_for_his_own_drawer(town: Town) -> None:
    drawer_id = claim(town, "vogt")
    own = DrawerCount(drawer_id, {}, "robbed", actor="vogt", any_drawer=True)
    refused(town, "variance", close_drawer, own)


def test_a_tellers_waiting_requests_are_decided_before_a_supervisor_closes_his_drawer(town: Town) -> None:
    drawer_id = claim(town)
    town.alfa.do(ask_approval, Request("transfer", an_order(10_00, actor="okafor")))
    order = DrawerCount(drawer_id, {"EUR": {"5000": 1}}, actor="vogt", any_drawer=True)
    assert "1 of okafor's requests still waits" in refused(town, "items_pending", close_drawer, order).detail
