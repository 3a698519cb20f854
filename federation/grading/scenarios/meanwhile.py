"""What was asked, accepted and passed on while something was broken: the numbers in a scenario's proof."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from federation.grading.calls import OK, TRANSFER, Call
from federation.grading.scenarios.stage import Play, Stage
from federation.wire.exchange import Traffic
from federation.wire.frames import Api

SLOW_S, LOOK_EVERY_S = 6.0, 0.1


def wait_for(stage: Stage, done: Callable[[], bool], seconds: float = SLOW_S) -> None:
    """Until it is done, or so long: a node may be slow, or a machine busy with something else."""
    until_us = stage.now_us() + round(seconds * 1e6)
    while not done() and stage.now_us() < until_us:
        stage.site.wait(LOOK_EVERY_S)


@dataclass(frozen=True, slots=True)
class Sends:
    """Transfers to other banks that were asked for from one moment to another."""

    asked: int
    accepted: int

    @property
    def words(self) -> str:
        return f"{self.asked} transfers were asked for meanwhile, {self.accepted} accepted"


def sends(play: Play, begun_us: int, ended_us: int, to_bank: str = "") -> Sends:
    asked = [call for call in _crosses(play.calls()) if begun_us <= call.begun_us <= ended_us]
    asked = [call for call in asked if to_bank in ("", call.request["to_bank"])]
    return Sends(len(asked), sum(call.outcome == OK for call in asked))


def sent_to(play: Play, begun_us: int, bank: str) -> set[str]:
    """The ids of transfers to this bank that were asked for from then on, and accepted."""
    own = (call for call in _crosses(play.calls()) if call.begun_us >= begun_us and call.outcome == OK)
    return {call.transaction_id for call in own if call.request["to_bank"] == bank}


def _crosses(calls: Iterable[Call]) -> Iterator[Call]:
    return (call for call in calls if call.do == TRANSFER and call.request["to_bank"] != call.bank)


class Passed:
    """What passed on the wire since this was made."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._before = self._now()

    def lines(self) -> int:
        return self._more(lambda traffic: traffic.lines)

    def refused(self) -> int:
        """Lines that the broker did not take."""
        return self._more(lambda traffic: traffic.refused)

    def cut(self) -> int:
        return self._more(lambda traffic: traffic.cut)

    def requests(self, *apis: Api) -> int:
        """Of these kinds; of all where none is named."""
        return self._more(lambda traffic: _count(traffic.requests, apis))

    def answers(self, *apis: Api) -> int:
        return self._more(lambda traffic: _count(traffic.answers, apis))

    def _now(self) -> dict[str, Traffic]:
        return {bank: self._stage.site.wire.traffic(bank) for bank in self._stage.site.banks}

    def _more(self, count: Callable[[Traffic], int]) -> int:
        return sum(count(traffic) - count(self._before[bank]) for bank, traffic in self._now().items())


def _count(counted: Mapping[int, int], apis: Iterable[Api]) -> int:
    return sum(counted.get(api, 0) for api in apis) if apis else sum(counted.values())
