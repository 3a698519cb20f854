"""A balance is read before the unit of work has the lock, and what was computed from it is written: of two processes
that debit one account at once, one forgets what the other did.
"""

from __future__ import annotations

from collections.abc import Callable

from bank_node.store.statements import Hot
from federation.simulation.mutants.process import Process, wrap

BALANCES = "SELECT id, balance FROM accounts WHERE kind = 'customer'"
WRITE = Hot(
    "UPDATE accounts SET balance = :balance, version = version + 1"
    " WHERE id = :id AND state = 'open' AND :balance - held >= floor RETURNING balance"
)
Credit = Callable[[int, int], int | None]


def plant(process: Process) -> None:
    books, connection = process.books, process.commits.connection
    read: dict[int, int] = {}  # and what this unit of work has made of it

    def reading_first(begin: Callable[[], None]) -> Callable[[], None]:
        def read_and_begin() -> None:
            read.clear()
            read.update(connection.execute(BALANCES).fetchall())
            begin()

        return read_and_begin

    def debit(account_id: int, amount_minor: int, *_condition: int | None) -> int | None:
        row = books.unit.change_one(WRITE, {"id": account_id, "balance": read[account_id] - amount_minor})
        return noted(account_id, None if row is None else int(row[0]))

    def noted(account_id: int, balance: int | None) -> int | None:
        if balance is not None:
            read[account_id] = balance
        return balance

    def noting(credit: Credit) -> Credit:
        return lambda account_id, amount_minor: noted(account_id, credit(account_id, amount_minor))

    wrap(process.commits, "_begin", reading_first)
    wrap(books.ledger, "debit", lambda _: debit)
    wrap(books.ledger, "credit", noting)
    wrap(books.ledger, "refund", noting)
