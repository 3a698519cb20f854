"""The whole road, from an order at ALFA to its confirmation from BRVO, as fast as it goes or at a pace.

The clock runs from the first request until ALFA has no money under way any more: all credited, all confirmed.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from federation.bench.counter import Counter
from federation.bench.load import Load, drive
from federation.bench.own_federation import OwnFederation
from federation.failure import Failure

TRANSFERS, BATCH, BATCHES_AT_ONCE, CONNECTIONS = 6_400, 128, 4, 64
LOOK_EVERY_S, SETTLED_S_MAX = 0.02, 120.0
UNDER_WAY = "SELECT coalesce(sum(balance), 0) FROM accounts WHERE code = 'suspense:out'"
WAITING = "SELECT count(*) FROM outbox WHERE published_us IS NULL AND parked IS NULL AND lane = 'money'"
DECIDED = "SELECT count(*) FROM decisions"

Make = Callable[[Counter, Sequence[str]], list[bytes]]


@dataclass(frozen=True, slots=True)
class Road:
    """One round on the whole road."""

    transfers: int
    accepted_s: float
    settled_s: float
    errors: int

    @property
    def per_second(self) -> float:
        return self.transfers / self.settled_s

    def __str__(self) -> str:
        return (
            f"{self.per_second:,.0f}/s (accepted after {self.accepted_s:.2f} s, settled after {self.settled_s:.2f} s)"
        )


def travel(federation: OwnFederation, make: Make, connections: int) -> Road:
    """As fast as it goes."""
    home, away = federation.banks.values()
    home.sign_in()
    requests = make(home, away.accounts)
    began = time.perf_counter()
    load = drive(home.served.port, requests, connections)
    accepted_s = time.perf_counter() - began
    wait_until_settled(home.database)
    return Road(TRANSFERS, accepted_s, time.perf_counter() - began, load.errors)


def pace(federation: OwnFederation, count: int, per_second: float) -> Load:
    """`count` orders, one a POST, each at its own moment whether or not the earlier ones were answered."""
    home, away = federation.banks.values()
    home.sign_in()
    load = drive(home.served.port, one_by_one(home, away.accounts, count), CONNECTIONS, per_second=per_second)
    wait_until_settled(home.database)
    return load


def in_batches(home: Counter, payees: Sequence[str]) -> list[bytes]:
    return [home.batch("BRVO", payees, BATCH) for _ in range(TRANSFERS // BATCH)]


def one_by_one(home: Counter, payees: Sequence[str], count: int = TRANSFERS) -> list[bytes]:
    return [home.single("BRVO", payees) for _ in range(count)]


def wait_until_settled(database: Path) -> None:
    wait_for(database, UNDER_WAY, 0)


def wait_for(database: Path, question: str, answer: int) -> None:
    """Until the one number it asks for is there. Raises Failure."""
    with reading(database) as connection:
        until = time.monotonic() + SETTLED_S_MAX
        while connection.execute(question).fetchone()[0] != answer:
            if time.monotonic() > until:
                raise Failure(f"after {SETTLED_S_MAX:.0f} s this was still not {answer}: {question}")
            time.sleep(LOOK_EVERY_S)


@contextmanager
def reading(database: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        yield connection
    finally:
        connection.close()


def asked(database: Path, question: str, *values: object) -> list[Any]:
    with reading(database) as connection:
        return connection.execute(question, values).fetchall()
