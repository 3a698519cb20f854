"""Everything at random: scenario after scenario on one federation, many orders at a time, until so much time has
passed, so many transfers were accepted, or something is found. It counts what was done to the banks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from federation.grading.course.grading import Grading, Told, Wish, home
from federation.grading.course.lane import Lane
from federation.grading.course.outcome import Counts, Run
from federation.grading.custody.stay import Stay
from federation.grading.ground.brokers import Brokers
from federation.grading.scenarios.stage import Scene
from federation.grading.scenarios.table import scenes
from federation.grading.score import NOT_EXERCISED
from federation.world import Dice

CROWD = 8  # times as many orders as in a course, and asked so much faster
LEFT_OUT = ("A1", "A2", "A3", "A4", "F1", "F2", "F3", "F4", "N29a")  # nothing is broken in them, or all at once


@dataclass(slots=True)
class Tally:
    """What a soak has come to. `lost`, `doubled`: transfers; `cents`: that nothing explains."""

    counts: Counts = field(default_factory=Counts)
    rounds: int = 0
    seconds: float = 0.0
    lost: int = 0
    doubled: int = 0
    cents: int = 0
    not_exercised: int = 0
    found: list[Run] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not self.found

    def add(self, run: Run) -> None:
        self.rounds += 1
        self.not_exercised += run.result.verdict == NOT_EXERCISED
        against = [one.finding for one in run.result.against_the_node]
        self.lost += sum(len(finding.transfers) for finding in against if finding.checker == "Q07")
        self.doubled += sum(len(finding.transfers) for finding in against if finding.checker == "Q05")
        self.cents += sum(abs(finding.cents) for finding in against)
        if against:
            self.found.append(run)


@dataclass(frozen=True, slots=True)
class Until:
    """Whatever comes first; None: not that."""

    seconds: float | None = None
    transfers: int | None = None

    def is_reached(self, tally: Tally) -> bool:
        late = self.seconds is not None and tally.seconds >= self.seconds
        return late or (self.transfers is not None and tally.counts.transfers >= self.transfers)


def soak(wish: Wish, until: Until, told: Told, heard: Callable[[Tally], None]) -> Tally:
    """Raises Failure. Stops at the first finding against the node."""
    tally, began_s = Tally(), time.monotonic()
    crowded = replace(wish, gate=False, crowd=CROWD)
    with ExitStack() as everything:
        brokers = everything.enter_context(Brokers(home(), told.said))
        stay = everything.enter_context(Stay(home(), wish.folder))
        grading = Grading(crowded, told, stay, brokers)
        everything.callback(grading.close)
        lane = Lane(lambda nodes: grading.found("soak", nodes), told.ran)
        everything.callback(lane.close)
        for number, scene in enumerate(_mixture(grading.seed, stay.node.lacks()), 1):
            tally.add(lane.play(scene, number))
            tally.counts, tally.seconds = grading.counts, time.monotonic() - began_s
            heard(tally)
            if tally.found or until.is_reached(tally):
                return tally
    raise AssertionError("a mixture has no end")


def _mixture(seed: int, lacks: frozenset[str]) -> Iterator[Scene]:
    """What takes one node of the broker, over and over in another order."""
    from federation.grading.sheet import SCENARIOS

    needs = {one.id: one.needs for one in SCENARIOS}
    there = [
        scene
        for scene in scenes().values()
        if scene.nodes == 1 and scene.id not in LEFT_OUT and needs.get(scene.id, "") not in lacks and scene.id in needs
    ]
    dice = Dice(f"bankfed grade soak/{seed}")
    while True:
        yield from dice.some_of(there, len(there))
