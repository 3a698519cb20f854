"""A failing plan made small: delta debugging over its steps, as long as the same law is broken.

Steps do not disturb one another's chance (dice.py), so what is left out changes nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations

from federation.simulation.history import History
from federation.simulation.orders import ORDERS
from federation.simulation.plan import Plan, Step
from federation.simulation.planning import KNOBS

Play = Callable[[Plan], History]
SECONDS_MAX = 60.0  # of its own CPU: other work on the machine makes no plan longer
CHOSEN_OF_MAX = 10  # steps
LEAST = {"records": 1, "hit": 1, "percent": 100, "pages": 0}


@dataclass(frozen=True, slots=True)
class Shrunk:
    plan: Plan
    history: History  # of that plan
    runs: int
    seconds: float  # of CPU


def shrink(failed: History, play: Play, seconds_max: float = SECONDS_MAX) -> Shrunk:
    """The smallest plan found in that time that breaks the law that broke first in `failed`."""
    return _Shrinking(failed, play, seconds_max).run()


class _Shrinking:
    def __init__(self, failed: History, play: Play, seconds_max: float) -> None:
        self._best, self._play = failed, play
        self._law = failed.violations[0].law
        self._began_s = time.process_time()
        self._until_s = self._began_s + seconds_max
        self._runs = 0

    def run(self) -> Shrunk:
        self._cut_end()
        self._make_plain()
        self._leave_named()
        self._heal_early()
        self._cut_words()
        self._cut_parts()
        if self._ease():
            self._cut_parts()
        self._choose_few()
        self._heal_early()
        return Shrunk(self._best.plan, self._best, self._runs, time.process_time() - self._began_s)

    def _cut_end(self) -> None:
        """What was to come after the law was broken had no part in it."""
        plan = self._best.plan
        self._still(plan.with_steps([s for s in plan.steps if s.at_ms <= self._best.violations[0].at_ms]))

    def _make_plain(self) -> None:
        """One process of each bank, in memory, with the usual settings: shorter to play, and less to think of."""
        for plainer in ({"processes": 1, "on_file": False}, {"knobs": KNOBS}, {"partitions": 1}):
            plan = replace(self._best.plan, **plainer)
            if plan != self._best.plan:
                self._still(plan)

    def _leave_named(self) -> None:
        """Of what was ordered only what the sentence names: a transfer's id is the id of its step, and a number."""
        named = {word.split("-")[0] for word in self._best.violations[0].sentence.split()}
        steps = self._best.plan.steps
        left = [step for step in steps if step.do not in ORDERS or step.id in named]
        if named & {step.id for step in steps} and len(left) < len(steps):
            self._still(self._best.plan.with_steps(left))

    def _ease(self) -> bool:
        """The smallest numbers that do it: then it may need fewer steps too."""
        eased = False
        for at, step in enumerate(self._best.plan.steps):
            for name, least in LEAST.items():
                if step.facts.get(name, least) != least and time.process_time() < self._until_s:
                    steps = list(self._best.plan.steps)
                    steps[at] = replace(steps[at], facts={**steps[at].facts, name: least})
                    eased |= self._still(self._best.plan.with_steps(steps))
        return eased

    def _cut_words(self) -> None:
        """All steps of a word at once: most words have no part in it."""
        for word in dict.fromkeys(step.do for step in self._best.plan.steps):
            if time.process_time() < self._until_s:
                self._still(self._best.plan.with_steps([s for s in self._best.plan.steps if s.do != word]))

    def _choose_few(self) -> None:
        """No single one of them can go; but perhaps a few of them do it without all the others."""
        steps = self._best.plan.steps
        if len(steps) <= CHOSEN_OF_MAX:
            for few in chain.from_iterable(combinations(steps, count) for count in range(1, min(5, len(steps)))):
                if time.process_time() > self._until_s or self._still(self._best.plan.with_steps(few)):
                    return

    def _cut_parts(self) -> None:
        """Halves, quarters, … single steps: whatever can go, goes."""
        size = max(1, len(self._best.plan.steps) // 2)
        while True:
            gone = self._cut_parts_of(size)
            if size == 1 and not gone:
                return
            size = max(1, size // 2) if not gone or size > 1 else 1

    def _cut_parts_of(self, size: int) -> bool:
        gone, at = False, 0
        while at < len(self._best.plan.steps):
            steps = self._best.plan.steps
            if self._still(self._best.plan.with_steps([*steps[:at], *steps[at + size :]])):
                gone = True
            else:
                at += size
            if time.process_time() > self._until_s:
                return False
        return gone

    def _heal_early(self) -> None:
        """Healing right after the last step makes the history short to read."""
        plan = self._best.plan
        last_ms = max((_end_ms(step) for step in plan.steps), default=0)
        if last_ms + 1_000 < plan.heal_ms:
            self._still(replace(plan, heal_ms=last_ms + 1_000))

    def _still(self, plan: Plan) -> bool:
        """Plays it; True, and it is the best one, where the law is still broken."""
        self._runs += 1
        history = self._play(plan)
        if any(violation.law == self._law for violation in history.violations):
            self._best = history
            return True
        return False


def _end_ms(step: Step) -> int:
    return step.at_ms + int(step.facts.get("for_ms", 0))


def told(steps: Sequence[Step]) -> list[str]:
    """The plan for people."""
    return [str(step) for step in steps]
