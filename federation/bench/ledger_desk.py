"""A bank's store with nothing around it: books, the one writer, rich customers. No HTTP, no broker, no pages."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bank_node.clock import SystemClock, TimeOrderedIds
from bank_node.ledger.account import make_number
from bank_node.operations.accounts import NewAccount, open_account
from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.claims import Claim
from bank_node.operations.customers import NewCustomer, open_customer
from bank_node.operations.orders import TransferOrder
from bank_node.settings import BankSettings
from bank_node.store.books import Books
from bank_node.store.commit import Commits, Operation
from bank_node.store.database import open_database, writing_connection
from bank_node.store.unit import UnitOfWork
from bank_node.store.writer import Writer
from bank_node.transfers.charter import Charter, Directory

HOME, AWAY = "ALFA", "BRVO"
OPENING_MINOR = 10**12


class LedgerDesk:
    """Orders go in, receipts come out, `per_commit` in each unit of work at most."""

    def __init__(self, folder: Path, customers: int, per_commit: int) -> None:
        settings = BankSettings(bank_id=HOME, data_dir=folder, commit_batch_max=per_commit)
        self.database = folder / "bank.db"
        self._engine = open_database(settings)
        self.connection = writing_connection(self._engine)
        charter = Charter(HOME, directory=Directory({HOME: "", AWAY: ""}))
        clock = SystemClock()
        books = Books(UnitOfWork(self.connection, "sqlite"), charter)
        self._writer = Writer(lambda: Commits(self.connection, books, clock, TimeOrderedIds(clock)), per_commit)
        self._writer.start()
        self.accounts = [self._rich_customer(number) for number in range(customers)]
        self.asked = 0

    def _rich_customer(self, number: int) -> str:
        customer = self.does(open_customer, NewCustomer(f"Customer {number}"))
        account = self.does(open_account, NewAccount(int(customer.id), "current", "EUR"))
        self.does(deposit, CashOrder(account.id, OPENING_MINOR, "EUR", "bench"))
        return str(account.id)

    def does(self, operation: Operation, *arguments: Any) -> Any:
        return self._writer.submit(operation, *arguments).result(60)

    def queue(self, operation: Operation, *arguments: Any) -> Future[Any]:
        return self._writer.submit(operation, *arguments)

    def orders(self, count: int, customers: int | None = None) -> list[TransferOrder]:
        """Transfers of one cent to the other bank, each with a key of its own, from so many customers in turn."""
        first, self.asked = self.asked, self.asked + count
        accounts = self.accounts[:customers]
        payee = make_number(AWAY, 2001)
        return [
            TransferOrder(
                from_account=accounts[number % len(accounts)],
                to_bank=AWAY,
                to_account=payee,
                amount_minor=1,
                currency="EUR",
                reference="invoice 4711",
                actor="teller1",
                claim=Claim("teller1 POST /api/v1/transfers", f"key-{number:032x}", f"{number:064x}"),
            )
            for number in range(first, first + count)
        ]

    def close(self) -> None:
        self._writer.stop()
        self.connection.close()
        self._engine.dispose()


@contextmanager
def open_desk(folder: Path, customers: int, per_commit: int) -> Iterator[LedgerDesk]:
    desk = LedgerDesk(folder, customers, per_commit)
    try:
        yield desk
    finally:
        desk.close()
