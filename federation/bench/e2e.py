"""P5, P6: the whole road, from an order at ALFA to its confirmation from BRVO over real Kafka, against raw sqlite3.

The clock runs from the first request until ALFA has no money under way any more: all credited, all confirmed.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from federation.bench.counter import Counter
from federation.bench.figure import BenchReport, Figure, Goal, Say, in_turns
from federation.bench.load import drive
from federation.bench.own_federation import OwnFederation, open_federation
from federation.bench.raw_books import open_raw_books
from federation.failure import Failure

PER_COMMIT = 128
RAW = 100 * PER_COMMIT
TRANSFERS, BATCH, BATCHES_AT_ONCE, CONNECTIONS = 6_400, 128, 4, 64
CUSTOMERS = 64
LOOK_EVERY_S, SETTLED_S_MAX = 0.02, 120.0
UNDER_WAY = "SELECT coalesce(sum(balance), 0) FROM accounts WHERE code = 'suspense:out'"


@dataclass(frozen=True, slots=True)
class Road:
    """One round on the whole road."""

    accepted_s: float
    settled_s: float
    errors: int

    @property
    def per_second(self) -> float:
        return TRANSFERS / self.settled_s

    def __str__(self) -> str:
        return (
            f"{self.per_second:,.0f}/s (accepted after {self.accepted_s:.2f} s, settled after {self.settled_s:.2f} s)"
        )


def run(rounds: int, say: Say) -> BenchReport:
    with TemporaryDirectory(prefix="bankfed-bench-") as name:
        folder = Path(name)
        with open_raw_books(folder / "raw", CUSTOMERS) as raw, open_federation(folder, 2, say) as federation:
            cpu_s = federation.cpu_s()
            taken: dict[str, list[Road | float]] = in_turns(
                rounds,
                say,
                raw=lambda: raw.round(RAW, PER_COMMIT),
                batches=lambda: _road(federation, _in_batches, BATCHES_AT_ONCE),
                singles=lambda: _road(federation, _one_by_one, CONNECTIONS),
            )
            cpu_s = federation.cpu_s() - cpu_s
            balanced = federation.conserved()
    roads = {name: [road for road in values if isinstance(road, Road)] for name, values in taken.items()}
    yardstick = [value for value in taken["raw"] if isinstance(value, float)]
    figures = [
        Figure(id_, says, "transfers/s", [road.per_second for road in roads[side]], yardstick, Goal(goal))
        for id_, side, says, goal in (
            ("P5", "batches", f"ALFA to BRVO and back, {BATCH} orders a POST, against raw sqlite3", 0.30),
            ("P6", "singles", "ALFA to BRVO and back, one order a POST, against raw sqlite3", 0.10),
        )
    ]
    errors = sum(road.errors for side in roads.values() for road in side)
    return BenchReport("e2e", figures, cpu_s, balanced, errors)


def _road(federation: OwnFederation, make: Callable[[Counter, list[str]], list[bytes]], connections: int) -> Road:
    home, away = federation.banks.values()
    home.sign_in()
    requests = make(home, away.accounts)
    began = time.perf_counter()
    load = drive(home.served.port, requests, connections)
    accepted_s = time.perf_counter() - began
    _wait_until_settled(home.database)
    return Road(accepted_s, time.perf_counter() - began, load.errors)


def _in_batches(home: Counter, payees: list[str]) -> list[bytes]:
    return [home.batch("BRVO", payees, BATCH) for _ in range(TRANSFERS // BATCH)]


def _one_by_one(home: Counter, payees: list[str]) -> list[bytes]:
    return [home.single("BRVO", payees) for _ in range(TRANSFERS)]


def _wait_until_settled(database: Path) -> None:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        until = time.monotonic() + SETTLED_S_MAX
        while connection.execute(UNDER_WAY).fetchone()[0] != 0:
            if time.monotonic() > until:
                raise Failure(f"after {SETTLED_S_MAX:.0f} s some transfers are still under way")
            time.sleep(LOOK_EVERY_S)
    finally:
        connection.close()
