"""An answer is applied whatever was decided before: a rejection after the completion refunds what was paid."""

from __future__ import annotations

from collections.abc import Callable

from bank_node.operations.conclude_transfer import _refund, complete
from bank_node.store.statements import Hot
from bank_node.transfers.states import COMPLETED, REJECTED
from federation.simulation.mutants.process import Process, without_trigger, wrap

TURN = Hot("UPDATE transfers SET state = :state WHERE transaction_id = :id")


def plant(process: Process) -> None:
    books = process.books

    def applied(mark_conflict: Callable[[str], bool]) -> Callable[[str], bool]:
        """What should only mark the contradiction believes it."""

        def turn(transaction_id: str) -> bool:
            row, now_us = books.transfers.get(transaction_id), books.unit.now_us
            assert row is not None
            without_trigger(books, "transfers_final")
            if row.state == COMPLETED:
                books.unit.change(TURN, {"state": REJECTED, "id": transaction_id})
                _refund(books, now_us, row, None)
            else:
                books.unit.change(TURN, {"state": COMPLETED, "id": transaction_id})
                complete(books, now_us, row)
            return mark_conflict(transaction_id)

        return turn

    wrap(books.transfers, "mark_conflict", applied)
