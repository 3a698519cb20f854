"""What a scenario may do, and what it leaves behind. Whoever runs a course provides the stage.

After a scenario the course heals everything, waits until every transfer is final or its time is over, reads all books
once more, and asks the checkers. A scenario judges nothing: it plays, breaks, heals, and proves that the fault bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from federation.faults.fault import Bite, Fault
from federation.faults.site import Lying, Site
from federation.grading.adapter import Adapter
from federation.grading.calls import Call
from federation.grading.evidence import BROKER_AWAY, Evidence, HostileRecord, InjectedLoss
from federation.grading.plan import Step
from federation.grading.score import Result
from federation.grading.town import Town
from federation.world import Dice

# Told of a step at the very moment, in the driver's own thread; nothing else is asked or read before it returns, so
# that who kills the bank there has hit it.
Heard = Callable[[Step], None]


class Play(Protocol):
    """The steps of this scenario, being asked of the banks in the background, at an open rate."""

    @property
    def events(self) -> int: ...

    def until(self, event: int) -> None:
        """Waits until this event has begun; at once where it has."""
        ...

    def finish(self) -> None:
        """Waits until every step was asked and answered (or given up)."""
        ...

    def calls(self) -> Sequence[Call]:
        """What has come of the steps so far."""
        ...

    def accepted(self) -> int:
        """Transfers that were answered with 2xx so far."""
        ...


class Stage(Protocol):
    @property
    def town(self) -> Town: ...

    @property
    def dice(self) -> Dice:
        """Of this scenario and the run's seed: the same run draws the same."""
        ...

    @property
    def site(self) -> Site: ...

    @property
    def adapter(self) -> Adapter:
        """The words in which this node's records are written (`grading.records`)."""
        ...

    @property
    def signed(self) -> bool:
        """The node says that its banks believe nobody without a signature."""
        ...

    @property
    def scale(self) -> float:
        """1 in the profiles `course` and `full`, below it in `smoke`: long faults may be shorter by it where the sheet
        does not name their length."""
        ...

    def play(
        self,
        orders: int = 20,
        *,
        extra: Iterable[Step] = (),
        event_s: float = 0.05,
        drawn: bool = True,
        in_flight: int = 64,
        on_sent: Heard | None = None,
        on_answered: Heard | None = None,
    ) -> AbstractContextManager[Play]:
        """Begins this scenario's share of the plan: `orders` drawn from the seed as `workload` draws them, with their
        readings, and `extra` steps of the scenario's own (their events count within this play, their ids are made
        the course's own). Leaving it finishes the play. May be used again after that.

        `drawn` False: nothing but the extra steps. `in_flight`: requests to one bank at once; who comes then waits for
        his turn, and is timed from there. `on_sent`: the whole request has left, no answer was read;
        `on_answered`: its whole answer is there (W1 and W6).
        """
        ...

    def strike(
        self, fault: Fault, what: str = BROKER_AWAY, target: str = "broker"
    ) -> AbstractContextManager[Callable[[], Bite]]:
        """Injects a fault; leaving it heals, notes from when to when it was there, and whether it bit. `what` is one of
        `evidence`'s words or the nemesis' own; `target` a bank or "broker"."""
        ...

    def note(self, what: str, target: str, begun_us: int, ended_us: int, bite: Bite) -> None:
        """A fault that the scenario made by itself, for the evidence."""
        ...

    def put(self, records: Sequence[Lying], kind: str = "", transaction_ids: Mapping[int, str] = {}) -> list[Lying]:
        """`site.topic.put`, noted: with a `kind` (POISON, FORGED) as records of the grader's own, which the checkers
        look for; `transaction_ids` by place in the list, of those that name an id no bank ever used."""
        ...

    def lose(self, loss: InjectedLoss) -> None:
        """Acknowledged records were taken away on purpose: nobody blames the node for it."""
        ...

    def now_us(self) -> int:
        """The clock that the history and all evidence are written in."""
        ...

    @property
    def hostile(self) -> Sequence[HostileRecord]: ...


@dataclass(frozen=True, slots=True)
class Scene:
    """A scenario of the score sheet as it is run. `act` raises nothing but Failure (the grader's own trouble).

    `lane`: LONG ones run in a second federation beside the first. `nodes`: how many Kafka nodes it needs. `also`: what
    else of the sheet is judged by this one play, and `judged` what comes of it for each, its own result first.
    """

    id: str  # of `sheet.SCENARIOS`
    act: Callable[[Stage], Bite]
    lane: str = "short"
    nodes: int = 1
    also: tuple[str, ...] = ()
    rereads: bool = False  # it may have changed what was final long before: all transfers are read once more
    judged: Callable[[Evidence, Result], Sequence[Result]] | None = None


LONG = "long"
