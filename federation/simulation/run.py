"""A run: many histories, those that failed shrunk and kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from federation.simulation.failing import keep, kept_plans
from federation.simulation.shrink import shrink
from federation.simulation.summary import Summary
from federation.simulation.workers import ITSELF, Played, Wish, be_quiet, play_all, play_safely

FAILURES_MAX = 20  # no more are looked for
SHRUNK_MAX = 5  # of a run; more would be the same ones again


def run(wish: Wish, told: Callable[[Summary], None] = lambda _: None) -> Summary:
    """Plays what is wished for; of a mutant, until it is caught. Ctrl-C ends it with what was played so far."""
    summary = Summary()
    enough = 1 if wish.mutant else FAILURES_MAX
    try:
        for played in play_all(wish, lambda _: len(summary.total.failed) >= enough):
            summary.add(played)
            told(summary)
    except KeyboardInterrupt:
        summary.interrupted = True
    return summary


def play_here(wish: Wish) -> Summary:
    """The same without other processes: for one plan or a few."""
    summary = Summary()
    with be_quiet():
        for plan in [*wish.plans, *(wish.plan(seed) for seed in wish.seeds)]:
            played = Played()
            played.add(play_safely(plan, mutant=wish.mutant))
            summary.add(played)
    return summary


def shrink_failures(summary: Summary, mutant: str = "", told: Callable[[str], None] = lambda _: None) -> None:
    """The first few, each in its time."""
    with be_quiet():
        for number, history in enumerate(summary.total.failed[:SHRUNK_MAX]):
            first = history.violations[0]
            if first.law != ITSELF or "another history" not in first.sentence:
                told(f"shrinking seed {history.plan.seed} ({first.law})")
                summary.shrunk[number] = shrink(history, partial(play_safely, mutant=mutant))


def with_kept(wish: Wish, file: Path) -> Wish:
    """What ever failed is played before anything else."""
    return replace(wish, plans=[*kept_plans(file), *wish.plans])


def keep_failures(summary: Summary, file: Path) -> None:
    for number, shrunk in summary.shrunk.items():
        first = summary.total.failed[number].violations[0]
        if first.law != ITSELF:
            keep(file, first.law, shrunk.history.violations[0].sentence, shrunk.plan)
