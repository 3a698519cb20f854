"""A hold keeps money from being spent, until it is released or expires; each hold ends once."""

from __future__ import annotations

import pytest

from bank_node.ledger.errors import Refusal
from bank_node.operations.accounts import StateChange, change_state
from bank_node.operations.cash import CashOrder, withdraw
from bank_node.operations.claims import Claim
from bank_node.operations.holds import (
    DAYS_MAX,
    HoldOrder,
    Release,
    expire_holds,
    place_hold,
    release_hold,
)
from bank_node.operations.send_transfer import send_transfer
from bank_node.store import queries
from bank_node.store.books import Books
from bank_node.store.holds import NewHold, holds
from bank_node.transfers.snapshot import BankSnapshot
from tests.support.cast import ALICE, CAROL, NOBODY, NOON_US, OPENING, Town, an_order

DAY_US = 86_400_000_000


def a_hold(amount_minor: int = 60_00, **other: object) -> HoldOrder:
    order = {"account": ALICE, "amount_minor": amount_minor, "currency": "EUR", "reason": "cheque", "actor": "teller1"}
    return HoldOrder(**{**order, **other})  # type: ignore[arg-type]


def available(town: Town, number: str = ALICE) -> int:
    return int(town.alfa.read(queries.account, number).available_minor)


def held(town: Town, number: str = ALICE) -> int:
    return int(town.alfa.read(queries.account, number).held_minor)


def test_held_money_stays_on_the_account_and_cannot_be_spent(town: Town) -> None:
    hold = town.alfa.do(place_hold, a_hold())
    assert (town.alfa.balance(ALICE), available(town)) == (OPENING, OPENING - 60_00)
    for operation, order in ((withdraw, CashOrder(ALICE, 40_01, "EUR")), (send_transfer, an_order(40_01))):
        with pytest.raises(Refusal, match=r"40\.00 EUR are available") as no:
            town.alfa.do(operation, order)
        assert no.value.code == "AM04"
    town.alfa.do(send_transfer, an_order(40_00))
    town.deliver()
    assert available(town) == 0
    town.alfa.do(release_hold, Release(int(hold.id), ALICE, "teller1"))
    assert available(town) == 60_00
    town.lawful()


def test_the_same_order_under_the_same_key_holds_once(town: Town) -> None:
    claim = Claim("teller1:holds", "key-1", "same")
    first, again = (town.alfa.do(place_hold, a_hold(claim=claim)) for _ in range(2))
    assert (again.id, again.replayed) == (first.id, True)
    assert (held(town), town.alfa.count("holds")) == (60_00, 1)
    ending = Release(int(first.id), ALICE, claim=Claim("teller1:release", "key-2", "same"))
    assert [town.alfa.do(release_hold, ending).replayed for _ in range(2)] == [False, True]
    assert held(town) == 0
    town.lawful()


def test_several_holds_add_up_and_no_more_is_held_than_is_there(town: Town) -> None:
    for _ in range(2):
        town.alfa.do(place_hold, a_hold(50_00))
    with pytest.raises(Refusal, match=r"0\.00 EUR are available; 0\.01") as no:
        town.alfa.do(place_hold, a_hold(1))
    assert (no.value.code, no.value.field) == ("AM04", "amount_minor")
    assert held(town) == OPENING
    town.lawful()


@pytest.mark.parametrize(
    ("other", "code", "field"),
    [
        ({"reason": "  "}, "FF01", "reason"),
        ({"reason": "a\u202eb"}, "FF01", "reason"),
        ({"account": NOBODY}, "not_found", "account"),
        ({"account": "XF"}, "BE04", "account"),
        ({"currency": "USD"}, "AM03", "currency"),
        ({"amount_minor": 0}, "AM12", "amount_minor"),
        ({"amount_minor": -1}, "AM12", "amount_minor"),
        ({"expires_us": NOON_US}, "FF01", "expires_at"),
        ({"expires_us": NOON_US + (DAYS_MAX + 1) * DAY_US}, "FF01", "expires_at"),
    ],
)
def test_what_cannot_be_held_is_refused_and_writes_nothing(
    town: Town, other: dict[str, object], code: str, field: str
) -> None:
    before = town.alfa.count("audit_log")
    with pytest.raises(Refusal) as no:
        town.alfa.do(place_hold, a_hold(**other))
    assert (no.value.code, no.value.field) == (code, field)
    assert (held(town), town.alfa.count("holds"), town.alfa.count("audit_log")) == (0, 0, before)


