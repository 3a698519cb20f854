"""A credit is computed in euros, with floating point: 1.13 times 100 is 112.99…, and the account gets 112 cents."""

from __future__ import annotations

from collections.abc import Callable

from federation.simulation.mutants.process import Process, wrap

Credit = Callable[[int, int], int | None]


def plant(process: Process) -> None:
    def in_euros(credit: Credit) -> Credit:
        return lambda account_id, amount_minor: credit(account_id, int(amount_minor / 100 * 100))

    wrap(process.books.ledger, "credit", in_euros)
