"""A bank of the cast with its post room driven by hand: no thread, and a writer that answers at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from bank_node.broker.consumer import Consumer
from bank_node.broker.loop import BackOff
from bank_node.broker.memory import MemoryBroker
from bank_node.broker.relay import Relay
from bank_node.broker.sealing import KeyWanted, sealer
from bank_node.broker.sweeper import Sweeper
from bank_node.broker.topics import topic_specs
from bank_node.link import Link
from bank_node.store.commit import StoreUnavailable
from bank_node.store.outbox import unpublished
from bank_node.store.positions import read_before, stored_position
from bank_node.store.unit import OutboxRow
from bank_node.transfers.ports import OutgoingRecord, TopicIdentity
from bank_node.transfers.reading import Desk
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from tests.support.cast import SmallBank


class Station:
    """`locked` refuses units of work as a full disk does; `slow` keeps them waiting until `work_off`."""

    def __init__(self, bank: SmallBank, broker: MemoryBroker, **knobs: Any) -> None:
        self.bank, self.broker, self.knobs = bank, broker, knobs
        self.locked = self.slow = False
        self.spoils: Callable[[Callable[..., Any], tuple[Any, ...]], bool] = lambda operation, arguments: False
        self.waiting: list[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = []
        self.table_reads = self.rows_read = 0
        self.keyless: set[str] = set()  # banks to which nothing can be sealed
        self.seconds = 0.0
        self.link = Link(bank.clock)
        self.open()

    def open(self) -> None:
        """A new process over the same database."""
        charter = self.bank.charter
        self.relay = Relay(
            publisher=self.broker.publisher(),
            prepare=self._prepare,
            submit=self.submit,
            unpublished=self._unpublished,
            seal=self._seal,
            link=self.link,
            timeout_s=0,
            can_seal=lambda bank_id: bank_id not in self.keyless,
            monotonic_s=lambda: self.seconds,
            **{name: self.knobs[name] for name in ("remembered_max", "batch_max") if name in self.knobs},
        )
        self.consumer = Consumer(
            reader=self.broker.reader(EXTERNAL_TRANSFERS, f"bankfed.fed.{charter.bank_id}"),
            prepare=self._prepare,
            bank_id=charter.bank_id,
            desk=Desk(charter.bank_id, charter.federation_id, charter.directory),
            submit=self.submit,
            stored_position=self.stored_position,
            read_before=lambda topic: bool(self.bank.read(read_before, topic)),
            link=self.link,
            now_us=self.bank.clock.now_us,
            poll_s=0,
            **{name: self.knobs[name] for name in ("read_all_partitions", "batch_max") if name in self.knobs},
        )
        self.sweeper = Sweeper(self.submit, limit=100)

    def _seal(self, row: OutboxRow) -> OutgoingRecord:
        if row.topic == EXTERNAL_TRANSFERS and row.key in self.keyless:
            raise KeyWanted(row.key)
        return sealer(self.bank.charter.bank_id, self.bank.charter.federation_id)(row)

    def submit(self, operation: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append((future, operation, arguments))
        if not self.slow:
            self.work_off()
        return future

    def work_off(self) -> None:
        """The writer does what waits."""
        waiting, self.waiting = self.waiting, []
        for future, operation, arguments in waiting:
            try:
                if self.locked:
                    raise StoreUnavailable("database is locked")
                if self.spoils(operation, arguments):
                    raise ZeroDivisionError("a bug")
                future.set_result(self.bank.do(operation, *arguments))
            except Exception as error:
                future.set_exception(error)
        self.hand_over()

    def do(self, operation: Callable[..., Any], *arguments: Any) -> Any:
        """What a customer at the counter has done; its messages are handed to the relay."""
        result = self.bank.do(operation, *arguments)
        self.hand_over()
        return result

    def hand_over(self) -> None:
        rows, self.bank.waiting = self.bank.waiting, []
        self.relay.committed(rows)

    def stored_position(self, log: TopicIdentity) -> dict[int, int]:
        return dict(self.bank.read(stored_position, log))

    def _prepare(self) -> None:
        self.broker.ensure_topics(topic_specs(self.bank.settings), 0)

    def _unpublished(self, lane: str, after_seq: int, limit: int, without: Sequence[str] = ()) -> list[OutboxRow]:
        self.table_reads += 1
        rows = list(self.bank.read(unpublished, lane, after_seq, limit, without))
        self.rows_read += len(rows)
        return rows


def turn(*ticks: Callable[[], int], turns: int = 20) -> None:
    """Runs the loops until none has anything to do or backs off any more; for so many turns at most."""
    for _ in range(turns):
        busy = False
        for tick in ticks:
            try:
                busy |= tick() > 0
            except BackOff:
                busy = True
        if not busy:
            return
