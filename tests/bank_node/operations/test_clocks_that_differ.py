"""Clock skew: a bank whose clock is wrong may reject early or late; it can not lose or double money."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bank_node.operations.publishing import Published, mark_published
from bank_node.operations.redrive import redrive_due
from bank_node.operations.send_transfer import send_transfer
from bank_node.store import transfer_queries
from tests.support.cast import ALICE, BOB, CAROL, DORA, NOON_US, OPENING, StandingClock, Town, an_order, open_small_bank

HOUR_MS = 3_600_000
SOON, LATE = "2026-11-21T10:00:10Z", "2026-11-21T12:00:00Z"


def a_town(folder: Path, skew_ms: int) -> Town:
    """BRVO's clock is wrong by so much."""
    right, wrong = StandingClock(), StandingClock(NOON_US + skew_ms * 1000)
    alfa = open_small_bank(folder / "ALFA", "ALFA", {"Alice": ALICE, "Carol": CAROL}, right)
    brvo = open_small_bank(folder / "BRVO", "BRVO", {"Bob": BOB, "Dora": DORA}, wrong)
    return Town({"ALFA": alfa, "BRVO": brvo}, right)


@pytest.mark.parametrize("hours", [-25, -1, 0, 1, 25])
@pytest.mark.parametrize("expires_at", [None, SOON, LATE])
@pytest.mark.parametrize("seed", range(2))
def test_clock_skew_loses_and_doubles_nothing(tmp_path: Path, hours: int, expires_at: str | None, seed: int) -> None:
    """Records are lost and repeated, the clocks go on and jump back; every payment ends in one of two ways."""
    dice = random.Random(seed)
    town = a_town(tmp_path, hours * HOUR_MS)
    ids = [town.alfa.do(send_transfer, an_order(1, expires_at=expires_at)).id for _ in range(6)]
    for _ in range(12):
        for bank in town.banks.values():
            rows, bank.waiting = bank.waiting, []
            bank.do(mark_published, [Published(row, 0, row.seq) for row in rows])
            other = town.brvo if bank is town.alfa else town.alfa
            for row in rows:
                other.take(other.record(row.body), times=dice.choice([0, 1, 1, 3]))
            bank.clock.pass_ms(dice.choice([20_000, 400_000, -5 * HOUR_MS, 6 * HOUR_MS]))
            bank.do(redrive_due, 100)
            town.lawful()
    for bank in town.banks.values():
        bank.clock.pass_ms(48 * HOUR_MS)
        bank.do(redrive_due, 100)
    town.deliver()
    states = [town.alfa.read(transfer_queries.transfer, id_).state for id_ in ids]
    assert set(states) <= {"COMPLETED", "REJECTED"}
    credited = states.count("COMPLETED")
    assert (town.alfa.balance(ALICE), town.brvo.balance(BOB)) == (OPENING - credited, OPENING + credited)
    town.lawful()
    town.close()


def test_a_clock_ahead_rejects_early_and_refunds(tmp_path: Path) -> None:
    town = a_town(tmp_path, HOUR_MS)
    town.alfa.do(send_transfer, an_order(expires_at=SOON))
    assert town.deliver() == ["refused", "refunded"]
    assert town.alfa.balance(ALICE) == OPENING
    town.lawful()
    town.close()


def test_a_clock_behind_credits_late_and_the_sender_follows(tmp_path: Path) -> None:
    """The sender has asked to cancel by its own clock; the request comes first, and its answer counts."""
    town = a_town(tmp_path, -HOUR_MS)
    id_ = town.alfa.do(send_transfer, an_order(expires_at=SOON)).id
    request = town.alfa.waiting.pop()
    town.alfa.do(mark_published, [Published(request, 0, 1)])
    town.clock.pass_ms(60_000)
    town.alfa.do(redrive_due, 10)
    assert town.alfa.read(transfer_queries.transfer, id_).state == "CANCELLING"
    town.brvo.take(town.brvo.record(request.body))
    town.deliver()
    assert town.alfa.read(transfer_queries.transfer, id_).state == "COMPLETED"
    assert town.brvo.balance(BOB) == OPENING + 12_50
    town.lawful()
    town.close()