@pytest.mark.parametrize("state", ["debit_frozen", "blocked"])
def test_a_frozen_account_can_be_held_on_and_a_closed_one_not(town: Town, state: str) -> None:
    town.alfa.set_state(ALICE, state)
    town.alfa.do(place_hold, a_hold())
    assert held(town) == 60_00
    town.alfa.do(withdraw, CashOrder(CAROL, OPENING, "EUR"))
    town.alfa.set_state(CAROL, "closed")
    with pytest.raises(Refusal, match="closed") as no:
        town.alfa.do(place_hold, a_hold(1, account=CAROL))
    assert no.value.code == "AC04"
    town.lawful()


def test_an_account_with_a_hold_on_it_is_not_closed(town: Town) -> None:
    town.alfa.do(place_hold, a_hold(OPENING))
    with pytest.raises(Refusal) as no:
        town.alfa.do(change_state, StateChange(ALICE, "closed"))
    assert no.value.code == "AG01"


def test_a_hold_ends_once_whoever_ends_it(town: Town) -> None:
    hold = int(town.alfa.do(place_hold, a_hold()).id)
    town.alfa.do(release_hold, Release(hold, actor="teller1"))
    with pytest.raises(Refusal, match="released before") as no:
        town.alfa.do(release_hold, Release(hold, actor="teller2"))
    assert no.value.code == "final"
    assert not town.alfa.do(lambda books, now_us, _ids: books.holds.end(now_us, hold, "expiry", "expired"))
    [row] = town.alfa.read(holds, [1, 2, 3, 4, 5])
    assert (row.outcome, row.ended_by) == ("released", "teller1")
    assert held(town) == 0
    town.lawful()


def test_a_hold_is_released_only_under_its_own_account(town: Town) -> None:
    hold = int(town.alfa.do(place_hold, a_hold()).id)
    for order in (Release(hold, CAROL), Release(hold + 1, ALICE)):
        with pytest.raises(Refusal) as no:
            town.alfa.do(release_hold, order)
        assert no.value.code == "not_found"
    assert held(town) == 60_00


def test_what_is_past_its_expiry_ends_by_itself_and_once(town: Town) -> None:
    town.alfa.do(place_hold, a_hold(10_00, expires_us=NOON_US + DAY_US))
    town.alfa.do(place_hold, a_hold(20_00, expires_us=NOON_US + 2 * DAY_US))
    town.alfa.do(place_hold, a_hold(30_00))
    town.clock.pass_ms(86_400_000 - 1)
    assert town.alfa.do(expire_holds, 100) == 0
    town.clock.pass_ms(1)
    assert [town.alfa.do(expire_holds, 100) for _ in range(2)] == [1, 0]
    assert held(town) == 50_00
    town.clock.pass_ms(10 * 86_400_000)
    assert town.alfa.do(expire_holds, 100) == 1
    assert held(town) == 30_00, "one without an end stays"
    town.lawful()


def test_only_so_many_expire_in_one_unit_of_work(town: Town) -> None:
    for _ in range(3):
        town.alfa.do(place_hold, a_hold(1, expires_us=NOON_US + 1))
    town.clock.pass_ms(1)
    assert [town.alfa.do(expire_holds, 2) for _ in range(3)] == [2, 1, 0]


def for_an_approval(town: Town, amount_minor: int) -> int | None:
    def place(books: Books, now_us: int, _ids: object) -> int | None:
        account = books.ledger.facts(ALICE)
        assert account is not None
        return books.holds.place(now_us, NewHold(account.id, amount_minor, "approval", "", "teller1", now_us + 1))

    hold: int | None = town.alfa.do(place)
    return hold


def test_what_waits_for_an_approval_is_not_released_by_hand_and_never_expires_by_itself(town: Town) -> None:
    hold = for_an_approval(town, 70_00)
    assert (available(town), for_an_approval(town, 70_00)) == (30_00, None)
    with pytest.raises(Refusal, match="waits for its approval"):
        town.alfa.do(release_hold, Release(hold or 0))
    town.clock.pass_ms(1_000)
    assert town.alfa.do(expire_holds, 100) == 0
    assert town.alfa.do(lambda books, now_us, _ids: books.holds.end(now_us, hold, "supervisor", "approved"))
    assert held(town) == 0
    town.lawful()


@pytest.mark.parametrize("state", ["debit_frozen", "blocked", "closed"])
def test_an_account_that_pays_nothing_out_has_nothing_for_an_approval(town: Town, state: str) -> None:
    if state == "closed":
        town.alfa.do(withdraw, CashOrder(ALICE, OPENING, "EUR"))
    town.alfa.set_state(ALICE, state)
    assert for_an_approval(town, 1) is None
    assert held(town) == 0


def test_the_snapshot_says_what_is_held(town: Town) -> None:
    town.alfa.do(place_hold, a_hold())
    snapshot: BankSnapshot = town.alfa.snapshot()
    assert [a.held_minor for a in snapshot.accounts if a.code == ALICE] == [60_00]
