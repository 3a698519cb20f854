"""What a checker found: one sentence a student can read, what was expected and seen, and about which transfers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from federation.grading.evidence import Evidence

UNSAFE: Literal["unsafe"] = "unsafe"  # wrong, or never done at all
LATE: Literal["late"] = "late"  # right, and too late
DIAGNOSIS: Literal["diagnosis"] = "diagnosis"  # told, and costs no points
Weight = Literal["unsafe", "late", "diagnosis"]

Kind = Literal["A", "E", "C"]


@dataclass(frozen=True, slots=True)
class Finding:
    checker: str
    sentence: str
    expected: str
    seen: str
    transfers: tuple[str, ...] = ()
    weight: Weight = UNSAFE
    cents: int = 0  # money that nothing explains: any at all caps the score

    def as_json(self) -> dict[str, Any]:
        return {
            "checker": self.checker,
            "sentence": self.sentence,
            "expected": self.expected,
            "seen": self.seen,
            "transfers": list(self.transfers),
            "weight": self.weight,
            "cents": self.cents,
        }


@dataclass(frozen=True, slots=True)
class Checker:
    """One property. `kind`: A always, E in the end, after healing, C as a client sees it."""

    id: str
    kind: Kind
    title: str
    findings: Callable[[Evidence], Iterator[Finding]]
    level: int = 1  # 2: it reads the books, and only diagnoses
