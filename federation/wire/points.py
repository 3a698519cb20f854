"""The points of a bank's life that can be seen from the wire (W2 to W5), and who wants to be told of them. Told is told
at exactly that moment, in the loop of the proxy, before anything else passes: whoever kills the bank there has hit it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from federation.wire.cargo import Lot, NotUnderstood, Wanted
from federation.wire.frames import Api, Side


class Point(StrEnum):
    PRODUCE_FORWARDED = "W2"  # the broker has the request; its answer is held
    PRODUCE_ANSWERED = "W3"  # the bank has the answer
    RECORDS_DELIVERED = "W4"  # the bank has a Fetch answer with records
    COMMIT_SEEN = "W5"  # the bank wants to commit offsets; the request is held


_WHERE: dict[tuple[Side, int], Point] = {
    (Side.REQUEST, Api.PRODUCE): Point.PRODUCE_FORWARDED,
    (Side.ANSWER, Api.PRODUCE): Point.PRODUCE_ANSWERED,
    (Side.ANSWER, Api.FETCH): Point.RECORDS_DELIVERED,
    (Side.REQUEST, Api.OFFSET_COMMIT): Point.COMMIT_SEEN,
    (Side.REQUEST, Api.TXN_OFFSET_COMMIT): Point.COMMIT_SEEN,
}


def point_at(side: Side, api: int) -> Point | None:
    return _WHERE.get((side, api))


@dataclass(frozen=True, slots=True)
class Moment:
    """`nth`: of those that this watch was to see. `at_us`: when it was told, after its delay. `names`: of the records
    in the frame, where the proxy was told how they are called."""

    point: Point
    bank: str
    nth: int
    at_us: int
    line: int
    correlation: int
    names: tuple[str, ...] = ()


On = Callable[[Point, str, Moment], object]


@dataclass(eq=False, slots=True)
class Watch:
    """Tells `on` of the `nth` passing of a point (None: of each), so many seconds after it.

    `topic` and `carries` ask for records (not at W5): of that topic, and one of which this is true. Where records
    cannot be read (a compression that is not installed) any batch counts. `holds`: at W2 the answer and at W5 the
    request wait until the watch is ended; the default where one passing is meant. A commit whose bank has gone by then
    never reaches the broker.
    """

    point: Point
    on: On
    bank: str = ""
    nth: int | None = 1
    after_s: float = 0.0
    topic: str = ""
    carries: Wanted | None = None
    holds: bool | None = None
    passed: int = 0
    told: list[Moment] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def keeps(self) -> bool:
        wanted = self.nth is not None if self.holds is None else self.holds
        return wanted and self.point in (Point.PRODUCE_FORWARDED, Point.COMMIT_SEEN)

    def fits(self, bank: str, lots: Callable[[], list[Lot]], unread: Callable[[str], None]) -> bool:
        """Whether this passing is one that it was to see; nothing is counted."""
        if self.over.is_set() or self.bank not in ("", bank) or (self.nth is not None and self.passed >= self.nth):
            return False
        if self.point is Point.COMMIT_SEEN:
            return True
        if self.point is not Point.RECORDS_DELIVERED and not self.topic and self.carries is None:
            return True  # a Produce of whatever: nothing has to be read
        return any(self.topic in ("", lot.topic) and self._carried(lot, unread) for lot in lots())

    def hit(self) -> bool:
        """It has passed; True if this is the one to tell of."""
        self.passed += 1
        return not self.over.is_set() and self.nth in (None, self.passed)

    def _carried(self, lot: Lot, unread: Callable[[str], None]) -> bool:
        if self.carries is None:
            return True
        try:
            return any(self.carries(key, value) for key, value in lot.records())
        except NotUnderstood as error:
            unread(str(error))
            return True
        except Exception as error:  # of who looks into what anybody may have written
            unread(f"a record was too much for who looked into it: {error!r}")
            return False
