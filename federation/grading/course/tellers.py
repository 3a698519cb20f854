"""Who plays on a federation: the driver with this scenario's share of the plan, and all that was asked since its
founding as a plan for the evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from federation.grading.calls import Call
from federation.grading.dialect import Dialect
from federation.grading.driver.drive import Drive
from federation.grading.history_file import HistoryWriter
from federation.grading.plan import OF, Plan, Step, marked
from federation.grading.scenarios.stage import Heard, Play
from federation.grading.town import Town
from federation.grading.workload import slice_of


class Tellers:
    def __init__(
        self,
        town: Town,
        urls: Mapping[str, str],
        words: Dialect,
        file: Path,
        seed: int,
        only: frozenset[str],
        crowd: int = 1,
    ) -> None:
        """`crowd`: times as many orders at each event."""
        self.town, self.seed, self._only = town, seed, only
        self._crowd = crowd
        self._writer = HistoryWriter(file)
        self._drive = Drive(town, urls, words, self._writer)
        self._asked: list[Step] = []
        self._plays = Counter[str]()  # of each scenario on this federation
        self._takes = Counter[str]()  # of these: that drew

    @contextmanager
    def play(
        self,
        scenario: str,
        orders: int,
        extra: Iterable[Step],
        *,
        event_s: float,
        drawn: bool,
        in_flight: int,
        on_sent: Heard | None,
        on_answered: Heard | None,
    ) -> Iterator[Play]:
        self._plays[scenario] += 1
        mark = f"{scenario}.{self._plays[scenario]}"
        steps = [*(self._drawn(scenario, orders) if drawn else ()), *extra]
        mine = [step for step in marked(steps, mark) if not self._only or _is_meant(step, self._only)]
        self._asked += mine
        drive = self._drive
        with drive.play(mine, event_s, in_flight=in_flight, on_sent=on_sent, on_answered=on_answered) as playing:
            yield playing

    def wait_final(self, patience_s: float, late_s: float, everything: bool = False) -> bool:
        """All books have been read then; with `everything` all transfers too, also those of earlier plays."""
        return self._drive.wait_final(patience_s, late_s=late_s, everything=everything)

    def calls(self) -> list[Call]:
        return self._writer.calls()

    @property
    def complaints(self) -> Sequence[str]:
        return self._drive.complaints

    def plan(self) -> Plan:
        """All that was asked so far."""
        return Plan(self.seed, self.town, tuple(self._asked))

    def close(self) -> None:
        self._drive.close()
        self._writer.__exit__(None, None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _drawn(self, scenario: str, orders: int) -> Iterable[Step]:
        self._takes[scenario] += 1
        steps = slice_of(self.town, self.seed, scenario, orders * self._crowd, take=self._takes[scenario])
        return steps if self._crowd == 1 else [replace(step, event=step.event // self._crowd) for step in steps]


def _is_meant(step: Step, only: frozenset[str]) -> bool:
    named = step.id in only or step.repeats in only
    return named or (not step.key and (OF not in step.request or step.request[OF] in only))
