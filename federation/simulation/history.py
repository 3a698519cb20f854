"""What came of a plan: counts, and the laws that were broken, if any."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from federation.simulation.plan import Plan


@dataclass(frozen=True, slots=True)
class Violation:
    law: str
    sentence: str
    at_ms: int


@dataclass(slots=True)
class History:
    plan: Plan
    violations: list[Violation] = field(default_factory=list)
    transfers: int = 0  # accepted at the counters, returns and those inside a bank included
    steps: int = 0  # of the world
    faults: Counter[str] = field(default_factory=Counter)
    crashes: Counter[str] = field(default_factory=Counter)  # by failpoint
    branches: Counter[str] = field(default_factory=Counter)  # of the protocol's tables
    trace_hash: str = ""
