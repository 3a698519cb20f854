"""Figures, each against a yardstick in the same run: `bankfed bench`. Benches are read by people; tests time nothing.

One file per bench:
store       P1, P12: the ledger writer against raw sqlite3; one hot account against many
accept      P2, P3, P4: accepting over HTTP against a naive endpoint, an echo, a bare commit
e2e         P5, P6: the whole road over real Kafka against raw sqlite3
latency     P7: commit to credited at half of that road's load
recover     P8: a bank that was down catches up, against raw sqlite3 and the live rate
launch      P11: an idle bank's CPU and memory
pages       P14, P15: every page and the search box of a bank with a million entries against a plain query
dashboards  P16: fifty open pages, and what they cost their bank
sim         S1: simulated histories a minute against the shape of the prototype
Yardsticks: raw_books, raw_inbox, naive, echo, plain_query, bare_world. Around them: figure (ratio and goal), load (the
generator), served (a server's process and its CPU), counter and browser (a bank as a client sees it), ledger_desk (its
store alone), own_federation, road (from an order to its confirmation), conservation; old_bank, past and today (a bank
with a year behind it), walk (through all its pages).
"""

from __future__ import annotations

from federation.bench.figure import BenchReport, Say

ROUNDS = 5
BENCHES = {
    "store": "P1, P12: the ledger writer against raw sqlite3; one hot account against many",
    "accept": "P2-P4: accepting over HTTP against a naive endpoint, an echo and a bare commit",
    "e2e": "P5, P6: ALFA to BRVO and back over Kafka against raw sqlite3",
    "latency": "P7: commit to credited at half of what the road carries",
    "recover": "P8: a bank that was down catches up, against raw sqlite3 and the live rate",
    "launch": "P11: CPU and memory of an idle bank",
    "pages": "P14, P15: every page of a bank with a million entries against a plain indexed query",
    "dashboards": "P16: accepting with fifty pages open against none; CPU of idle pages",
    "sim": "S1: simulated histories a minute against the prototype's shape",
}


def run(name: str, rounds: int, say: Say, banks: int | None = None) -> BenchReport:
    """Runs one of BENCHES; `banks` is for those that start several."""
    from importlib import import_module

    bench = import_module(f"federation.bench.{name}")
    more = {"banks": banks} if banks is not None and name == "launch" else {}
    report: BenchReport = bench.run(rounds, say, **more)
    return report
