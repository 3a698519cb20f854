"""The hunt for mutants: the first seed that catches each, the law that fell, and the fewest steps that it takes.

What the last hunt of the project came to lies beside this file: tests play these seeds before they hunt anew.
"""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from federation.simulation.history import History
from federation.simulation.mutants import MUTANTS
from federation.simulation.planning import plan_of
from federation.simulation.shrink import shrink
from federation.simulation.workers import ITSELF, be_quiet, play_safely

SEEDS = range(200)
KNOWN = Path(__file__).with_name("catches.json")
NO_CATCH = (ITSELF, "C3")  # an error of the simulation, or of the mutant itself: none of them lets a request fail


@dataclass(frozen=True, slots=True)
class Catch:
    mutant: str
    seed: int
    law: str
    steps: int  # of the shrunk plan
    runs: int  # that shrinking took
    seconds: float  # likewise


def hunt(mutant: str, seeds: Sequence[int] = SEEDS) -> Catch | None:
    """None where no seed catches it: then the plans have a hole."""
    play = partial(play_safely, mutant=mutant)
    with be_quiet():
        for seed in seeds:
            history = play(plan_of(seed))
            law = law_of(history)
            if law:
                shrunk = shrink(history, play)
                return Catch(mutant, seed, law, len(shrunk.plan.steps), shrunk.runs, round(shrunk.seconds, 1))
    return None


def hunt_all(
    mutants: Iterable[str] = MUTANTS, seeds: Sequence[int] = SEEDS, jobs: int = 0
) -> Iterator[tuple[str, Catch | None]]:
    """Each mutant, in their order, as soon as it is known; on all cores."""
    names = list(mutants)
    with ProcessPoolExecutor(jobs or os.cpu_count() or 1, multiprocessing.get_context("spawn")) as pool:
        yield from zip(names, pool.map(partial(hunt, seeds=seeds), names), strict=True)


def law_of(history: History) -> str:
    """The law that fell first, if that is a catch."""
    first = history.violations[0].law if history.violations else ""
    return "" if first in NO_CATCH else first


def known_catches() -> dict[str, Catch]:
    return {said["mutant"]: Catch(**said) for said in json.loads(KNOWN.read_text(encoding="utf-8"))}


def as_json(found: Mapping[str, Catch | None]) -> list[dict[str, Any]]:
    """Those that were caught; written into `KNOWN` it is the table of the tests."""
    return [asdict(catch) for catch in found.values() if catch is not None]
