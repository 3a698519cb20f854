"""What a run of many seeds came to, added up as it goes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bank_node.lab.failpoints import POINTS
from federation.simulation.history import History
from federation.simulation.shrink import Shrunk
from federation.simulation.tables import ALL
from federation.simulation.workers import Played

BRANCHES_JUDGED_FROM = 2_000  # histories; with fewer, not to have reached one says nothing


@dataclass
class Summary:
    total: Played = field(default_factory=Played)
    shrunk: dict[int, Shrunk] = field(default_factory=dict)  # by the number of the failed history
    began_s: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    interrupted: bool = False  # by whoever started it

    def add(self, played: Played) -> None:
        total = self.total
        total.histories += played.histories
        total.transfers += played.transfers
        total.steps += played.steps
        total.faults += played.faults
        total.crashes += played.crashes
        total.branches += played.branches
        total.failed += played.failed
        self.seconds = time.monotonic() - self.began_s

    @property
    def per_minute(self) -> float:
        return 60 * self.total.histories / self.seconds if self.seconds else 0.0

    @property
    def never_reached(self) -> list[str]:
        return [name for name in ALL if not self.total.branches[name]]

    @property
    def enough_branches(self) -> bool:
        return self.total.histories < BRANCHES_JUDGED_FROM or not self.never_reached

    @property
    def lawful(self) -> bool:
        return not self.total.failed

    def as_json(self) -> Mapping[str, Any]:
        total = self.total
        return {
            "histories": total.histories,
            "violations": [self._violation(number, history) for number, history in enumerate(total.failed)],
            "transfers": total.transfers,
            "faults": total.faults.total(),
            "histories_per_minute": round(self.per_minute, 1),
            "branches_reached": len(ALL) - len(self.never_reached),
            "branches_total": len(ALL),
            "branches_never_reached": self.never_reached,
            "branches": {name: total.branches[name] for name in ALL},
            "faults_by_kind": dict(sorted(total.faults.items())),
            "failpoints": {name: total.crashes[name] for name in POINTS},
            "world_steps": total.steps,
            "seconds": round(self.seconds, 2),
            "interrupted": self.interrupted,
        }

    def _violation(self, number: int, history: History) -> dict[str, Any]:
        first, shrunk = history.violations[0], self.shrunk.get(number)
        said: dict[str, Any] = {"seed": history.plan.seed, "law": first.law, "sentence": first.sentence}
        said["laws"] = list(dict.fromkeys(violation.law for violation in history.violations))
        said["plan"] = (shrunk.plan if shrunk else history.plan).as_json()
        if shrunk:
            said["shrunk"] = {"runs": shrunk.runs, "seconds": round(shrunk.seconds, 2)}
            said["sentence"] = shrunk.history.violations[0].sentence
        return said
