"""Banks that run: books, writer and post room in threads of this process, over a broker handed in. No server.

`federation = open_federation(folder, brokers)`; what is waited for is waited for on the writers' own commits.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bank_node.bank import Bank
from bank_node.broker.post_room import PostRoom
from bank_node.opening import close_bank, open_bank
from bank_node.operations.send_transfer import send_transfer
from bank_node.settings import BankSettings
from bank_node.store import queries, transfer_queries
from bank_node.store.audit_check import check_chain
from bank_node.store.snapshot import snapshot_lines
from bank_node.transfers.laws import LAWS
from bank_node.transfers.ports import Broker
from bank_node.transfers.snapshot import BankSnapshot, read_snapshot
from federation.authority import Authority
from tests.support.cast import ALICE, BOB, CAROL, DIRECTORY, DORA, OPENING, an_order

PATIENCE_S = 60.0
PEOPLE = {"ALFA": {"Alice": ALICE, "Carol": CAROL}, "BRVO": {"Bob": BOB, "Dora": DORA}}


class Running:
    """One bank, open and connected."""

    def __init__(self, bank: Bank, broker: Broker, news: threading.Condition) -> None:
        self.bank = bank
        self.broker = broker
        self.post_room = PostRoom(bank, broker)
        self._news = news
        bank.writer.on_commit.append(self._tell)
        self.post_room.start()

    def _tell(self, _committed: object) -> None:
        with self._news:
            self._news.notify_all()

    def send(self, amount_minor: int = 1, **order: Any) -> Future[Any]:
        return self.bank.writer.submit(send_transfer, an_order(amount_minor, **order))

    def balance(self, number: str) -> int:
        with self.bank.readers.connection() as connection:
            row = queries.account(connection, number)
        assert row is not None
        return row.balance_minor

    def state(self, transaction_id: str) -> str:
        with self.bank.readers.connection() as connection:
            row = transfer_queries.transfer(connection, transaction_id)
        assert row is not None
        return row.state

    def open_transfers(self) -> int:
        with self.bank.readers.connection() as connection:
            return transfer_queries.count_open(connection)

    def snapshot(self) -> BankSnapshot:
        with self.bank.readers.connection() as connection:
            return read_snapshot(list(snapshot_lines(connection, self.bank.charter, self.bank.clock.now_us())))

    def close(self) -> None:
        self.post_room.stop()
        close_bank(self.bank)


class Federation:
    def __init__(self, banks: dict[str, Running], news: threading.Condition) -> None:
        self.banks = banks
        self._news = news

    @property
    def alfa(self) -> Running:
        return self.banks["ALFA"]

    @property
    def brvo(self) -> Running:
        return self.banks["BRVO"]

    def until(self, holds: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Waits for a commit after which it holds."""
        with self._news:
            assert self._news.wait_for(holds, patience_s), "it did not come true in time"

    def until_quiet(self, patience_s: float = PATIENCE_S) -> None:
        self.until(lambda: all(bank.open_transfers() == 0 for bank in self.banks.values()), patience_s)

    def lawful(self) -> None:
        snapshots = {name: bank.snapshot() for name, bank in self.banks.items()}
        for law in LAWS:
            assert list(law.breaches(snapshots)) == [], law.title
        for running in self.banks.values():
            with running.bank.readers.connection() as connection:
                assert check_chain(connection).detail == "holds"


@contextmanager
def open_federation(folder: Path, broker_of: Callable[[BankSettings], Broker], **knobs: Any) -> Iterator[Federation]:
    """ALFA and BRVO, certified, everybody with 100.00 EUR, on the brokers that `broker_of` gives them."""
    news, federation_id = threading.Condition(), uuid.uuid4().hex
    authority = Authority(folder / "authority", federation_id)
    banks: dict[str, Running] = {}
    try:
        for name, people in PEOPLE.items():
            settings = BankSettings(
                bank_id=name,
                data_dir=folder / name,
                peers=DIRECTORY,
                federation_id=federation_id,
                seed_file=_seed_file(folder, name, people),
                **{
                    "authority_public_key": authority.certify(name, folder / name),
                    "synchronous": "OFF",
                    "fetch_max_wait_ms": 50,
                    **knobs,
                },
            )
            banks[name] = Running(open_bank(settings), broker_of(settings), news)
        yield Federation(banks, news)
    finally:
        for bank in banks.values():
            bank.close()


@contextmanager
def open_books(folder: Path) -> Iterator[Bank]:
    """ALFA alone, its writer running; no broker."""
    settings = BankSettings(
        bank_id="ALFA",
        data_dir=folder / "ALFA",
        peers=DIRECTORY,
        synchronous="OFF",
        seed_file=_seed_file(folder, "ALFA", PEOPLE["ALFA"]),
    )
    bank = open_bank(settings)
    try:
        yield bank
    finally:
        close_bank(bank)


def _seed_file(folder: Path, name: str, people: dict[str, str]) -> Path:
    accounts = [
        {"number": number, "owner": owner, "type": "current", "currency": "EUR", "opening_minor": OPENING}
        for owner, number in people.items()
    ]
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"id": name, "accounts": accounts, "customers": [], "staff": []}), encoding="utf-8")
    return path
