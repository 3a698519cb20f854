"""P16: fifty pages left open at a bank cost it none of its speed: accepting over HTTP with their event streams open
against the same without, and its CPU while nothing happens.

The broker is away on purpose, which is the worst case for open pages: every commit changes the number of queued
payments that each of them shows.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from federation.bench.browser import Browser, OpenPages, open_pages, signed_in
from federation.bench.conservation import conserved
from federation.bench.counter import Counter, Round, measured, open_counter
from federation.bench.figure import BenchReport, Figure, Goal, Say, in_turns
from federation.bench.load import HOST, drive
from federation.bench.served import free_port
from federation.world import make_bank

PAGES, CONNECTIONS, ACCEPTS = 50, 64, 10_000
SETTLE_S, IDLE_S = 2.0, 30.0
IDLE_SHARE_MAX = 0.005  # of a core, as of an idle bank
HOME, AWAY = "ALFA", "BRVO"
OPEN_AT = ("", "", "sent", "payment", "received", "payment", "approvals", "sent", "", "payment")


def run(rounds: int, say: Say) -> BenchReport:
    with TemporaryDirectory(prefix="bankfed-bench-") as name:
        nobody = f"{HOST}:{free_port()}"
        settings = {"KAFKA_BOOTSTRAP_SERVERS": nobody, "PEERS": f"{AWAY}=http://{HOST}:9"}
        with open_counter(HOME, Path(name), settings) as bank:
            desk = _Desk(bank)
            taken = in_turns(rounds, say, without=lambda: desk.accept(0), opened=lambda: desk.accept(PAGES))
            idle = {pages: desk.idle_cpu_s(pages, say) for pages in (0, PAGES)}
        balanced = conserved(bank.database)
    return BenchReport(
        "dashboards",
        _figures(taken, idle),
        sum(round_.cpu_s for round_ in taken["opened"]),
        balanced,
        errors=sum(round_.load.errors for side in taken.values() for round_ in side),
        notes=[
            f"{desk.events:,} events reached the {PAGES} pages in {rounds + 1} rounds",
            f"in {IDLE_S:g} idle seconds {idle[PAGES]:.2f} s of CPU with {PAGES} open pages, {idle[0]:.2f} s without",
        ],
    )


def _figures(taken: dict[str, list[Round]], idle: dict[int, float]) -> list[Figure]:
    opened, without = taken["opened"], taken["without"]
    at_once = f"accepts at {CONNECTIONS} connections with {PAGES} open pages against the same without"
    return [
        Figure(
            "P16",
            at_once,
            "accepts/CPU second",
            [round_.per_cpu_s for round_ in opened],
            [round_.per_cpu_s for round_ in without],
            Goal(0.9),
        ),
        Figure(
            "P16 rate",
            at_once,
            "accepts/s",
            [round_.load.per_second for round_ in opened],
            [round_.load.per_second for round_ in without],
            Goal(0.9),
        ),
        Figure(
            "P16 idle",
            f"CPU seconds that {PAGES} open pages cost a bank in which nothing happens, against the clock",
            "s",
            [max(0.0, idle[PAGES] - idle[0])],
            [IDLE_S],
            Goal(IDLE_SHARE_MAX, at_least=False),
        ),
    ]


class _Desk:
    """One bank, the people who have pages open at it, and what they look at."""

    def __init__(self, bank: Counter) -> None:
        self._bank = bank
        self._payees = [account["number"] for account in make_bank(42, AWAY, "")["accounts"]]
        self._browsers = [signed_in(bank.served.port, *who) for who in bank.people("teller", "supervisor", "auditor")]
        bank.sign_in()
        heard: list[bytes] = []
        drive(bank.served.port, [bank.single(AWAY, self._payees) for _ in range(20)], 1, heard.append)
        self._payments = [str(json.loads(answer)["transaction_id"]) for answer in heard]
        self.events = 0

    def accept(self, pages: int) -> Round:
        self._bank.sign_in()
        with self._open(pages):
            requests = [self._bank.single(AWAY, self._payees) for _ in range(ACCEPTS)]
            return measured(self._bank.served, requests, CONNECTIONS)

    def idle_cpu_s(self, pages: int, say: Say) -> float:
        say(f"{IDLE_S:g} s of nothing with {pages} open pages")
        with self._open(pages):
            time.sleep(SETTLE_S)  # opening is work, and not what is measured
            spent = self._bank.served.cpu_s()
            time.sleep(IDLE_S)
            return self._bank.served.cpu_s() - spent

    @contextmanager
    def _open(self, pages: int) -> Iterator[OpenPages]:
        with open_pages(self._shown(pages)) as opened:
            yield opened
        self.events += opened.events

    def _shown(self, pages: int) -> Sequence[tuple[Browser, str]]:
        places = [OPEN_AT[number % len(OPEN_AT)] for number in range(pages)]
        return [
            (
                self._browsers[number % len(self._browsers)],
                f"payment:{self._payments[number % len(self._payments)]}" if at == "payment" else at,
            )
            for number, at in enumerate(places)
        ]
