"""S1: simulated histories a minute, the real ledger under every law, against the prototype's shape on bare sqlite3.

One core each, by CPU time: the histories of a run are shared out over the cores of the machine.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from itertools import count

from federation.bench.bare_world import BareWorld
from federation.bench.figure import BenchReport, Figure, Goal, Say, in_turns
from federation.simulation.planning import plan_of
from federation.simulation.workers import be_quiet, play_safely

PER_ROUND = 40  # histories
GOAL = 0.2  # of the prototype, which asked one law, once
A_MINUTE = 1_000  # on two cores


def run(rounds: int, say: Say) -> BenchReport:
    broken: list[str] = []
    ours, theirs = count(1), count(1)
    with be_quiet():
        taken = in_turns(
            rounds,
            say,
            prototype=lambda: _round(_bare(theirs, broken)),
            bankfed=lambda: _round(_whole(ours, broken)),
        )
    figure = Figure(
        "S1",
        "simulated histories with the real ledger and ten laws after every commit, against the prototype's shape",
        "histories/min and core",
        taken["bankfed"],
        taken["prototype"],
        Goal(GOAL),
    )
    cores = os.cpu_count() or 1
    notes = [f"on {cores} cores {cores * figure.median:,.0f} a minute; {A_MINUTE:,} on two are asked for", *broken]
    return BenchReport("sim", [figure], _spent(taken["bankfed"]), conserved=not broken, notes=notes)


def _whole(seeds: Iterator[int], broken: list[str]) -> Callable[[], None]:
    def play() -> None:
        history = play_safely(plan_of(next(seeds)))
        broken.extend(f"seed {history.plan.seed}: {found.law} {found.sentence}" for found in history.violations)

    return play


def _bare(seeds: Iterator[int], broken: list[str]) -> Callable[[], None]:
    def play() -> None:
        seed = next(seeds)
        if not BareWorld(seed).run():
            broken.append(f"the prototype's seed {seed} is not right")

    return play


def _round(play: Callable[[], None]) -> float:
    began = time.process_time()
    for _ in range(PER_ROUND):
        play()
    return 60 * PER_ROUND / (time.process_time() - began)


def _spent(rates: list[float]) -> float:
    return sum(60 * PER_ROUND / rate for rate in rates)
