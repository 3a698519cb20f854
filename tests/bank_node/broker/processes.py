"""Processes of one bank, each with a writer, readers and a post room of its own over the bank's one database.

Nobody has threads but the writers: `turn` steps the loops by hand, the clock of the lease moves when it is told to.
A process that is not stepped is one that sleeps; `asleep_after` lets it fall asleep in the middle of a tick.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bank_node.broker.memory import MemoryBroker, MemoryPublisher, MemoryReader
from bank_node.broker.post_room import PostRoom
from bank_node.ledger.account import make_number
from bank_node.opening import close_bank, open_bank
from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.orders import TransferOrder
from bank_node.operations.seeding import Seed, seed
from bank_node.operations.send_transfer import send_transfer
from bank_node.settings import BankSettings
from bank_node.store import queries, transfer_queries
from bank_node.store.snapshot import snapshot_lines
from bank_node.transfers.laws import LAWS
from bank_node.transfers.ports import Ack, NotAcked, OutgoingRecord, Record
from bank_node.transfers.snapshot import BankSnapshot, read_snapshot
from federation.authority import Authority

ALICE, BOB = make_number("ALFA", 1), make_number("BRVO", 1)
PEERS = {"ALFA": "http://127.0.0.1:8001", "BRVO": "http://127.0.0.1:8002"}
LEASE_S = 15.0


@dataclass
class Street:
    """Two banks on one broker, each of as many processes as are opened. `seconds` is what their leases go by."""

    folder: Path
    database_url: str = ""
    certified: bool = False  # else they take each other at their word, and only money is on the topics
    broker: MemoryBroker = field(default_factory=MemoryBroker)
    seconds: float = 100.0
    processes: list[Process] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)  # names of processes that have ended

    def open(self, bank_id: str, name: str, **knobs: Any) -> Process:
        process = Process(self, bank_id, name, **knobs)
        self.processes.append(process)
        return process

    def belief(self, bank_id: str) -> dict[str, str]:
        if not self.certified:
            return {"peer_auth": "optional"}
        authority = Authority(self.folder / "authority", "fed")
        return {"authority_public_key": authority.certify(bank_id, self.folder / bank_id)}

    def pass_s(self, seconds: float) -> None:
        self.seconds += seconds

    def settle(self, *awake: Process, turns: int = 40) -> None:
        """Steps the loops of those awake until no transfer is under way."""
        for _ in range(turns):
            for process in awake:
                process.turn()
            self.pass_s(1)
            if all(process.open_transfers() == 0 for process in awake):
                return
        raise AssertionError("transfers stayed under way")

    def lawful(self) -> None:
        banks = {process.bank.charter.bank_id: process.snapshot() for process in self.processes}
        for law in LAWS:
            assert list(law.breaches(banks)) == [], law.title

    def close(self) -> None:
        for process in self.processes:
            process.close()


class Process:
    def __init__(self, street: Street, bank_id: str, name: str, **knobs: Any) -> None:
        settings = BankSettings(
            bank_id=bank_id,
            data_dir=street.folder / bank_id,
            database_url=street.database_url,
            peers=PEERS,
            federation_id="fed",
            **street.belief(bank_id),
            synchronous="FULL" if street.database_url else "OFF",
            fetch_max_wait_ms=1,
            lease_ms=int(LEASE_S * 1000),
            **knobs,
        )
        self.name, self.street, self.closed = name, street, False
        self.asleep_after: dict[str, Callable[[], None]] = {}  # "publish" or "poll": what others do meanwhile, once
        self.bank = open_bank(settings)
        number = ALICE if bank_id == "ALFA" else BOB
        account = {"number": number, "owner": "Somebody", "type": "current", "currency": "EUR"}
        if self.bank.submit_and_wait(seed, Seed([{"name": "Somebody"}], [account])):
            self.bank.submit_and_wait(deposit, CashOrder(number, 1_000_00, "EUR"))
        self.post = PostRoom(
            self.bank,
            _SleepyBroker(street.broker, self),
            monotonic_s=lambda: street.seconds,
            holder=name,
            gone=lambda holder: holder in street.gone,
        )
        self.loops = {loop.name: loop for loop in self.post.loops}

    @property
    def holds(self) -> bool:
        return self.post.tenure.fence is not None

    def turn(self, *names: str) -> None:
        """One turn of these loops, of all if none is named, and all that came of it is at the database."""
        for name in names or self.loops:
            self.loops[name].step()
        self.bank.submit_and_wait(lambda *_: None)

    def send(self, amount_minor: int = 1_00) -> str:
        order = TransferOrder(ALICE, "BRVO", BOB, amount_minor, "EUR")
        return str(self.bank.submit_and_wait(send_transfer, order).id)

    def state(self, transaction_id: str) -> str:
        with self.bank.readers.connection() as connection:
            row = transfer_queries.transfer(connection, transaction_id)
        assert row is not None
        return row.state

    def balance(self, number: str) -> int:
        with self.bank.readers.connection() as connection:
            row = queries.account(connection, number)
        assert row is not None
        return row.balance_minor

    def open_transfers(self) -> int:
        with self.bank.readers.connection() as connection:
            return transfer_queries.count_open(connection)

    def rows(self, sql: str) -> list[Any]:
        with self.bank.readers.connection() as connection:
            return list(connection.exec_driver_sql(sql))

    def snapshot(self) -> BankSnapshot:
        with self.bank.readers.connection() as connection:
            return read_snapshot(list(snapshot_lines(connection, self.bank.charter, self.bank.clock.now_us())))

    def falls_asleep(self, after: str) -> None:
        meanwhile = self.asleep_after.pop(after, None)
        if meanwhile is not None:
            meanwhile()

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.post.stop()
            close_bank(self.bank)


class _SleepyBroker:
    """The street's broker, whose ends let their process fall asleep with what they have just got in hand."""

    def __init__(self, broker: MemoryBroker, process: Process) -> None:
        self._broker, self._process = broker, process
        self.ensure_topics, self.reachable = broker.ensure_topics, broker.reachable

    def publisher(self) -> MemoryPublisher:
        return _SleepyPublisher(self._broker, self._process)

    def reader(self, topic: str, group: str) -> MemoryReader:
        return _SleepyReader(self._broker, topic, group, self._process)


class _SleepyPublisher(MemoryPublisher):
    def __init__(self, broker: MemoryBroker, process: Process) -> None:
        super().__init__(broker)
        self._process = process

    def publish(self, records: Sequence[OutgoingRecord], timeout_s: float) -> list[Ack | NotAcked]:
        answers = super().publish(records, timeout_s)
        self._process.falls_asleep("publish")
        return answers


class _SleepyReader(MemoryReader):
    def __init__(self, broker: MemoryBroker, topic: str, group: str, process: Process) -> None:
        super().__init__(broker, topic, group)
        self._process = process

    def poll(self, max_records: int, timeout_s: float) -> list[Record]:
        records = super().poll(max_records, timeout_s)
        if records:
            self._process.falls_asleep("poll")
        return records
