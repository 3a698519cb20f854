"""A real federation for journeys: processes and Kafka as `bankfed up` starts them, in a folder of its own."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from federation.client import BankAway, BankClient, BankRefused
from federation.roster import Member, read_roster
from tests.support.kafka import free_ports

PATIENCE_S = 120.0


class RealFederation:
    def __init__(self, data: Path) -> None:
        self.data = data

    def run(self, *words: str, ok: tuple[int, ...] = (0,), env: Mapping[str, str] | None = None) -> Any:
        """A verb with --json, as a program would call it, with these settings too; its answer."""
        command = [sys.executable, "-m", "federation.cli", *words, "--data", str(self.data), "--json"]
        around = {**os.environ, **(env or {})}
        done = subprocess.run(command, env=around, capture_output=True, text=True, timeout=PATIENCE_S * 2, check=False)
        assert done.returncode in ok, f"{words} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stdout + done.stderr
        return json.loads(done.stdout)

    def member(self, bank: str) -> Member:
        return read_roster(self.data).member(bank)

    def client(self, bank: str) -> BankClient:
        """Signed in as a teller, as soon as the bank answers."""
        return patiently(lambda: BankClient.of(self.member(bank), "teller", timeout_s=10))

    def pid(self, bank: str) -> int:
        banks = self.run("ps", ok=(0, 1))["banks"]
        return int(next(b["pid"] for b in banks if b["id"] == bank))

    def kill_bank(self, bank: str) -> None:
        """kill -9, as a crash would: its supervisor starts it again."""
        os.kill(self.pid(bank), signal.SIGKILL)

    def broker_pid(self) -> int:
        return int(self.run("ps", ok=(0, 1))["broker"]["pid"])

    def bootstrap(self) -> str:
        return str(self.run("ps", ok=(0, 1))["broker"]["bootstrap"])

    def books(self, bank: str, query: str) -> list[Any]:
        """Rows as the bank's own file has them: nothing is asked of the bank while it works."""
        with closing(sqlite3.connect(self.data / "banks" / bank / "bank.db", timeout=10)) as books:
            return books.execute(query).fetchall()

    def balance(self, bank: str, number: str) -> int:
        with self.client(bank) as client:
            return int(client.account(number)["balance_minor"])


def patiently(ask: Callable[[], Any]) -> Any:
    """Asks until the bank is there; what it then refuses is refused."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return ask()
        except (BankAway, BankRefused) as away:
            if isinstance(away, BankRefused) and away.status < 500:
                raise
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def outcome(client: BankClient, transaction_id: str) -> str:
    """`completed` or `rejected`, however long it takes (within reason)."""
    until = time.monotonic() + PATIENCE_S
    status = "pending"
    while status == "pending" and time.monotonic() < until:
        status = str(patiently(lambda: client.transfer(transaction_id, wait_s=10))["status"])
    return status


@contextmanager
def a_real_federation(
    data: Path, banks: int = 2, *flags: str, env: Mapping[str, str] | None = None
) -> Iterator[RealFederation]:
    """`banks` banks on Kafka, ready; gone at the end, whatever happened. `flags` and `env` are those of `up`."""
    federation = RealFederation(data)
    try:
        federation.run("up", "-n", str(banks), "--port-base", str(free_ports(banks + 12)), *flags, env=env)
        yield federation
    finally:
        federation.run("down")
