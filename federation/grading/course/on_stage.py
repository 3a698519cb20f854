"""The stage of one scenario on a federation that stands: what it plays and breaks is noted here for the evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager

from federation.faults.fault import Bite
from federation.faults.fault import Fault as Breakage
from federation.faults.site import Lying, Site
from federation.grading.adapter import Adapter
from federation.grading.clock import now_us
from federation.grading.course.tellers import Tellers
from federation.grading.evidence import BROKER_AWAY, Fault, HostileRecord, InjectedLoss
from federation.grading.plan import Step
from federation.grading.scenarios.stage import Heard, Play
from federation.grading.town import Town
from federation.world import Dice

STRONGER = 2  # times as many orders where a fault did not bite at first


class OnStage:
    def __init__(
        self, scenario: str, site: Site, town: Town, adapter: Adapter, tellers: Tellers, dice: Dice, scale: float
    ) -> None:
        self._scenario, self._tellers = scenario, tellers
        self.site, self.town, self.adapter, self.dice, self.scale = site, town, adapter, dice, scale
        self.strength, self.signed = 1, False
        self.faults: list[Fault] = []
        self.hostile: list[HostileRecord] = []
        self.losses: list[InjectedLoss] = []

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
        return self._tellers.play(
            self._scenario,
            orders * self.strength,
            extra,
            event_s=event_s,
            drawn=drawn,
            in_flight=in_flight,
            on_sent=on_sent,
            on_answered=on_answered,
        )

    @contextmanager
    def strike(self, fault: Breakage, what: str = BROKER_AWAY, target: str = "broker") -> Iterator[Callable[[], Bite]]:
        begun_us = now_us()
        try:
            fault.inject()
            yield fault.bite
        finally:
            fault.heal()
            self.note(what, target, begun_us, now_us(), fault.bite())

    def note(self, what: str, target: str, begun_us: int, ended_us: int, bite: Bite) -> None:
        self.faults.append(Fault(self._scenario, what, target, begun_us, ended_us, bite.bit, bite.proof))

    def put(self, records: Sequence[Lying], kind: str = "", transaction_ids: Mapping[int, str] = {}) -> list[Lying]:
        lying = self.site.topic.put(records)
        if kind:
            at_us, readers = now_us(), self._readers()
            self.hostile += [
                HostileRecord(kind, readers.get(one.partition, ""), at_us, transaction_ids.get(place, ""))
                for place, one in enumerate(lying)
            ]
        return lying

    def lose(self, loss: InjectedLoss) -> None:
        self.losses.append(loss)

    def now_us(self) -> int:
        return now_us()

    def _readers(self) -> dict[int, str]:
        return {self.site.topic.partition_of(bank.id): bank.id for bank in self.town.banks}
