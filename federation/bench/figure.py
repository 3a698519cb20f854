"""A figure: rounds of the project and of its yardstick, taken in turns in one run, and the goal of their ratio."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, TypeVar

Say = Callable[[str], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Goal:
    """What the ratio must be: at least, or at most, a number."""

    number: float
    at_least: bool = True

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.number:g}"

    def met_by(self, ratio: float) -> bool:
        return ratio >= self.number if self.at_least else ratio <= self.number


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table of performance goals (P1 …). `ratio` is median over median."""

    id: str
    says: str  # what is compared with what
    unit: str
    rounds: Sequence[float]
    yardstick_rounds: Sequence[float]
    goal: Goal

    @property
    def median(self) -> float:
        return median(self.rounds)

    @property
    def yardstick_median(self) -> float:
        return median(self.yardstick_rounds)

    @property
    def ratio(self) -> float:
        return self.median / self.yardstick_median if self.yardstick_median else float("inf")

    @property
    def met(self) -> bool:
        return self.goal.met_by(self.ratio)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "says": self.says,
            "unit": self.unit,
            "rounds": [_short(value) for value in self.rounds],
            "yardstick_rounds": [_short(value) for value in self.yardstick_rounds],
            "median": _short(self.median),
            "yardstick_median": _short(self.yardstick_median),
            "ratio": _short(self.ratio),
            "goal": str(self.goal),
            "met": self.met,
        }


@dataclass(frozen=True, slots=True)
class BenchReport:
    """What a bench hands back: its figures (the first one is the headline), and whether the books still balance."""

    name: str
    figures: Sequence[Figure]
    cpu_seconds: float  # spent by the project's side, all its processes together
    conserved: bool
    errors: int = 0  # answers that were neither an acceptance nor a clear refusal
    notes: Sequence[str] = ()

    @property
    def passed(self) -> bool:
        return self.conserved and self.errors == 0 and all(figure.met for figure in self.figures)

    def as_json(self) -> dict[str, Any]:
        """The stable shape is that of the headline figure; all of them are in `figures`."""
        headline = self.figures[0].as_json()
        return {
            "name": self.name,
            **{name: headline[name] for name in ("rounds", "median", "yardstick_median", "ratio", "goal")},
            "cpu_seconds": _short(self.cpu_seconds),
            "conserved": self.conserved,
            "errors": self.errors,
            "figures": [figure.as_json() for figure in self.figures],
            "notes": list(self.notes),
        }


def in_turns(rounds: int, say: Say, **sides: Callable[[], T]) -> dict[str, list[T]]:
    """Runs each side once per round, A B A B, after a round that does not count; what each run gave, by side."""
    for side in sides.values():
        side()
    taken: dict[str, list[T]] = {name: [] for name in sides}
    for number in range(1, rounds + 1):
        for name, side in sides.items():
            taken[name].append(side())
        say(f"round {number}: " + "   ".join(f"{name} {_said(values[-1])}" for name, values in taken.items()))
    return taken


def _said(value: object) -> str:
    return f"{value:,.4g}" if isinstance(value, float) else str(value)


def _short(value: float) -> float:
    return float(f"{value:.6g}")
