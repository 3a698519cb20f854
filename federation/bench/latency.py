"""P7: how long after its commit at ALFA a payment is credited at BRVO, while half of what the road can carry is on it.

The moments are those that the banks themselves wrote down, on the one clock of this machine. Each is the beginning of a
unit of work: the commit of the first is counted, that of the last is not.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from federation.bench.figure import BenchReport, Figure, Goal, Say, in_turns
from federation.bench.own_federation import OwnFederation, open_federation
from federation.bench.road import CONNECTIONS, Road, one_by_one, pace, reading, travel

PACED_S = 6.0
CREDITED_MS_MAX = 100.0
MOMENTS = (
    "SELECT d.decided_us - t.created_us, t.concluded_us - t.created_us FROM transfers t"
    " JOIN away.decisions d ON d.transaction_id = t.transaction_id WHERE t.created_us >= ?"
)


@dataclass(frozen=True, slots=True)
class Delays:
    """Milliseconds after the commit, over one round at a pace."""

    credited_ms: Sequence[float]
    confirmed_ms: Sequence[float]
    per_second: float
    errors: int

    def __str__(self) -> str:
        both = (("credited", self.credited_ms), ("confirmed", self.confirmed_ms))
        said = ", ".join(f"{name} p50 {median(found):.1f} p99 {p99(found):.1f} ms" for name, found in both)
        return f"{said} at {self.per_second:,.0f}/s"


def p99(values: Sequence[float]) -> float:
    return quantiles(values, n=100)[-1]


def run(rounds: int, say: Say) -> BenchReport:
    with TemporaryDirectory(prefix="bankfed-bench-") as name, open_federation(Path(name), 2, say) as federation:
        cpu_s = federation.cpu_s()
        full: list[Road] = []
        taken: dict[str, list[Road | Delays]] = in_turns(
            rounds,
            say,
            full=lambda: _full(federation, full),
            half=lambda: _paced(federation, full[-1].per_second / 2),
        )
        cpu_s = federation.cpu_s() - cpu_s
        balanced = federation.conserved()
    delays = [delay for delay in taken["half"] if isinstance(delay, Delays)]
    figure = Figure(
        "P7",
        f"commit to credited, slowest hundredth, at half of the load that the road carries, against "
        f"{CREDITED_MS_MAX:g} ms",
        "ms",
        [p99(delay.credited_ms) for delay in delays],
        [CREDITED_MS_MAX],
        Goal(1, at_least=False),
    )
    errors = sum(one.errors for side in taken.values() for one in side)
    notes = [
        f"{word}, at half load: p50 {median(map(median, found)):.1f} ms, p99 {median(map(p99, found)):.1f} ms"
        for word, found in (
            ("commit to credited", [delay.credited_ms for delay in delays]),
            ("commit to confirmed", [delay.confirmed_ms for delay in delays]),
        )
    ]
    return BenchReport("latency", [figure], cpu_s, balanced, errors, notes)


def _full(federation: OwnFederation, full: list[Road]) -> Road:
    full.append(travel(federation, one_by_one, CONNECTIONS))
    return full[-1]


def _paced(federation: OwnFederation, per_second: float) -> Delays:
    since_us = time.time_ns() // 1000
    load = pace(federation, int(per_second * PACED_S), per_second)
    home, away = federation.banks.values()
    credited, confirmed = moments(home.database, away.database, since_us)
    return Delays(credited, confirmed, load.per_second, load.errors)


def moments(home: Path, away: Path, since_us: int) -> tuple[list[float], list[float]]:
    """Milliseconds from the commit until a payment was credited, and until it was confirmed, of all since then."""
    with reading(home) as connection:
        connection.execute("ATTACH ? AS away", (f"file:{away}?mode=ro",))
        found = connection.execute(MOMENTS, (since_us,)).fetchall()
    return [row[0] / 1000 for row in found], [row[1] / 1000 for row in found]
