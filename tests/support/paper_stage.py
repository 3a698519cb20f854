"""A stage on paper: steps are asked when their event has come, each is accepted at once, and what a scenario noted is
kept. The site is one of paper too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from federation.faults.fault import Bite, Fault
from federation.faults.site import Lying
from federation.grading.adapter import Adapter
from federation.grading.calls import COMPLETED, OK, PENDING, TRANSFER, Call
from federation.grading.evidence import BROKER_AWAY, HostileRecord, InjectedLoss
from federation.grading.plan import Step
from federation.grading.records import ACCEPTED, REJECTED, REQUESTED, BusRecord, write_record
from federation.grading.scenarios.stage import Heard
from federation.grading.town import make_town
from federation.world import Dice
from tests.support.paper_site import PaperClock, PaperSite

Note = tuple[str, str, int, int, Bite]


class PaperPlay:
    def __init__(
        self,
        clock: PaperClock,
        steps: Sequence[Step],
        event_s: float,
        outcome: str,
        heard: Sequence[Heard],
        read_as: str = COMPLETED,
    ) -> None:
        self.steps = sorted(steps, key=lambda step: step.event)
        self.events = self.steps[-1].event + 1 if self.steps else 0
        self._clock, self._event_s, self._outcome, self._heard = clock, event_s, outcome, heard
        self._read_as, self._begun_s = read_as, clock.now_s
        self._asked: list[Call] = []
        for step in self.steps:
            clock.then.append((self._at(step.event), lambda step=step: self._ask(step)))  # type: ignore[misc]

    def _at(self, event: int) -> float:
        return self._begun_s + event * self._event_s

    def _ask(self, step: Step) -> None:
        now_us, id_ = self._clock.now_us(), f"t-{step.id}"
        answer = {"transaction_id": id_, "status": PENDING} if step.do == TRANSFER else {"status": self._read_as}
        self._asked.append(
            Call(
                len(self._asked) + 1,
                step.client,
                step.bank,
                step.do,
                step.key,
                step.request,
                now_us,
                self._outcome,
                now_us,
                answer,
            )
        )
        for heard in self._heard:
            heard(step)

    def until(self, event: int) -> None:
        self._clock.wait(max(0.0, self._at(event) - self._clock.now_s))

    def finish(self) -> None:
        self.until(self.events)

    def calls(self) -> Sequence[Call]:
        return tuple(self._asked)

    def accepted(self) -> int:
        return sum(call.do == TRANSFER and call.outcome == OK for call in self._asked)


class PaperStage:
    def __init__(self, nodes: int = 1, banks: int = 3) -> None:
        self.town = make_town(7, banks)
        self.site = PaperSite(nodes, banks=[bank.id for bank in self.town.banks])
        self.dice, self.adapter, self.scale, self.signed = Dice("on paper"), Adapter(), 1.0, False
        self.outcome = OK  # of every order
        self.read_as = COMPLETED  # every transfer, whenever somebody looks
        self.notes: list[Note] = []
        self.losses: list[InjectedLoss] = []
        self.hostile: list[HostileRecord] = []
        self.copies: list[Lying] = []
        self.played: list[PaperPlay] = []
        self.told: set[str] = set()

    @contextmanager
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
    ) -> Iterator[PaperPlay]:
        heard = [one for one in (on_sent, on_answered) if one]
        play = PaperPlay(self.site.clock, list(extra), event_s, self.outcome, heard, self.read_as)
        self.played.append(play)
        yield play
        play.finish()

    @contextmanager
    def strike(self, fault: Fault, what: str = BROKER_AWAY, target: str = "broker") -> Iterator[Callable[[], Bite]]:
        begun_us = self.now_us()
        try:
            fault.inject()
            yield fault.bite
        finally:
            fault.heal()
            self.note(what, target, begun_us, self.now_us(), fault.bite())

    def note(self, what: str, target: str, begun_us: int, ended_us: int, bite: Bite) -> None:
        self.notes.append((what, target, begun_us, ended_us, bite))

    def put(self, records: Sequence[Lying], kind: str = "", transaction_ids: Mapping[int, str] = {}) -> list[Lying]:
        put = self.site.topic.put(records)
        self.copies += put
        if kind:
            self.hostile += [
                HostileRecord(kind, (one.key or b"").decode(), self.now_us(), transaction_ids.get(place, ""))
                for place, one in enumerate(put)
            ]
        return put

    def lose(self, loss: InjectedLoss) -> None:
        self.losses.append(loss)

    def now_us(self) -> int:
        return self.site.clock.now_us()

    def deeds_at(self, what: str) -> list[str]:
        return [deed for deed in self.site.deeds if deed == what]

    def says(self, type_: str, id_: str, from_bank: str, to_bank: str) -> None:
        """A bank's record comes to lie on the topic."""
        said = BusRecord(
            {"requested": REQUESTED, "accepted": ACCEPTED, "rejected": REJECTED}[type_], id_, from_bank, to_bank
        )
        partition = self.site.topic.partition_of(to_bank)
        self.site.topic.put([Lying(partition, 0, to_bank.encode(), write_record(said, self.adapter))])
