"""A bank: the frozen bundle of what a node owns, handed to every room that needs some of it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bank_node.bell import Bell
from bank_node.clock import Clock, Ids
from bank_node.link import Link
from bank_node.people.desk import Desk
from bank_node.settings import BankSettings
from bank_node.standing import Standing
from bank_node.store.commit import Operation, StoreUnavailable
from bank_node.store.database import Readers
from bank_node.store.peers import keys_of, known_peers
from bank_node.store.writer import Writer
from bank_node.transfers.charter import Charter
from bank_node.transfers.keyring import Keyring
from bank_node.transfers.reading import Desk as ReadingDesk


@dataclass(frozen=True)
class Bank:
    settings: BankSettings
    charter: Charter
    writer: Writer
    readers: Readers
    link: Link
    bell: Bell
    clock: Clock
    ids: Ids
    desk: Desk
    keyring: Keyring | None = None  # None: nothing is sealed and everybody believed; open_bank never makes such a bank
    standing: Standing = field(default_factory=Standing)

    def reading(self) -> ReadingDesk:
        """Judges a record of the topic as it is judged when it is read, by what the books know now. Asks them."""
        with self.readers.connection() as connection:
            self.look_up_peers(connection)
        charter, doubt = self.charter, self.keyring.doubt if self.keyring else None
        return ReadingDesk(charter.bank_id, charter.federation_id, charter.directory, doubt)

    def look_up_peers(self, connection: Any) -> None:
        """What any process of this bank has heard: the one that has the lease hears, every one is asked.

        `connection` is one of the readers'.
        """
        if self.keyring is None:
            return
        self.keyring.hold_announced(keys_of(connection, self.charter.bank_id), self.settings.key_window_ms * 1000)
        for peer in known_peers(connection):
            self.keyring.learn(peer.record)
            if peer.bank_id != self.charter.bank_id:
                self.charter.directory.learn(peer.bank_id, peer.url, peer.name)

    async def submit(self, operation: Operation, *arguments: Any) -> Any:
        """Does an operation in a unit of work and returns its result once it is committed. Raises Refusal."""
        return await self.writer.run(operation, *arguments)

    async def submit_all(self, operation: Operation, orders: Sequence[Any]) -> list[Any]:
        """The same operation for many orders, each refusing alone; results and exceptions in order."""
        return await self.writer.run_all(operation, orders)

    def submit_later(self, operation: Operation, *arguments: Any) -> None:
        """`submit` for what nobody waits for; a bank that is closing lets it go."""
        with suppress(StoreUnavailable):
            self.writer.submit(operation, *arguments)

    def submit_and_wait(self, operation: Operation, *arguments: Any, timeout_s: float = 60) -> Any:
        """`submit` for threads."""
        return self.writer.submit(operation, *arguments).result(timeout_s)
