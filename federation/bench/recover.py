"""P8: how quickly a bank that was down catches up, against raw sqlite3 taking in the same payments in the same batches,
and against the rate at which they came in over HTTP.

BRVO is down while ALFA accepts and publishes a backlog; then ALFA rests, so that BRVO's work is seen alone: on one
machine the sender's part would be taken from the same two cores. BRVO reads, verifies, credits and answers, the answers
go out through Kafka meanwhile. The rate is that of the decisions, from the first unit of work to the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from bank_node.settings import BankSettings
from federation.bench.figure import BenchReport, Figure, Goal, Say, in_turns
from federation.bench.load import drive
from federation.bench.own_federation import OwnFederation, open_federation
from federation.bench.raw_inbox import open_raw_inbox
from federation.bench.road import CONNECTIONS, DECIDED, UNDER_WAY, WAITING, asked, one_by_one, wait_for

BACKLOG = 12_800
PER_COMMIT = int(BankSettings.model_fields["poll_batch_max"].default)
RAW = 25 * PER_COMMIT
CUSTOMERS = 64
QUIET = {"REDRIVE_AFTER_MS": "60000"}  # or what waits longest would be sent again meanwhile, and be read twice
UNITS = "SELECT decided_us, count(*) FROM decisions WHERE decided_us > ? GROUP BY decided_us ORDER BY decided_us"


@dataclass(frozen=True, slots=True)
class Recovery:
    """One night of BRVO."""

    live_per_second: float  # at which ALFA accepted, one order a POST
    per_second: float
    back_s: float  # from its start until everything was credited
    errors: int

    def __str__(self) -> str:
        return (
            f"{self.per_second:,.0f}/s, all credited {self.back_s:.2f} s after its start "
            f"(accepted at {self.live_per_second:,.0f}/s)"
        )


def run(rounds: int, say: Say) -> BenchReport:
    with TemporaryDirectory(prefix="bankfed-bench-") as name:
        folder = Path(name)
        with open_raw_inbox(folder / "raw", CUSTOMERS) as raw, open_federation(folder, 2, say, QUIET) as federation:
            cpu_s = federation.cpu_s()
            taken: dict[str, list[Recovery | float]] = in_turns(
                rounds,
                say,
                raw=lambda: raw.round(RAW, PER_COMMIT),
                bankfed=lambda: _night(federation),
            )
            cpu_s = federation.cpu_s() - cpu_s
            balanced = federation.conserved()
    nights = [value for value in taken["bankfed"] if isinstance(value, Recovery)]
    yardstick = [value for value in taken["raw"] if isinstance(value, float)]
    rates = [night.per_second for night in nights]
    figures = [
        Figure(
            "P8",
            f"catch-up of a bank that was down, against raw sqlite3 taking in {PER_COMMIT} payments a commit",
            "payments/s",
            rates,
            yardstick,
            Goal(0.6),
        ),
        Figure(
            "P8 live",
            f"the same against the rate at which they were accepted over HTTP, {CONNECTIONS} connections",
            "payments/s",
            rates,
            [night.live_per_second for night in nights],
            Goal(3),
        ),
    ]
    return BenchReport("recover", figures, cpu_s, balanced, sum(night.errors for night in nights))


def _night(federation: OwnFederation) -> Recovery:
    home, away = federation.banks.values()
    before, last_us = asked(away.database, "SELECT count(*), coalesce(max(decided_us), 0) FROM decisions")[0]
    federation.stop(away.id)
    home.sign_in()
    load = drive(home.served.port, one_by_one(home, away.accounts, BACKLOG), CONNECTIONS)
    wait_for(home.database, WAITING, 0)
    federation.stop(home.id)
    began = perf_counter()
    federation.start(away.id)
    wait_for(away.database, DECIDED, before + BACKLOG)
    back_s = perf_counter() - began
    units = asked(away.database, UNITS, last_us)
    federation.start(home.id)
    wait_for(home.database, UNDER_WAY, 0)
    return Recovery(load.per_second, rate_of(units), back_s, load.errors)


def rate_of(units: Sequence[tuple[int, int]]) -> float:
    """Payments a second from (beginning in microseconds, how many) of each unit of work; the last one's time is not
    known, so it is left out."""
    took_us = units[-1][0] - units[0][0]
    return sum(count for _, count in units[:-1]) / (took_us / 1_000_000) if took_us else float("inf")
