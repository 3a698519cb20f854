"""A plan: what twelve tellers and a reader per bank will ask, in the order they ask it, as a list to be written down.

Time is counted in events: steps with the same number begin at once, each on a connection of its own; only a teller who
looks for what he did waits for his answer. How long an event takes is the driver's business, so the same seed is the
same plan on every machine. What is drawn is in `workload`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from federation.grading.town import Town, read_town

# Why an order stands in a plan
CROSS, LOCAL, CASH, NOWHERE, OVER, REPEAT = "cross", "local", "cash", "nowhere", "over", "repeat"
PRINT, DIME, CROWD = "fingerprint", "dime", "contended"  # crosses of a kind; the debits at once
LOOK, SWEEP = "look", "sweep"  # readings

OF = "of"  # in the request of a reading: the step whose transfer is meant

# Clients who may not send money: without a token, with the token of another bank's teller, signed in as the auditor
NOBODY, STRANGER, AUDITOR = "nobody", "stranger", "auditor"


@dataclass(frozen=True, slots=True)
class Step:
    event: int
    id: str  # s017
    client: str  # teller03, reader-ALFA
    bank: str
    do: str  # a word of `calls`: transfer, read_account, …
    kind: str
    request: Mapping[str, Any]
    key: str = ""
    repeats: str = ""  # the step whose key this is

    def as_json(self) -> dict[str, Any]:
        return {
            "event": self.event,
            "id": self.id,
            "client": self.client,
            "bank": self.bank,
            "do": self.do,
            "kind": self.kind,
            "request": dict(self.request),
            "key": self.key,
            "repeats": self.repeats,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    seed: int | str
    town: Town
    steps: tuple[Step, ...] = field(repr=False)

    @property
    def orders(self) -> list[Step]:
        """What moves money, if it is accepted."""
        return [step for step in self.steps if step.key]

    @property
    def events(self) -> int:
        return self.steps[-1].event + 1 if self.steps else 0

    def only(self, ids: set[str]) -> Plan:
        """The same plan with no other orders than these, their repeats and the readings of both."""
        keep = ids | {step.id for step in self.steps if step.repeats in ids}
        steps = [step for step in self.steps if step.id in keep or (not step.key and self._about(step, keep))]
        return Plan(self.seed, self.town, tuple(steps))

    def as_json(self) -> dict[str, Any]:
        return {"seed": self.seed, "town": self.town.as_json(), "steps": [step.as_json() for step in self.steps]}

    @property
    def digest(self) -> str:
        """The same for the same plan; a report prints it."""
        return hashlib.sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()[:16]

    @staticmethod
    def _about(step: Step, ids: set[str]) -> bool:
        return OF not in step.request or step.request[OF] in ids


def marked(steps: Iterable[Step], mark: str) -> tuple[Step, ...]:
    """The same steps under ids, keys and names of sweeps that nobody else has: several plays share one history."""

    def request_of(step: Step) -> dict[str, Any]:
        return {name: f"{mark}.{said}" if name in (OF, SWEEP) else said for name, said in step.request.items()}

    return tuple(
        replace(
            step,
            id=f"{mark}.{step.id}",
            key=f"{mark}.{step.key}" if step.key else "",
            repeats=f"{mark}.{step.repeats}" if step.repeats else "",
            request=request_of(step),
        )
        for step in steps
    )


def read_plan(said: Mapping[str, Any]) -> Plan:
    """A plan from its JSON. Raises ValueError in words."""
    try:
        return Plan(said["seed"], read_town(said["town"]), tuple(Step(**step) for step in said["steps"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"this is not a plan: {type(error).__name__} {error}") from error
