"""P5, P6: the whole road, from an order at ALFA to its confirmation from BRVO over real Kafka, against raw sqlite3."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from federation.bench.figure import BenchReport, Figure, Goal, Say, in_turns
from federation.bench.own_federation import open_federation
from federation.bench.raw_books import open_raw_books
from federation.bench.road import BATCH, BATCHES_AT_ONCE, CONNECTIONS, Road, in_batches, one_by_one, travel

PER_COMMIT = 128
RAW = 100 * PER_COMMIT
CUSTOMERS = 64


def run(rounds: int, say: Say) -> BenchReport:
    with TemporaryDirectory(prefix="bankfed-bench-") as name:
        folder = Path(name)
        with open_raw_books(folder / "raw", CUSTOMERS) as raw, open_federation(folder, 2, say) as federation:
            cpu_s = federation.cpu_s()
            taken: dict[str, list[Road | float]] = in_turns(
                rounds,
                say,
                raw=lambda: raw.round(RAW, PER_COMMIT),
                batches=lambda: travel(federation, in_batches, BATCHES_AT_ONCE),
                singles=lambda: travel(federation, one_by_one, CONNECTIONS),
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
