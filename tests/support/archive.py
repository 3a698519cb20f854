"""Sealing months by hand, as the archivist of a running bank does it."""

from __future__ import annotations

from typing import Any

from bank_node.ledger.seal import Seal
from bank_node.operations.archive import seal_month
from bank_node.operations.cash import CashOrder, deposit
from bank_node.store.archive import balances_at_end, next_span, read_seal
from tests.support.cast import ALICE, CAROL, SmallBank

DAY_MS = 24 * 3_600_000


def ready(bank: SmallBank, after_months: int = 1) -> tuple[Seal, dict[int, int]] | None:
    """What the next month to be sealed is made of; None: none is old enough."""

    def read(connection: Any) -> tuple[Seal, dict[int, int]] | None:
        span = next_span(connection, bank.clock.now_us(), after_months)
        if span is None:
            return None
        seal = read_seal(connection, span)
        return seal, balances_at_end(connection, seal)

    found: tuple[Seal, dict[int, int]] | None = bank.read(read)
    return found


def seal_all(bank: SmallBank, after_months: int = 1) -> list[str]:
    """The months that were sealed now, the oldest first."""
    months = []
    while (found := ready(bank, after_months)) is not None:
        assert bank.do(seal_month, *found) is True
        months.append(found[0].span.month)
    return months


def live(bank: SmallBank, days: int = 100) -> None:
    """From 21 November on every tenth day a deposit of Alice, every twentieth one of Carol."""
    for day in range(0, days, 10):
        bank.do(deposit, CashOrder(ALICE, 1_00 + day, "EUR", "okafor"))
        if day % 20 == 0:
            bank.do(deposit, CashOrder(CAROL, 2_00 + day, "EUR", "okafor"))
        bank.clock.pass_ms(10 * DAY_MS)
