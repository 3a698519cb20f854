"""Money is sent whether it is there or not: neither the statement nor the table looks at the balance."""

from __future__ import annotations

from bank_node.store.statements import Hot
from federation.simulation.mutants.process import Process, without_checks, wrap

DEBIT = Hot(
    "UPDATE accounts SET balance = balance - :amount, version = version + 1"
    " WHERE id = :id AND state = 'open' RETURNING balance"
)


def plant(process: Process) -> None:
    books = process.books

    def debit(account_id: int, amount_minor: int, *_condition: int | None) -> int | None:
        without_checks(books)
        row = books.unit.change_one(DEBIT, {"id": account_id, "amount": amount_minor})
        return None if row is None else int(row[0])

    wrap(books.ledger, "debit", lambda _: debit)
