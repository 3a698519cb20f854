"""A federation of one founding: the town's banks in custody, each behind its own doors to the broker, the topic empty.
It is the site of its faults. What it saw on the wire and of its processes is told in the evidence's words.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from federation.brokers.kafka import KafkaBroker
from federation.brokers.topic import Topic
from federation.faults.site import BankProcess
from federation.grading.adapter import Adapter
from federation.grading.books import Books
from federation.grading.clock import now_us
from federation.grading.custody.stay import Stay
from federation.grading.custody.ward import Ward
from federation.grading.evidence import Ack, Delivery, NodeEvent, TopicRecord
from federation.grading.ground.bank import BankInCustody
from federation.grading.ground.ledger import shown_books
from federation.grading.ground.own_broker import OwnBroker
from federation.grading.ground.ports import free_block
from federation.grading.records import read_record
from federation.grading.town import Town
from federation.wire.beside import ProxyBeside
from federation.wire.points import Point, Watch

PARTITIONS = 8
TEXT_MAX = 400
LOGS_MAX, LOG_BYTES_MAX = 3, 4_000_000  # of a bank's own, in its data folder


class Ended(Exception):
    """Everything is being ended."""


class Waiting:
    """Lets time pass until somebody ends everything."""

    def __init__(self) -> None:
        self._over = threading.Event()

    def __call__(self, seconds: float) -> None:
        if self._over.wait(max(0.0, seconds)):
            raise Ended

    def end(self) -> None:
        self._over.set()


class Federation:
    def __init__(self, stay: Stay, own: OwnBroker, town: Town, name: str, seed: int, waiting: Waiting) -> None:
        """Started, and not ready yet: `wait_ready`. `name` tells it from others of this stay. Raises Unfit, Failure."""
        self.name, self.town, self._stay, self._waiting = name, town, stay, waiting
        self._adapter: Adapter = stay.node.adapter
        self._broker = own.broker
        self.topic = Topic(own.broker, own.data, self._adapter.bus.topic, PARTITIONS)
        self.topic.make()
        with ExitStack() as undo:
            self.wire = undo.enter_context(ProxyBeside(seed, self._adapter.bus.topic, self._name_of, now_us))
            undo.callback(stay.leave, name)
            self.wards = self._take_in()
            self._delivered = self.wire.watch(Watch(Point.RECORDS_DELIVERED, _nothing, nth=None, topic=self.topic.name))
            self.in_custody = {bank: BankInCustody(ward) for bank, ward in self.wards.items()}
            for one in self.in_custody.values():
                one.start()
            self._undo = undo.pop_all()

    @property
    def banks(self) -> Mapping[str, BankProcess]:
        return MappingProxyType(self.in_custody)

    @property
    def adapter(self) -> Adapter:
        return self._adapter

    @property
    def broker(self) -> KafkaBroker:
        return self._broker

    @property
    def wait(self) -> Callable[[float], None]:
        return self._waiting

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def wait_ready(self) -> float:
        """Seconds until the last one was. Raises Unfit."""
        return max(bank.wait_ready() for bank in self.in_custody.values())

    def close(self) -> None:
        """All banks are ended, their folders deleted, the doors shut. What they printed stays. Twice too."""
        self._undo.close()

    def keep_logs(self, folder: Path) -> None:
        """What the banks printed, and what they wrote beside it in their data folders: for people."""
        folder.mkdir(parents=True, exist_ok=True)
        for bank, ward in self.wards.items():
            with suppress(OSError):  # it is alive, and may do with its files as it likes
                if ward.log.exists():
                    shutil.copy(ward.log, folder / f"{bank}.log")
                for file in _own_logs(ward.room.data):
                    shutil.copy(file, folder / f"{bank}-{file.name}")

    def nodes(self) -> tuple[NodeEvent, ...]:
        return tuple(sorted((e for ward in self.wards.values() for e in list(ward.events)), key=lambda e: e.at_us))

    def acks(self) -> tuple[Ack, ...]:
        told = self.wire.do(lambda: list(self.wire.proxy.acks))
        return tuple(Ack(one.bank, one.partition, one.offset, one.at_us, one.name, one.sha256) for one in told)

    def deliveries(self) -> tuple[Delivery, ...]:
        told = self.wire.do(lambda: list(self._delivered.told))
        return tuple(Delivery(moment.bank, name, moment.at_us) for moment in told for name in moment.names)

    def trouble(self) -> tuple[str, ...]:
        return tuple(self.wire.do(lambda: list(self.wire.proxy.trouble)))

    def notes(self) -> tuple[str, ...]:
        return tuple(self.wire.do(lambda: list(self.wire.proxy.notes)))

    def topic_records(self) -> tuple[TopicRecord, ...]:
        from hashlib import sha256

        return tuple(
            TopicRecord(
                one.partition,
                one.offset,
                self._name_of(one.value),
                sha256(one.value).hexdigest(),
                one.value[:TEXT_MAX].decode("utf-8", "replace"),
            )
            for one in self.topic.records()
        )

    @property
    def signed(self) -> bool:
        """Whether its banks say that they believe nobody without a signature."""
        return self._stay.node.submission.offers.signatures

    def books(self) -> dict[str, Books] | None:
        """Of banks of level 2 that show them; None where this node does not offer it."""
        if not self._stay.node.submission.offers.ledger:
            return None
        shown = {bank.bank: shown_books(bank.url) for bank in self.in_custody.values()}
        return {bank: books for bank, books in shown.items() if books is not None}

    def _take_in(self) -> dict[str, Ward]:
        first = free_block(len(self.town.banks))
        urls = {bank.id: f"http://127.0.0.1:{first + place}" for place, bank in enumerate(self.town.banks)}
        wards = {}
        for place, bank in enumerate(self.town.banks):
            for node in self._broker.bootstrap().split(","):
                self.wire.open(bank.id, node)
            bootstrap = self.wire.do(self.wire.proxy.address, bank.id)
            home = self._stay.place(bank.id, first + place, bootstrap, urls, self.name, federation_id=self.name)
            wards[bank.id] = self._stay.take_in(home, bank.seed_entry(urls[bank.id]), self.name)
        return wards

    def _name_of(self, value: bytes) -> str:
        said = read_record(value, self._adapter)
        return said.transaction_id if said else ""


def _own_logs(data: Path) -> list[Path]:
    """Plain files, not many and not too long."""
    there = [file for file in sorted(data.glob("*.log"))[:LOGS_MAX] if file.is_file() and not file.is_symlink()]
    return [file for file in there if file.stat().st_size <= LOG_BYTES_MAX]


def _nothing(*_: object) -> None: ...
