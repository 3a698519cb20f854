"""A transfer that is not answered in time is refunded by the sender's own clock; nobody asks the other bank."""

from __future__ import annotations

from collections.abc import Callable

from bank_node.operations.conclude_transfer import _refund
from bank_node.store.transfers import SenderRow
from bank_node.transfers.states import REJECTED
from federation.simulation.mutants.process import Process, wrap

WHY = ("AB05", "not answered in time")
Due = Callable[[int, int], list[SenderRow]]


def plant(process: Process) -> None:
    books = process.books

    def refunding(due: Due) -> Due:
        def due_or_refunded(now_us: int, limit: int) -> list[SenderRow]:
            rows = due(now_us, limit)
            late = [row for row in rows if row.expires_us is not None and row.expires_us <= now_us]
            for row in late:
                books.transfers.conclude(now_us, row.transaction_id, REJECTED, WHY, {})
                _refund(books, now_us, row, WHY)
            return [row for row in rows if row not in late]

        return due_or_refunded

    wrap(books.transfers, "due", refunding)
