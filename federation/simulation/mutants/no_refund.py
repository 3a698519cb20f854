"""A rejected transfer is marked as rejected, and the payer does not get the money back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bank_node.ledger.entry import JournalEntry
from bank_node.store.ledger import STANDING
from federation.simulation.mutants.process import Process, wrap


def plant(process: Process) -> None:
    ledger, unit = process.books.ledger, process.books.unit

    def book_no_refund(book: Callable[..., int]) -> Callable[..., int]:
        def book_others(entry: JournalEntry, *arguments: Any) -> int:
            return 0 if entry.kind == "transfer_refunded" else book(entry, *arguments)

        return book_others

    wrap(ledger, "book", book_no_refund)
    wrap(ledger, "refund", lambda _: lambda account_id, _amount: unit.one(STANDING, {"id": account_id})[1])
