"""A plan: what happens in one history, step by step, as a list that can be read, written down and cut short.

A step says when, what, and to whom. What hangs on another step (a repeat, a return, a forged answer) names it by its
id and does nothing where that one was left out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    at_ms: int  # since the beginning
    do: str  # a word of `orders.ORDERS` or `faults.FAULTS`
    id: str
    bank: str
    facts: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.facts[name]

    def as_json(self) -> dict[str, Any]:
        return {"at_ms": self.at_ms, "do": self.do, "id": self.id, "bank": self.bank, **self.facts}

    def __str__(self) -> str:
        said = " ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.at_ms / 1000:8.3f} s  {self.id:<5} {self.bank} {self.do} {said}"


@dataclass(frozen=True, slots=True)
class Plan:
    seed: int
    banks: int
    steps: tuple[Step, ...]
    heal_ms: int  # from then on nothing goes wrong any more
    knobs: dict[str, Any] = field(default_factory=dict)  # settings of every bank
    partitions: int = 2
    on_file: bool = False  # the databases are files
    processes: int = 1  # of each bank; several hand over to each other before their statements

    @property
    def in_files(self) -> bool:
        return self.on_file or self.processes > 1

    def with_steps(self, steps: Sequence[Step]) -> Plan:
        return replace(self, steps=tuple(steps))

    def as_json(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "banks": self.banks,
            "partitions": self.partitions,
            "on_file": self.on_file,
            "processes": self.processes,
            "knobs": self.knobs,
            "heal_ms": self.heal_ms,
            "steps": [step.as_json() for step in self.steps],
        }

    def write(self, file: Path) -> None:
        file.write_text(json.dumps(self.as_json(), indent=1) + "\n", encoding="utf-8")


def read_plan(said: dict[str, Any]) -> Plan:
    """A plan from its JSON. Raises ValueError in words."""
    try:
        steps = [dict(step) for step in said["steps"]]
        read = [Step(step.pop("at_ms"), step.pop("do"), step.pop("id"), step.pop("bank"), step) for step in steps]
        known = {name: said[name] for name in ("knobs", "partitions", "on_file", "processes") if name in said}
        return Plan(said["seed"], said["banks"], tuple(read), said["heal_ms"], **known)
    except (KeyError, TypeError) as error:
        raise ValueError(f"this is not a plan: {type(error).__name__} {error}") from error
