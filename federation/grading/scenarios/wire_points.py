"""W1 to W6: banks are killed at six moments of a transfer, each at least five times, at different distances from it.

W1 the driver has sent an order and has no answer; W6 it has the whole answer. W2 the broker has a record and its
answer is held; W3 the bank has that answer. W4 the bank has a Fetch answer with a foreign request in it. W5 the bank
wants to commit offsets, and the request never arrives; a node that commits none is killed 200 ms after W4 instead.

At W4 the answers to commits come late, so that a node that commits first and books then is hit between the two; and
one bank is hit six seconds after its records came, when a client that commits by itself has done so. Each takes
about as long as five starts of a bank, W4 at least 7 s.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from federation.faults.fault import Bite
from federation.grading.plan import CROSS, LOCAL, Step
from federation.grading.records import REQUESTED, read_record
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.hits import Hunt
from federation.grading.scenarios.stage import Scene, Stage
from federation.wire.cargo import Wanted
from federation.wire.frames import Api, Side
from federation.wire.points import Moment, Point, Watch
from federation.wire.rules import Delay, Frames, Rule

MS = 0.001
ORDERS = (CROSS, LOCAL)
LATE_COMMIT_S = 0.3
AUTO_COMMITTED_S = 6.0  # longer than clients wait until they commit by themselves (5 s)
CROWD = 12  # records in one go, for whoever takes his time with each
LOOK_S = 1.5  # whether a node commits offsets at all


_Carries = Callable[[Stage, str], Wanted]


class AtTheWire(Hunt):
    """Told by a watch."""

    def __init__(
        self,
        stage: Stage,
        point: Point,
        moment: str,
        delays: Sequence[float],
        carries: _Carries | None = None,
        first: Mapping[str, float] = {},
    ) -> None:
        super().__init__(stage, moment, delays, first)
        self._point, self._carries = point, carries
        self._watches: dict[str, Watch] = {}

    def arm(self, bank: str, delay_s: float) -> None:
        def on(_: Point, bank: str, __: Moment) -> None:
            self.struck(bank)

        topic = "" if self._point is Point.COMMIT_SEEN else self.stage.adapter.bus.topic
        carries = self._carries(self.stage, bank) if self._carries else None
        watch = Watch(self._point, on, bank, after_s=delay_s, topic=topic, carries=carries)
        self._watches[bank] = self.stage.site.wire.watch(watch)

    def disarm(self, bank: str) -> None:
        if watch := self._watches.pop(bank, None):
            self.stage.site.wire.unwatch(watch)


class AtTheCounter(Hunt):
    """Told by the driver, of an order that will be accepted. `at_once_only`: of those that are killed without any delay
    only these kinds."""

    def __init__(
        self, stage: Stage, moment: str, delays: Sequence[float], at_once_only: Collection[str] = ORDERS
    ) -> None:
        super().__init__(stage, moment, delays)
        self._at_once_only = at_once_only

    def arm(self, bank: str, delay_s: float) -> None: ...

    def disarm(self, bank: str) -> None: ...

    def heard(self, step: Step) -> None:
        delay_s = self.delay_of(step.bank)
        if delay_s is not None and step.kind in (ORDERS if delay_s else self._at_once_only):
            self.stage.site.wait(delay_s)  # the driver does nothing else meanwhile
            self.struck(step.bank)


def with_a_request_in_hand(stage: Stage) -> Bite:
    hunt = AtTheCounter(stage, "with a request in hand", (0.0, 2 * MS, 5 * MS, 10 * MS, 20 * MS))
    hunt.on_sent = hunt.heard
    return hunt.run()


def with_a_record_on_its_way(stage: Stage) -> Bite:
    delays = (0.0, 5 * MS, 20 * MS, 50 * MS, 100 * MS)
    return AtTheWire(stage, Point.PRODUCE_FORWARDED, "with a record on its way, the answer held", delays).run()


def when_the_broker_has_it(stage: Stage) -> Bite:
    delays = (0.0, 1 * MS, 5 * MS, 20 * MS, 50 * MS)
    return AtTheWire(stage, Point.PRODUCE_ANSWERED, "with the broker's word in hand", delays).run()


def with_a_foreign_record_in_hand(stage: Stage) -> Bite:
    slow = stage.town.banks[0].id
    first = {slow: AUTO_COMMITTED_S} if stage.scale >= 1 else {}  # the short profile has no time for it
    delays = (0.0, 5 * MS, 50 * MS, 20 * MS, 100 * MS)
    moment = "with a foreign record in hand, the answers to commits late"
    hunt = AtTheWire(stage, Point.RECORDS_DELIVERED, moment, delays, _foreign, first)
    late = stage.site.wire.lay(Rule(Delay(LATE_COMMIT_S), Frames(Side.ANSWER, Api.OFFSET_COMMIT, count=None)))
    try:
        return hunt.run(Errands(stage).to(slow, [0] * CROWD))
    finally:
        stage.site.wire.end(late)


def before_its_place_is_kept(stage: Stage) -> Bite:
    delays = (0.0, 5 * MS, 20 * MS, 50 * MS, 100 * MS)
    if _commits(stage):
        return AtTheWire(stage, Point.COMMIT_SEEN, "with a commit of offsets that never arrived", delays).run()
    later = [0.2 + delay for delay in delays]
    moment = "with a foreign record in hand for a while (it commits no offsets)"
    return AtTheWire(stage, Point.RECORDS_DELIVERED, moment, later, _foreign).run()


def when_the_teller_has_his_answer(stage: Stage) -> Bite:
    # nobody else ever asks for what stays inside the bank
    delays = (0.0, 0.0, 1 * MS, 0.0, 5 * MS, 20 * MS)
    hunt = AtTheCounter(stage, "when the teller had his answer", delays, at_once_only=(LOCAL,))
    hunt.on_answered = hunt.heard
    return hunt.run()


def _foreign(stage: Stage, bank: str) -> Wanted:
    """A request of another bank to this one."""

    def carries(_: bytes | None, value: bytes | None) -> bool:
        said = read_record(value or b"", stage.adapter)
        return said is not None and said.type == REQUESTED and said.to_bank == bank

    return carries


def _commits(stage: Stage) -> bool:
    """Whether any of the banks was ever seen to commit offsets; where not, they are given something to commit."""
    if not _seen(stage):
        with stage.play(drawn=False, extra=Errands(stage).rounds(range(0, 15, 5)), event_s=0.1):
            stage.site.wait(LOOK_S)
    return _seen(stage)


def _seen(stage: Stage) -> bool:
    apis = (Api.OFFSET_COMMIT, Api.TXN_OFFSET_COMMIT)
    return any(stage.site.wire.traffic(bank).requests.get(api) for bank in stage.site.banks for api in apis)


SCENES = (
    Scene("W1", with_a_request_in_hand),
    Scene("W2", with_a_record_on_its_way),
    Scene("W3", when_the_broker_has_it),
    Scene("W4", with_a_foreign_record_in_hand),
    Scene("W5", before_its_place_is_kept),
    Scene("W6", when_the_teller_has_his_answer),
)
