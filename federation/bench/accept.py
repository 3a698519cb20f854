"""P2, P3, P4: what accepting a transfer over HTTP costs, against a naive endpoint, a plain echo and a bare commit.

The broker is away on purpose: accepting must not need it, and the figures are of accepting alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from federation.bench.conservation import conserved
from federation.bench.counter import Counter, Round, measured, open_counter
from federation.bench.figure import BenchReport, Figure, Goal, Say, in_turns
from federation.bench.load import HOST, request
from federation.bench.naive import ACCOUNTS
from federation.bench.raw_books import durable_commits
from federation.bench.served import Served, free_port, serve
from federation.world import make_bank

CONNECTIONS = 64
ACCEPTS, NAIVE_ACCEPTS, ECHOES = 10_000, 400, 20_000
ALONE, COMMITS = 500, 200  # at one connection
HOME, AWAY = "ALFA", "BRVO"


@dataclass(frozen=True, slots=True)
class Seconds:
    """Of single acts, one after the other."""

    each: Sequence[float]

    @property
    def p50_s(self) -> float:
        return median(self.each)

    def __str__(self) -> str:
        return f"p50 {self.p50_s * 1000:.2f} ms"


def run(rounds: int, say: Say) -> BenchReport:
    with TemporaryDirectory(prefix="bankfed-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        nobody = f"{HOST}:{free_port()}"  # where no broker listens
        peers = f"{AWAY}=http://{HOST}:9"
        bank = stack.enter_context(open_counter(HOME, folder, {"KAFKA_BOOTSTRAP_SERVERS": nobody, "PEERS": peers}))
        port = free_port()
        naive = stack.enter_context(
            serve(["federation.bench.naive", str(port), str(folder / "naive.db")], port, folder)
        )
        port = free_port()
        echo = stack.enter_context(serve(["federation.bench.echo", str(port)], port, folder))
        payees = [account["number"] for account in make_bank(42, AWAY, "")["accounts"]]
        crowd = in_turns(
            rounds,
            say,
            bankfed=lambda: _accept(bank, payees, ACCEPTS, CONNECTIONS),
            naive=lambda: _naive(naive, bank, payees),
            echo=lambda: _echo(echo, bank, payees),
        )
        alone = in_turns(
            rounds,
            say,
            bankfed=lambda: Seconds(_accept(bank, payees, ALONE, 1).load.seconds),
            commit=lambda: Seconds(durable_commits(folder / "commits.db", COMMITS)),
        )
        stack.close()
        balanced = conserved(bank.database)
    return BenchReport(
        "accept",
        _figures(crowd, alone),
        sum(round_.cpu_s for round_ in crowd["bankfed"]),
        balanced,
        errors=sum(round_.load.errors for round_ in crowd["bankfed"]),
        notes=[f"the naive endpoint answered {sum(r.load.errors for r in crowd['naive'])} requests with an error"],
    )


def _figures(crowd: dict[str, list[Round]], alone: dict[str, list[Seconds]]) -> list[Figure]:
    rates = {side: [round_.per_cpu_s for round_ in taken] for side, taken in crowd.items()}
    slowest = {side: [round_.load.p99_s * 1000 for round_ in taken] for side, taken in crowd.items()}
    waits = {side: [seconds.p50_s * 1000 for seconds in taken] for side, taken in alone.items()}
    at_once, unit = f"accepts at {CONNECTIONS} connections", "accepts/CPU second"
    return [
        Figure("P2", f"{at_once} against the naive endpoint", unit, rates["bankfed"], rates["naive"], Goal(20)),
        Figure(
            "P2 p99",
            f"slowest hundredth of {at_once} against the naive endpoint's",
            "ms",
            slowest["bankfed"],
            slowest["naive"],
            Goal(1 / 8, at_least=False),
        ),
        Figure("P3", f"{at_once} against a plain Starlette echo", unit, rates["bankfed"], rates["echo"], Goal(0.33)),
        Figure(
            "P4",
            "an accept at one connection against one durable commit, p50",
            "ms",
            waits["bankfed"],
            waits["commit"],
            Goal(4, at_least=False),
        ),
    ]


def _accept(bank: Counter, payees: Sequence[str], number: int, connections: int) -> Round:
    bank.sign_in()
    return measured(bank.served, [bank.single(AWAY, payees) for _ in range(number)], connections)


_naive_keys = count()


def _naive(naive: Served, bank: Counter, payees: Sequence[str]) -> Round:
    requests = []
    for number in range(NAIVE_ACCEPTS):
        order = {**bank.order(AWAY, payees), "from_account": f"A{number % ACCOUNTS}"}
        headers = [("Idempotency-Key", f"bench-{next(_naive_keys):032x}")]
        requests.append(request("/transfers", json.dumps(order).encode(), headers))
    return measured(naive, requests, CONNECTIONS)


def _echo(echo: Served, bank: Counter, payees: Sequence[str]) -> Round:
    body = json.dumps(bank.order(AWAY, payees)).encode()
    return measured(echo, [request("/echo", body)] * ECHOES, CONNECTIONS)
