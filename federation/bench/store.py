"""P1, P12: the project's ledger writer against raw sqlite3 doing the same eight statements, both 128 per durable
commit; and all transfers from one account against the same from all accounts in turn."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bank_node.operations.send_transfer import send_transfer
from federation.bench.conservation import conserved
from federation.bench.figure import BenchReport, Figure, Goal, Say, in_turns
from federation.bench.ledger_desk import LedgerDesk, open_desk
from federation.bench.raw_books import open_raw_books

PER_COMMIT = 128
PER_ROUND = 100 * PER_COMMIT
CUSTOMERS = 64


def run(rounds: int, say: Say) -> BenchReport:
    with TemporaryDirectory(prefix="bankfed-bench-") as folder:
        ours, theirs = Path(folder, "ours"), Path(folder, "theirs")
        with open_raw_books(theirs, CUSTOMERS) as raw, open_desk(ours, CUSTOMERS, PER_COMMIT) as desk:
            cpu = [0.0]
            taken = in_turns(
                rounds,
                say,
                raw=lambda: raw.round(PER_ROUND, PER_COMMIT),
                bankfed=lambda: _round(desk, cpu),
                hot=lambda: _round(desk, cpu, customers=1),
            )
        balanced = conserved(ours / "bank.db") and conserved(theirs / "bank.db")
    figure = Figure(
        "P1",
        f"ledger writer against raw sqlite3, the same 8 statements, {PER_COMMIT} per commit, synchronous=FULL",
        "transfers/s",
        taken["bankfed"],
        taken["raw"],
        Goal(0.6),
    )
    hot = Figure(
        "P12",
        f"the same, every transfer from one account, against {CUSTOMERS} accounts in turn",
        "transfers/s",
        taken["hot"],
        taken["bankfed"],
        Goal(0.9),
    )
    return BenchReport("store", [figure, hot], sum(cpu), balanced)


def _round(desk: LedgerDesk, cpu: list[float], customers: int | None = None) -> float:
    """The orders are made before the clock runs: reading them is the HTTP face's work."""
    orders = desk.orders(PER_ROUND, customers)
    began, spent = time.perf_counter(), time.process_time()
    receipts = [desk.queue(send_transfer, order) for order in orders]
    receipts[-1].result(60)  # they end in order; waiting for each would wake this thread 12,800 times
    for receipt in receipts:
        receipt.result(0)
    cpu.append(time.process_time() - spent)
    return PER_ROUND / (time.perf_counter() - began)
