"""Two banks as processes on real Kafka, for the journeys about faults: what their tellers do, what their books say."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bank_node.transfers.ports import partition_for
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from tests.support.kafka_log import cut_last_batch
from tests.support.lab import Lab
from tests.support.real_federation import PATIENCE_S, RealFederation, outcome, patiently

BANKS = ("ALFA", "BRVO")
PARTITIONS = 32


class Town:
    """Two banks, what their tellers can do, and what their books say."""

    def __init__(self, federation: RealFederation) -> None:
        self.federation = federation
        self.labs = {bank: Lab(federation, bank) for bank in BANKS}
        self.keys = 0

    def number(self, bank: str, state: str = "open") -> str:
        """The first euro account of that bank in that state."""
        accounts = self.federation.member(bank).accounts
        return next(a.number for a in accounts if a.state == state and a.currency == "EUR")

    def key(self) -> str:
        self.keys += 1
        return f"key {self.keys}"

    def order(self, here: str = "ALFA", **more: Any) -> dict[str, Any]:
        there = BANKS[here == "ALFA"]
        order = {"from_account": self.number(here), "to_bank": there, "to_account": self.number(there)}
        return {**order, "amount_minor": 1, "currency": "EUR", **more}

    def pay(self, here: str = "ALFA", *, key: str = "", **more: Any) -> str:
        """Accepted, for certain and once; its id."""
        key, order = key or self.key(), self.order(here, **more)
        return str(self.ask(here, "/api/v1/transfers", order, key=key)["transaction_id"])

    def ask(self, bank: str, path: str, body: dict[str, Any] | None = None, *, key: str = "") -> dict[str, Any]:
        headers = {"Idempotency-Key": key or self.key()}
        with self.federation.client(bank) as client:
            return dict(patiently(lambda: client._ask("POST", path, json=body or {}, headers=headers)))

    def outcome(self, id_: str, here: str = "ALFA") -> str:
        with self.federation.client(here) as client:
            return outcome(client, id_)

    def one(self, bank: str, query: str) -> Any:
        return self.federation.books(bank, query)[0][0]

    def state(self, id_: str, here: str = "ALFA") -> str:
        return str(self.one(here, f"SELECT state FROM transfers WHERE transaction_id = '{id_}'"))

    def reason(self, id_: str, here: str = "ALFA") -> str:
        return str(self.one(here, f"SELECT reason_code FROM transfers WHERE transaction_id = '{id_}'"))

    def decisions(self, id_: str, there: str = "BRVO") -> list[tuple[str, int]]:
        query = f"SELECT decision, repeats_ignored FROM decisions WHERE transaction_id = '{id_}'"
        return [tuple(row) for row in self.federation.books(there, query)]

    def suspense(self, bank: str = "ALFA") -> int:
        return int(self.one(bank, "SELECT coalesce(sum(balance), 0) FROM accounts WHERE code = 'suspense:out'"))

    def balances(self) -> tuple[int, int]:
        """Of the payer at ALFA and the payee at BRVO."""
        query = "SELECT balance FROM accounts WHERE code = '{}'"
        alfa, brvo = (int(self.one(bank, query.format(self.number(bank)))) for bank in BANKS)
        return alfa, brvo

    def quiet(self) -> None:
        open_ = "SELECT count(*) FROM transfers WHERE state IN ('PENDING', 'SENT', 'CANCELLING')"
        eventually(lambda: all(self.one(bank, open_) == 0 and self.all_sent(bank) for bank in BANKS))

    def all_sent(self, bank: str) -> bool:
        return bool(self.one(bank, "SELECT count(*) = 0 FROM outbox WHERE published_us IS NULL AND lane = 'money'"))

    @contextmanager
    def asleep(self, bank: str) -> Iterator[None]:
        """SIGSTOP: as good as gone, until it wakes."""
        pid = self.federation.pid(bank)
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    @contextmanager
    def down(self, bank: str) -> Iterator[None]:
        self.federation.run("stop", bank)
        try:
            yield
        finally:
            self.federation.run("start", bank)

    def lose_the_last_batch(self, bank: str) -> None:
        """Of the partition that this bank reads: acknowledged, and gone."""
        self.federation.run("stop", "broker", "--kill")
        try:
            cut_last_batch(self.federation, EXTERNAL_TRANSFERS, partition_for(bank.encode(), PARTITIONS))
        finally:
            self.federation.run("start", "broker")


def eventually(holds: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    until, pause = time.monotonic() + patience_s, threading.Event()
    while not holds():
        assert time.monotonic() < until, "it did not come true in time"
        pause.wait(0.02)
