"""Many histories on all cores: seeds are handed to processes of their own, each with another hash seed.

Every hundredth seed is played by two of them, and both must tell the same history.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from federation.simulation.history import History, Violation
from federation.simulation.house import Life
from federation.simulation.keys import remembered
from federation.simulation.mutants import mend_of, without_of
from federation.simulation.plan import Plan
from federation.simulation.planning import plan_of
from federation.simulation.play import play
from federation.simulation.trace import Trace

TWIN_EVERY = 100
PER_TASK = 10
GARBAGE_AT = 100_000  # new objects until rings of them are looked for: about what a history leaves behind
ITSELF = "simulation"  # the "law" that is broken where the simulation fails, not the banks
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wish:
    """What to play. `plans` come before the seeds: what once failed is played first, for ever."""

    seeds: Sequence[int]
    banks: int = 3
    steps_max: int | None = None
    plans: Sequence[Plan] = ()
    mutant: str = ""
    processes: int = 0  # 0: one for each core

    def plan(self, seed: int) -> Plan:
        plan = plan_of(seed, self.banks)
        return plan if self.steps_max is None else plan.with_steps(plan.steps[: self.steps_max])


Work = Callable[[Wish, Sequence[Any]], "Played"]


@dataclass(slots=True)
class Played:
    """What a task came to."""

    histories: int = 0
    transfers: int = 0
    steps: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    crashes: Counter[str] = field(default_factory=Counter)
    branches: Counter[str] = field(default_factory=Counter)
    failed: list[History] = field(default_factory=list)
    hashes: dict[int, str] = field(default_factory=dict)

    def add(self, history: History) -> None:
        self.histories += 1
        self.transfers += history.transfers
        self.steps += history.steps
        self.faults += history.faults
        self.crashes += history.crashes
        self.branches += history.branches
        if history.violations:
            self.failed.append(history)


def play_all(wish: Wish, stop: Callable[[Played], bool] = lambda _: False) -> Iterator[Played]:
    """Results as they come, in any order. `stop` is asked of each: True, and no more is begun."""
    cores = wish.processes or os.cpu_count() or 1
    twins = [seed for seed in wish.seeds if seed % TWIN_EVERY == 0]
    shared, pinned = _tasks(wish), [deque(_cut(twins)) if worker < 2 else deque() for worker in range(max(2, cores))]
    hashes: dict[int, str] = {}
    with _Team(wish, len(pinned)) as team:
        stopped = False
        while team.under_way or not stopped:
            for worker in team.idle() if not stopped else ():
                if pinned[worker]:
                    team.put(worker, _tell, pinned[worker].popleft())
                elif worker < cores and (task := next(shared, None)):
                    team.put(worker, *task)
            if not team.under_way:
                break
            for played in team.finished():
                _compare(hashes, played, wish)
                stopped = stopped or stop(played)
                yield played


def _tasks(wish: Wish) -> Iterator[tuple[Work, Sequence[Any]]]:
    """What once failed comes first."""
    for plans in _cut(wish.plans):
        yield _play_plans, plans
    for seeds in _cut(wish.seeds):
        yield _play_seeds, seeds


def _cut(things: Sequence[T]) -> Iterator[Sequence[T]]:
    return (things[at : at + PER_TASK] for at in range(0, len(things), PER_TASK))


def _play_seeds(wish: Wish, seeds: Sequence[int]) -> Played:
    return _play_plans(wish, [wish.plan(seed) for seed in seeds])


def _play_plans(wish: Wish, plans: Sequence[Plan]) -> Played:
    played = Played()
    for plan in plans:
        played.add(play_safely(plan, mutant=wish.mutant))
    return played


def _tell(wish: Wish, seeds: Sequence[int]) -> Played:
    """Whole traces, for another process to tell the same."""
    told = {seed: play_safely(wish.plan(seed), Trace(), wish.mutant).trace_hash for seed in seeds}
    return Played(hashes=told)


def play_safely(plan: Plan, trace: Trace | None = None, mutant: str = "") -> History:
    """A history in which the simulation itself may have failed; that too is a violation.

    What a mutant brings with it must be harmless by itself, or nothing was caught.
    """
    history = _play(plan, trace, mend_of(mutant))
    beside = without_of(mutant) if mutant and history.violations else None
    if beside is not None and _play(plan, None, beside).violations:
        return History(plan)
    return history


def _play(plan: Plan, trace: Trace | None, mend: Callable[[Life], None]) -> History:
    try:
        with remembered():
            return play(plan, trace, mend)
    except Exception as error:
        history = History(plan)
        where = traceback.extract_tb(error.__traceback__)[-1]
        words = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
        history.violations.append(Violation(ITSELF, words[:500], 0))
        return history


def _compare(hashes: dict[int, str], played: Played, wish: Wish) -> None:
    for seed, told in played.hashes.items():
        if hashes.setdefault(seed, told) != told:
            history = History(wish.plan(seed))
            history.violations.append(Violation(ITSELF, f"seed {seed} is another history under another hash seed", 0))
            played.failed.append(history)


class _Team:
    """Processes, each reached by itself; no two have the same hash seed."""

    def __init__(self, wish: Wish, count: int) -> None:
        self._wish = wish
        self.under_way: dict[Future[Played], int] = {}
        spawn = multiprocessing.get_context("spawn")
        self._members = [ProcessPoolExecutor(1, spawn, _begin) for _ in range(count)]
        self._started: set[int] = set()

    def __enter__(self) -> _Team:
        return self

    def __exit__(self, *_: object) -> None:
        for member in self._members:
            member.shutdown(wait=True, cancel_futures=True)

    def idle(self) -> list[int]:
        busy = set(self.under_way.values())
        return [worker for worker in range(len(self._members)) if worker not in busy]

    def put(self, worker: int, work: Work, what: Sequence[Any]) -> None:
        if worker not in self._started:  # its process begins with this first task
            self._started.add(worker)
            os.environ["PYTHONHASHSEED"] = str(worker + 1)
        self.under_way[self._members[worker].submit(work, self._wish, what)] = worker

    def finished(self) -> Iterator[Played]:
        done, _ = wait(self.under_way, return_when=FIRST_COMPLETED)
        for future in done:
            del self.under_way[future]
            yield future.result()


_QUIET = ExitStack()


def _begin() -> None:
    """Ctrl-C is for whoever started this."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _QUIET.enter_context(be_quiet())  # as long as the process lives


@contextmanager
def be_quiet() -> Iterator[None]:
    """What banks log while they are tormented is nobody's business, and what they drop is not picked up at once."""
    before, thresholds = logging.root.manager.disable, gc.get_threshold()
    logging.disable(logging.CRITICAL)
    gc.freeze()
    gc.set_threshold(GARBAGE_AT, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
        logging.disable(before)
