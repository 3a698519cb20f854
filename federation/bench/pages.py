"""P14, P15: how long a bank takes for each of its pages with ten thousand customers and a million entries behind it,
and for an answer of the search box; against 50 ms and 100 ms, and against a plain indexed query of the same books.

One question after the other over HTTP, signed in as whoever may, every page in every round. The broker is away, so the
banner and the queue are on every page.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import unquote

from federation.bench.browser import Browser, signed_in
from federation.bench.conservation import conserved
from federation.bench.figure import BenchReport, Figure, Goal, Say, in_turns
from federation.bench.load import HOST, Load, drive, question
from federation.bench.old_bank import Size, old_bank
from federation.bench.past import AWAY, FEDERATION, HOME, hands_on
from federation.bench.served import Served, free_port, serve
from federation.bench.today import PASSWORD, begin_today
from federation.bench.walk import Stop, places, stops
from federation.brokers.jars import cache_folder

ASKED = 20  # times a round, of each page
QUERIES = 400
PAGE_MS_MAX, SEARCH_MS_MAX = 50.0, 100.0
QUERIES_MAX = 125.0  # of 0.4 ms, as on a machine that is not busy
SLOWEST = 8  # are named at the end


@dataclass(frozen=True, slots=True)
class Walked:
    """Seconds of each stop's answers over one round, and CPU seconds of one, by the stop's name."""

    seconds: Mapping[str, Sequence[float]]
    cpu_s: Mapping[str, float]
    errors: Mapping[str, int]  # answers that were none, by the stop's name

    def p95_ms(self, name: str) -> float:
        return p95(self.seconds[name]) * 1_000

    def __str__(self) -> str:
        slowest = max(self.seconds, key=self.p95_ms)
        return f"slowest p95 {self.p95_ms(slowest):.1f} ms {slowest}"


@dataclass(frozen=True, slots=True)
class Queried:
    load: Load

    def __str__(self) -> str:
        return f"p95 {p95(self.load.seconds) * 1_000:.2f} ms"


@dataclass(slots=True)
class Walker:
    served: Served
    stops: Sequence[Stop]
    browsers: dict[str, Browser] = field(default_factory=dict)

    def walk(self) -> Walked:
        seconds: dict[str, Sequence[float]] = {}
        cpu_s: dict[str, float] = {}
        errors: dict[str, int] = {}
        for stop in self.stops:
            browser = self._browser(stop.who)
            spent = self.served.cpu_s()
            load = drive(self.served.port, [browser.question(address) for address in stop.some(ASKED)], 1)
            seconds[stop.name], cpu_s[stop.name] = load.seconds, (self.served.cpu_s() - spent) / ASKED
            if wrong := sum(count for status, count in load.statuses.items() if status >= 400):
                errors[stop.name] = wrong
        return Walked(seconds, cpu_s, errors)

    def _browser(self, who: str) -> Browser:
        if who not in self.browsers:
            self.browsers[who] = signed_in(self.served.port, who, PASSWORD)
        return self.browsers[who]


def run(rounds: int, say: Say, size: Size | None = None, cache: Path | None = None) -> BenchReport:
    kept = old_bank(cache or cache_folder().with_name("bench"), size or Size(), say)
    with TemporaryDirectory(prefix="bankfed-bench-") as name:
        folder = Path(name)
        database = folder / HOME / "bank.db"
        database.parent.mkdir()
        shutil.copyfile(kept / "bank.db", database)
        with hands_on(database.parent) as hands:
            begin_today(hands)
        with served(folder, database) as (bank, query):
            found = places(database)
            walker = Walker(bank, list(stops(found)))
            accounts = [unquote(number) for number in found["account"]]
            questions = [question(f"/{accounts[n % len(accounts)]}") for n in range(QUERIES)]
            taken: dict[str, list[Queried | Walked]] = in_turns(
                rounds, say, query=lambda: Queried(drive(query.port, questions, 1)), pages=walker.walk
            )
            cpu_s = bank.cpu_s()
        balanced = conserved(database)
    walked = [one for one in taken["pages"] if isinstance(one, Walked)]
    queried = [p95(one.load.seconds) * 1_000 for one in taken["query"] if isinstance(one, Queried)]
    figures, notes = _figures(walker.stops, walked, queried)
    errors = {name: count for one in walked for name, count in one.errors.items()}
    notes += [f"{count} answers of {name} were errors" for name, count in errors.items()]
    return BenchReport("pages", figures, cpu_s, balanced, sum(errors.values()), notes)


@contextmanager
def served(folder: Path, database: Path) -> Iterator[tuple[Served, Served]]:
    """The bank, and the plain query over the same file."""
    port, other = free_port(), free_port()
    bank = {
        "BANK_ID": HOME,
        "PORT": str(port),
        "DATA_DIR": str(database.parent),
        "FEDERATION_ID": FEDERATION,
        "KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{free_port()}",
        "PEERS": f"{AWAY}=http://{HOST}:9",
    }
    with (
        serve(["bank_node"], port, folder, bank) as served,
        serve(["federation.bench.plain_query", str(other), str(database)], other, folder) as query,
    ):
        yield served, query


def _figures(
    walk: Sequence[Stop], walked: Sequence[Walked], queried: Sequence[float]
) -> tuple[list[Figure], list[str]]:
    of = {stop.name: [one.p95_ms(stop.name) for one in walked] for stop in walk}
    by_time = sorted(of, key=lambda name: median(of[name]), reverse=True)
    searches = [stop.name for stop in walk if stop.is_search]
    search = next(name for name in by_time if name in searches)
    slowest, costliest = by_time[0], max(of, key=lambda name: median(one.cpu_s[name] for one in walked))
    against = f"of the slowest of {len(of)} pages ({slowest})"
    figures = [
        _at_most(
            "P14",
            f"p95 {against} against {PAGE_MS_MAX:g} ms",
            of[slowest],
            [PAGE_MS_MAX],
        ),
        _at_most(
            "P14 query",
            f"p95 {against} against that of a plain indexed query over HTTP",
            of[slowest],
            queried,
            QUERIES_MAX,
        ),
        _at_most(
            "P14 CPU",
            f"CPU of one answer of the costliest page ({costliest}) against {PAGE_MS_MAX:g} ms",
            [one.cpu_s[costliest] * 1_000 for one in walked],
            [PAGE_MS_MAX],
        ),
        _at_most(
            "P15",
            f"p95 of the slowest search ({search}) against {SEARCH_MS_MAX:g} ms",
            of[search],
            [SEARCH_MS_MAX],
        ),
    ]
    middle = median(median(values) for values in of.values())
    notes = [f"the page in the middle takes {middle:.1f} ms (p95); the slowest, with the CPU of one answer:"]
    for name in by_time[:SLOWEST]:
        cpu_ms = median(one.cpu_s[name] for one in walked) * 1_000
        notes.append(f"{median(of[name]):7.1f} ms, CPU {cpu_ms:5.1f} ms  {name}")
    return figures, notes


def _at_most(id_: str, says: str, rounds: Sequence[float], yardstick: Sequence[float], times: float = 1) -> Figure:
    return Figure(id_, says, "ms", rounds, yardstick, Goal(times, at_least=False))


def p95(seconds: Sequence[float]) -> float:
    """The value that a twentieth of them exceed."""
    return sorted(seconds)[int(len(seconds) * 0.95) - (len(seconds) * 95 % 100 == 0)]
