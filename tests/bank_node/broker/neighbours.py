"""Certified banks on one broker in memory, their loops stepped by hand, their one clock told what time it is.

`with a_neighbourhood(folder) as near:` and `near.open("ALFA")`; what Mallory puts on a topic goes by `near.put`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import orjson

from bank_node.broker.memory import MemoryBroker
from bank_node.broker.post_room import PostRoom
from bank_node.identity import read_secrets
from bank_node.ledger.account import make_number
from bank_node.opening import close_bank, open_bank
from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.orders import TransferOrder
from bank_node.operations.seeding import Seed, seed
from bank_node.operations.send_transfer import send_transfer
from bank_node.settings import BankSettings
from bank_node.store import queries, transfer_queries
from bank_node.store.audit_check import check_chain
from bank_node.store.peers import Peer, known_peers
from bank_node.store.snapshot import snapshot_lines
from bank_node.transfers.laws import LAWS
from bank_node.transfers.ports import Ack, OutgoingRecord, Record
from bank_node.transfers.registry import record_key
from bank_node.transfers.snapshot import read_snapshot
from bank_node.transfers.topics import BANK_REGISTRY, EXTERNAL_TRANSFERS
from federation.authority import Authority
from tests.support.cast import StandingClock

FEDERATION = "fed"
OPENING = 1_000_00


def account_of(bank_id: str) -> str:
    return make_number(bank_id, 1)


class Neighbour:
    """One bank, as one process after another."""

    def __init__(self, near: Neighbourhood, bank_id: str, knobs: dict[str, Any]) -> None:
        self.near, self.bank_id, self.knobs = near, bank_id, knobs
        self.begin()

    def begin(self) -> None:
        """A process over the bank's folder."""
        bank_id, near = self.bank_id, self.near
        settings: dict[str, Any] = {
            "bank_id": bank_id,
            "data_dir": near.folder / bank_id,
            "peers": {name: f"http://127.0.0.1/{name}" for name in ("ALFA", "BRVO")},
            "federation_id": FEDERATION,
            "authority_public_key": near.authority.certify(bank_id, near.folder / bank_id),
            "synchronous": "OFF",
            "fetch_max_wait_ms": 1,
        }
        self.bank = open_bank(BankSettings(**{**settings, **self.knobs}))
        account = {"number": account_of(bank_id), "owner": f"Holder at {bank_id}", "type": "current", "currency": "EUR"}
        if self.bank.submit_and_wait(seed, Seed([{"name": account["owner"]}], [account])):
            self.bank.submit_and_wait(deposit, CashOrder(account["number"], OPENING, "EUR"))
        self.post = PostRoom(self.bank, near.broker, monotonic_s=lambda: near.seconds)
        self.loops = {loop.name: loop for loop in self.post.loops}

    def end(self) -> None:
        self.post.stop()
        close_bank(self.bank)

    def start_again(self) -> None:
        self.end()
        self.begin()

    def turn(self, *names: str) -> None:
        """One turn of these loops, of all if none is named, and all that came of it is at the database."""
        for name in names or self.loops:
            self.loops[name].step()
        self.bank.submit_and_wait(lambda *_: None)

    def send(self, to_bank: str, amount_minor: int = 1_00) -> str:
        order = TransferOrder(account_of(self.bank_id), to_bank, account_of(to_bank), amount_minor, "EUR")
        return str(self.bank.submit_and_wait(send_transfer, order).id)

    def state(self, transaction_id: str) -> str:
        with self.bank.readers.connection() as connection:
            row = transfer_queries.transfer(connection, transaction_id)
        assert row is not None
        return row.state

    @property
    def balance(self) -> int:
        with self.bank.readers.connection() as connection:
            row = queries.account(connection, account_of(self.bank_id))
        assert row is not None
        return row.balance_minor

    @property
    def peers(self) -> dict[str, Peer]:
        with self.bank.readers.connection() as connection:
            return {peer.bank_id: peer for peer in known_peers(connection)}

    def rows(self, sql: str) -> list[Any]:
        with self.bank.readers.connection() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql)]

    @property
    def incidents(self) -> list[tuple[str, str]]:
        """(kind, peer) of each, oldest first."""
        return self.rows("SELECT kind, peer FROM incidents ORDER BY id")


class Neighbourhood:
    def __init__(self, folder: Path, clock: StandingClock) -> None:
        self.folder, self.clock = folder, clock
        self.seconds = 0.0  # what their loops go by
        self.broker = MemoryBroker(now_ms=lambda: clock.at_us // 1000)
        self.authority = Authority(folder / "authority", FEDERATION)
        self.banks: dict[str, Neighbour] = {}

    def open(self, bank_id: str, **knobs: Any) -> Neighbour:
        self.banks[bank_id] = Neighbour(self, bank_id, knobs)
        return self.banks[bank_id]

    def go_on(self, turns: int = 12, ms: int = 1_000) -> None:
        """Everybody's loops, a second apart: long enough for all to have heard each other and answered."""
        for _ in range(turns):
            for bank in self.banks.values():
                bank.turn()
            self.pass_ms(ms)

    def pass_ms(self, ms: int) -> None:
        self.clock.pass_ms(ms)
        self.seconds += ms / 1000

    def put(self, topic: str, key: str, value: bytes) -> None:
        """As anybody who reaches the broker may."""
        (answer,) = self.broker.publisher().publish([OutgoingRecord(topic, key.encode(), value)], 0)
        assert isinstance(answer, Ack)

    def put_word(self, bank_id: str, value: bytes) -> None:
        self.put(BANK_REGISTRY, record_key(FEDERATION, bank_id), value)

    def words_of(self, bank_id: str) -> list[Record]:
        """What lies on the registry under this bank's key, oldest first."""
        key = record_key(FEDERATION, bank_id).encode()
        return [record for record in self.broker.records(BANK_REGISTRY) if record.key == key]

    def messages(self, **like: Any) -> list[dict[str, Any]]:
        """What lies on the money topic with these members, oldest first of each bank."""
        said = [orjson.loads(record.value or b"null") for record in self.broker.records(EXTERNAL_TRANSFERS)]
        return [one for one in said if isinstance(one, dict) and like.items() <= one.items()]

    def secrets(self, bank_id: str) -> Any:
        return read_secrets(self.folder / bank_id)

    def lawful(self) -> None:
        federation = {}
        for name, neighbour in self.banks.items():
            bank = neighbour.bank
            with bank.readers.connection() as connection:
                assert check_chain(connection).detail == "holds"
                federation[name] = read_snapshot(list(snapshot_lines(connection, bank.charter, bank.clock.now_us())))
        for law in LAWS:
            if law.id != "I7":
                assert list(law.breaches(federation)) == [], law.title


@contextmanager
def a_neighbourhood(folder: Path) -> Iterator[Neighbourhood]:
    clock = StandingClock()
    with patch("bank_node.opening.SystemClock", lambda _offset_ms: clock):
        near = Neighbourhood(folder, clock)
        try:
            yield near
        finally:
            for bank in near.banks.values():
                bank.end()
