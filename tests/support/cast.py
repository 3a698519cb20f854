"""The cast: Alice and Carol bank at ALFA, Bob and Dora at BRVO. No threads, server or broker; the clock stands.

`town = open_town(folder)`; `town.alfa.do(send_transfer, order)` is one unit of work; `town.deliver()` carries what
waits in the outboxes to the other bank, as a broker would, until nothing moves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bank_node.ledger.account import make_number
from bank_node.operations.accounts import StateChange, change_state
from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.orders import TransferOrder
from bank_node.operations.publishing import Published, mark_published
from bank_node.operations.receive_transfer import receive_records
from bank_node.operations.seeding import Seed, identify, seed
from bank_node.settings import BankSettings
from bank_node.store import queries
from bank_node.store.audit_check import check_chain
from bank_node.store.commit import Commits, Job
from bank_node.store.database import Readers, open_commits, open_database
from bank_node.store.snapshot import snapshot_lines
from bank_node.store.unclaimed import unclaimed
from bank_node.store.unit import OutboxRow
from bank_node.transfers.charter import Charter
from bank_node.transfers.laws import LAWS
from bank_node.transfers.ports import Record
from bank_node.transfers.reading import Batch, Desk, Position
from bank_node.transfers.snapshot import BankSnapshot, read_snapshot
from bank_node.transfers.topics import EXTERNAL_TRANSFERS

ALICE, CAROL = make_number("ALFA", 1), make_number("ALFA", 2)
BOB, DORA = make_number("BRVO", 1), make_number("BRVO", 2)
NOBODY = make_number("BRVO", 99)
OPENING = 100_00
NOON_US = 1_795_255_200_000_000  # 2026-11-21T10:00:00Z
DIRECTORY = {"ALFA": "http://127.0.0.1:8001", "BRVO": "http://127.0.0.1:8002"}


class StandingClock:
    """Moves only when told to."""

    def __init__(self, at_us: int = NOON_US) -> None:
        self.at_us = at_us

    def now_us(self) -> int:
        return self.at_us

    def pass_ms(self, ms: int) -> None:
        self.at_us += ms * 1000


class CountedIds:
    def __init__(self, name: str) -> None:
        self._name, self._count = name, 0

    def new(self) -> str:
        self._count += 1
        return f"{self._name}-{self._count:06d}"


@dataclass
class SmallBank:
    """One bank's books, driven by hand. `waiting` is what its unit of work queued and nobody has carried yet."""

    charter: Charter
    settings: BankSettings
    clock: StandingClock
    commits: Commits
    waiting: list[OutboxRow] = field(default_factory=list)
    arrived: int = 0

    @property
    def connection(self) -> Any:
        """The driver's, on which the bank writes."""
        return self.commits.connection

    def do(self, operation: Callable[..., Any], *arguments: Any) -> Any:
        """One operation, one unit of work; raises what it refuses with."""
        return self.do_all([(operation, *arguments)])[0]

    def do_all(self, calls: list[tuple[Any, ...]], *, keep_errors: bool = False) -> list[Any]:
        """Several operations in one unit of work."""
        jobs = [Job(operation, tuple(arguments)) for operation, *arguments in calls]
        self.waiting += self.commits.run(jobs).queued
        if not keep_errors:
            for job in jobs:
                if job.error is not None:
                    raise job.error
        return [job.error or job.result for job in jobs]

    def take(self, record: Record, times: int = 1) -> Counter[Any]:
        """Receives a record, again and again if asked to."""
        outcomes: Counter[Any] = Counter()
        desk = Desk(self.charter.bank_id, self.charter.federation_id, self.charter.directory)
        for _ in range(times):
            incoming = desk.read(record, self.clock.now_us())
            position = Position("cluster", "topic", record.topic, {record.partition: record.offset + 1})
            outcomes += self.do(receive_records, Batch((incoming,) if incoming else (), position))
        return outcomes

    def record(self, value: bytes, key: str | None = None) -> Record:
        """A record addressed to this bank, as it would lie on the topic."""
        self.arrived += 1
        return Record(EXTERNAL_TRANSFERS, 0, self.arrived, (key or self.charter.bank_id).encode(), value)

    def read(self, query: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        with self._reading() as connection:
            return query(connection, *arguments, **named)

    def balance(self, number: str) -> int:
        row = self.read(queries.account, number)
        return row.balance_minor

    def own_balance(self, code: str, currency: str = "EUR") -> int:
        """Of one of the bank's own accounts; 0 where it was never used."""
        found = self.snapshot().accounts
        return next((a.balance_minor for a in found if a.code == code and a.currency == currency), 0)

    def count(self, table: str) -> int:
        return int(self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def snapshot(self) -> BankSnapshot:
        with self._reading() as connection:
            return read_snapshot(list(snapshot_lines(connection, self.charter, self.clock.now_us())))

    def set_state(self, number: str, state: str) -> None:
        self.do(change_state, StateChange(number, state))

    def _reading(self) -> Any:
        return self.readers.connection()

    @property
    def readers(self) -> Readers:
        if not hasattr(self, "_readers"):
            self._readers = Readers(self.settings)
        return self._readers

    def close(self) -> None:
        self.connection.close()
        self.readers.close()


@dataclass
class Town:
    banks: dict[str, SmallBank]
    clock: StandingClock

    @property
    def alfa(self) -> SmallBank:
        return self.banks["ALFA"]

    @property
    def brvo(self) -> SmallBank:
        return self.banks["BRVO"]

    def deliver(self, times: int = 1) -> list[Any]:
        """Carries every waiting message to its bank, `times` over, until nothing waits; the outcomes in order."""
        outcomes: list[Any] = []
        while any(bank.waiting for bank in self.banks.values()):
            for bank in self.banks.values():
                rows, bank.waiting = bank.waiting, []
                bank.do(mark_published, [Published(row, 0, row.seq) for row in rows])
                for row in rows:
                    if row.topic == EXTERNAL_TRANSFERS:
                        to = self.banks[row.key]
                        outcomes += list(to.take(to.record(row.body), times).elements())
        return outcomes

    def lawful(self) -> None:
        """Asserts every law over the town as it stands, whatever is under way; and that the audit log knows it all."""
        federation = {name: bank.snapshot() for name, bank in self.banks.items()}
        for law in LAWS:
            if law.id != "I7":
                assert list(law.breaches(federation)) == [], law.title
        for bank in self.banks.values():
            assert bank.read(check_chain).detail == "holds"
            kept = sum(item.amount_minor for item in bank.read(unclaimed, limit=1_000, paid=False))
            assert kept == bank.own_balance("unclaimed"), "unclaimed is the sum of what was not paid out"

    def close(self) -> None:
        for bank in self.banks.values():
            bank.close()


def open_town(folder: Path, database_url: str = "", **charter: Any) -> Town:
    """ALFA and BRVO, each account with 100.00 EUR. On SQLite, unless a PostgreSQL database is named."""
    clock = StandingClock()
    people = {"ALFA": {"Alice": ALICE, "Carol": CAROL}, "BRVO": {"Bob": BOB, "Dora": DORA}}
    banks = {
        name: open_small_bank(folder / name, name, accounts, clock, database_url, **charter)
        for name, accounts in people.items()
    }
    return Town(banks, clock)


def open_small_bank(
    folder: Path,
    bank_id: str,
    people: dict[str, str],
    clock: StandingClock | None = None,
    database_url: str = "",
    **charter: Any,
) -> SmallBank:
    settings = BankSettings(
        bank_id=bank_id,
        data_dir=folder,
        database_url=database_url,
        synchronous="FULL" if database_url else "OFF",  # a server that a test kills keeps what it has answered
        peers=DIRECTORY,
    )
    known = Charter(**{"bank_id": bank_id, "federation_id": "fed", "directory": DIRECTORY, **charter})
    engine = open_database(settings)
    clock = clock or StandingClock()
    bank = SmallBank(known, settings, clock, open_commits(engine, settings, known, clock, CountedIds(bank_id)))
    engine.dispose()
    accounts = [
        {"number": number, "owner": owner, "type": "current", "currency": "EUR"} for owner, number in people.items()
    ]
    bank.do(identify)
    bank.do(seed, Seed([{"name": owner} for owner in people], accounts))
    for number in people.values():
        bank.do(deposit, CashOrder(number, OPENING, "EUR"))
    return bank


def an_order(amount_minor: int = 12_50, **other: Any) -> TransferOrder:
    """Alice sends to Bob, unless said otherwise."""
    order = {"from_account": ALICE, "to_bank": "BRVO", "to_account": BOB, "currency": "EUR"}
    return TransferOrder(**{**order, "amount_minor": amount_minor, **other})
