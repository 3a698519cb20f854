"""What a graded run came to, for whoever writes a report: the score, every run of every scenario, and where its
evidence lies. Plain data: nothing is measured or judged here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from federation.grading.conformance import Step
from federation.grading.evidence import Evidence, Fault
from federation.grading.score import Result, Score, rounded


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one scenario. Its moments are of the evidence's clock (monotonic, microseconds)."""

    result: Result
    number: int = 1  # of several runs of this scenario (`full`)
    begun_us: int = 0
    ended_us: int = 0  # when its last reading was done
    faults: tuple[Fault, ...] = ()  # of this scenario alone
    bundle: Path | None = None  # the evidence as a folder (`grading.bundle`): the federation's, from its founding on
    evidence: Evidence | None = None  # the same, where something was found: up to the end of this run
    logs: Mapping[str, Path] = field(default_factory=dict)  # what each bank printed
    repro: str = ""  # the command that repeats it
    tries: int = 1  # 2: its fault did not bite at first
    others: tuple[Result, ...] = ()  # of scenarios that were judged by this play too

    @property
    def scenario(self) -> str:
        return self.result.scenario

    @property
    def seconds(self) -> float:
        return (self.ended_us - self.begun_us) / 1e6

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.scenario,
            "run": self.number,
            "verdict": self.result.verdict,
            "sentence": self.result.sentence,
            "exercised": self.result.exercised,
            "proof": self.result.proof,
            "seconds": round(self.seconds, 2),
            "tries": self.tries,
            "findings": [
                {**one.finding.as_json(), "blame": str(one.blame), "why": one.why} for one in self.result.findings
            ],
            "bundle": None if self.bundle is None else self.bundle.name,
            "repro": self.repro,
        }


@dataclass(frozen=True, slots=True)
class Counts:
    """What was done to the node in all."""

    transfers: int = 0  # accepted
    calls: int = 0
    faults: int = 0
    kills: int = 0
    foundings: int = 0
    memory_mib_max: int = 0  # of one bank

    def since(self, before: Counts) -> Counts:
        """What has come to it."""
        more = {name: getattr(self, name) - getattr(before, name) for name in self.__slots__}
        return replace(Counts(**more), memory_mib_max=self.memory_mib_max)

    def plus(self, other: Counts) -> Counts:
        both = {name: getattr(self, name) + getattr(other, name) for name in self.__slots__}
        return replace(Counts(**both), memory_mib_max=max(self.memory_mib_max, other.memory_mib_max))

    def as_json(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Outcome:
    submission: str  # its name, from bank.toml
    given: str  # the folder or name that was to be graded
    profile: str
    seed: int
    seed_was_hidden: bool
    plan_digest: str
    begun_at: str  # of the wall clock, ISO 8601
    seconds: float
    score: Score
    gate_steps: tuple[Step, ...] = ()
    runs: tuple[Run, ...] = ()
    counts: Counts = Counts()
    versions: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    level: int = 1
    complaints: tuple[str, ...] = ()  # of custody, about the node: sentences
    notes: tuple[str, ...] = ()  # what a reader has to know: the set-up command's network, what this machine cannot do
    trouble: tuple[str, ...] = ()  # of the grader's own
    folder: Path | None = None  # where reports and evidence are; None: nothing was kept

    def runs_of(self, scenario: str) -> list[Run]:
        return [run for run in self.runs if run.scenario == scenario]

    def failed(self) -> Iterator[Run]:
        """Runs with findings against the node, in the order they were played."""
        return (run for run in self.runs if run.result.against_the_node)

    def as_json(self) -> dict[str, Any]:
        """`score`'s fields first, then all else."""
        return {
            **self.score.as_json(),
            "submission": self.submission,
            "given": self.given,
            "profile": self.profile,
            "seed": self.seed,
            "seed_was_hidden": self.seed_was_hidden,
            "plan": self.plan_digest,
            "begun_at": self.begun_at,
            "seconds": round(self.seconds, 1),
            "uncapped": rounded(self.score.uncapped),
            "gate_steps": [{"what": step.what, "complaint": step.complaint} for step in self.gate_steps],
            "runs": [run.as_json() for run in self.runs],
            "counts": self.counts.as_json(),
            "versions": dict(self.versions),
            "complaints": list(self.complaints),
            "notes": list(self.notes),
            "trouble": list(self.trouble),
        }
