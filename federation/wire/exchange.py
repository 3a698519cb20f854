"""What is in force between banks and broker, and what has passed: rules, watches, counts, acks, trouble. Lines ask it
what becomes of each frame; it moves no bytes itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from federation.wire import addresses, cargo
from federation.wire.cargo import Acked, Lot, NameOf, NotUnderstood
from federation.wire.frames import Api, Header, Side
from federation.wire.points import Moment, Point, Watch, point_at
from federation.wire.rules import Delay, Drop, Half, Hold, Laid, Pace, Reset, SlowClose

SENTENCES_MAX = 100  # of each kind; the same one is kept once


@dataclass(slots=True)
class Traffic:
    """Of one bank: what proves that it was cut off, came back, tried again."""

    lines: int = 0  # that it opened
    refused: int = 0  # of these: because the broker did not take it
    cut: int = 0  # of these: by a rule
    requests: Counter[int] = field(default_factory=Counter)  # by api key
    answers: Counter[int] = field(default_factory=Counter)  # that came from the broker, by api key
    request_bytes: int = 0
    answer_bytes: int = 0
    longest_s: dict[int, float] = field(default_factory=dict)  # by api key; see waited

    def waited(self, asked: Asked, now_s: float) -> None:
        """A request has its answer, or its line ended without one."""
        self.longest_s[asked.header.api] = max(self.longest_s.get(asked.header.api, 0.0), now_s - asked.begun_s)


@dataclass(eq=False, slots=True)
class Asked:
    """A request that waits for its answer."""

    header: Header
    request: bytes
    begun_s: float
    answered: bool = False
    lots: list[Lot] | None = None
    gates: list[asyncio.Event] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Passing:
    """A frame on its way, and what was decided of it."""

    bank: str
    line: int
    side: Side
    payload: bytes
    asked: Asked
    said: Any = None  # an answer that has been read already
    fetched: list[Lot] | None = None
    delays: list[tuple[Laid, float]] = field(default_factory=list)  # until when, by the loop's clock
    gates: list[asyncio.Event] = field(default_factory=list)
    pace: Laid | None = None
    dropped: Laid | None = None
    broken: Laid | None = None  # Reset, Half
    withheld: bool = False  # not to come late: if the bank has gone meanwhile, it never comes
    names: tuple[str, ...] = ()  # of the records in it, if somebody watches
    then: list[Callable[[], None]] = field(default_factory=list)  # once it has been passed on


class Exchange:
    def __init__(self, now_us: Callable[[], int], acks_of: str | None, name_of: NameOf | None) -> None:
        """`acks_of`: the topic whose acks are kept ("": of all, None: of none)."""
        self.rules: list[Laid] = []
        self.watches: list[Watch] = []
        self.traffic: dict[str, Traffic] = {}
        self.acks: list[Acked] = []
        self.trouble: list[str] = []
        self.notes: list[str] = []
        self.topics: dict[Any, str] = {}
        self.now_us = now_us
        self._acks_of = acks_of
        self._name_of = None if name_of is None else partial(_name, name_of)

    def worry(self, sentence: str) -> None:
        """Something that the proxy could not do: the grader's business."""
        _keep(sentence, self.trouble)

    def note(self, sentence: str) -> None:
        """Something that a bank brought upon itself, or that could not be read of what it wrote."""
        _keep(sentence, self.notes)

    def request(self, bank: str, line: int, payload: bytes) -> Passing:
        """Raises NotKafka for what is no request."""
        header = Header.of_request(payload)
        kept = payload if header.api == Api.PRODUCE else b""  # the others are not asked what they carried
        asked = Asked(header, kept, asyncio.get_running_loop().time())
        passing = Passing(bank, line, Side.REQUEST, payload, asked)
        traffic = self.traffic[bank]
        traffic.requests[asked.header.api] += 1
        traffic.request_bytes += len(payload)
        self._judge(passing)
        return passing

    def answer(self, bank: str, line: int, payload: bytes, asked: Asked, door: addresses.Door) -> Passing:
        """Raises NotUnderstood where it names brokers in a way that cannot be read: no client may be let past."""
        traffic, header = self.traffic[bank], asked.header
        traffic.answers[header.api] += 1
        traffic.answer_bytes += len(payload)
        said = None
        if addresses.names_brokers(header.api, header.version):
            payload, said = addresses.redirected(header.api, header.version, payload, door)
            if header.api == Api.METADATA:
                self.topics.update(addresses.topic_names(said, header.version))
        passing = Passing(bank, line, Side.ANSWER, payload, asked, said, gates=asked.gates)
        self._judge(passing)
        passing.then.append(partial(self._answered, passing))  # after whoever kills at this very moment
        if header.api == Api.PRODUCE and self._acks_of is not None:
            passing.then.append(partial(self._note_acks, passing))
        return passing

    def slow_closes(self, bank: str) -> Iterator[Laid]:
        at_work = (laid for laid in self.rules if laid.at_work and laid.rule.concerns(bank))
        return (laid for laid in at_work if isinstance(laid.rule.act, SlowClose))

    def _judge(self, passing: Passing) -> None:
        api = passing.asked.header.api
        for laid in self.rules:
            if laid.takes(passing.bank, passing.side, api, partial(self._topics_of, passing)):
                self._apply(laid, passing)
        point = point_at(passing.side, api)
        for watch in list(self.watches) if point else ():
            if watch.point is point and watch.fits(passing.bank, partial(self.lots, passing), self.note):
                self._arm(watch, passing)

    @staticmethod
    def _apply(laid: Laid, passing: Passing) -> None:
        match laid.rule.act:
            case Delay():
                passing.delays.append((laid, asyncio.get_running_loop().time() + laid.delay_s()))
            case Hold():
                passing.gates = [*passing.gates, laid.over]
            case Pace():
                passing.pace = laid
            case Drop():
                passing.dropped = passing.dropped or laid
            case Reset() | Half():
                passing.broken = passing.broken or laid
                return  # it has bitten when the line is cut
        laid.bit()

    def _arm(self, watch: Watch, passing: Passing) -> None:
        """What is held is held before the other end can answer; it is told of once it has happened."""
        if self._name_of is not None and not passing.names:
            passing.names = tuple(self._names(passing, self._name_of))
        if watch.point is Point.COMMIT_SEEN:
            if watch.hit():
                if watch.keeps:
                    passing.gates, passing.withheld = [*passing.gates, watch.over], True
                self._tell_in_time(watch, passing, watch.passed)
        elif watch.point is not Point.PRODUCE_FORWARDED:
            passing.then.append(partial(self._passed, watch, passing))
        elif passing.dropped is None and passing.broken is None and watch.hit():
            if watch.keeps:
                passing.asked.gates.append(watch.over)
            passing.then.append(partial(self._tell_in_time, watch, passing, watch.passed))

    def _passed(self, watch: Watch, passing: Passing) -> None:
        if watch.hit():
            self._tell_in_time(watch, passing, watch.passed)

    def _tell_in_time(self, watch: Watch, passing: Passing, nth: int) -> None:
        if watch.after_s > 0:
            asyncio.get_running_loop().call_later(watch.after_s, self._tell, watch, passing, nth)
        else:
            self._tell(watch, passing, nth)

    def _tell(self, watch: Watch, passing: Passing, nth: int) -> None:
        if watch.over.is_set():
            return
        asked = passing.asked.header
        moment = Moment(watch.point, passing.bank, nth, self.now_us(), passing.line, asked.correlation, passing.names)
        watch.told.append(moment)
        try:
            watch.on(watch.point, passing.bank, moment)
        except Exception as error:
            self.worry(f"whoever was told of {watch.point} at {passing.bank} failed: {error!r}")

    def lots(self, passing: Passing) -> list[Lot]:
        """What the frame carries; of an answer to Produce what was asked. What cannot be read is told, and is none."""
        asked = passing.asked
        try:
            if asked.header.api == Api.PRODUCE:
                if asked.lots is None:
                    asked.lots = []
                    asked.lots = self._known(cargo.of_produce(asked.request, asked.header.version, self.topics))
                return asked.lots
            if asked.header.api == Api.FETCH and passing.side is Side.ANSWER:
                if passing.fetched is None:
                    passing.fetched = []
                    answer = passing.said or passing.payload
                    passing.fetched = self._known(cargo.of_fetch(answer, asked.header.version, self.topics))
                return passing.fetched
        except NotUnderstood as error:
            self.note(str(error))
        return []

    def _known(self, lots: list[Lot]) -> list[Lot]:
        if not all(lot.topic for lot in lots):
            self.note("records passed whose topic only an id names, and no Metadata that passed says which it is")
        return lots

    def _answered(self, passing: Passing) -> None:
        passing.asked.answered = True
        self.traffic[passing.bank].waited(passing.asked, asyncio.get_running_loop().time())

    def _topics_of(self, passing: Passing) -> set[str]:
        return {lot.topic for lot in self.lots(passing)}

    def _names(self, passing: Passing, name_of: NameOf) -> Iterator[str]:
        try:
            for lot in self.lots(passing):
                yield from (name for _, value in lot.records() if (name := name_of(value or b"")))
        except NotUnderstood as error:
            self.note(str(error))

    def _note_acks(self, passing: Passing) -> None:
        lots = [lot for lot in self.lots(passing) if self._acks_of in ("", lot.topic)]
        try:
            version, answer = passing.asked.header.version, passing.said or passing.payload
            name_of = self._name_of or (lambda _: "")
            self.acks += cargo.acked(passing.bank, lots, answer, version, self.topics, self.now_us(), name_of)
        except NotUnderstood as error:
            self.note(str(error))


def _keep(sentence: str, kept: list[str]) -> None:
    if sentence not in kept and len(kept) < SENTENCES_MAX:
        kept.append(sentence)


def _name(name_of: NameOf, value: bytes) -> str:
    """Anybody may have written the value: whoever reads it may stumble, and nothing else comes of it."""
    try:
        return name_of(value)
    except Exception:
        return ""
