"""Moments as a picture: banks and broker are lines, time goes down, messages are arrows, what was broken is shaded.

Here are only the places of things; `sheets/drawing.svg` prints them. Each moment has a row and a number, and the words
stand in a list beside it: a picture that is read at 320 pixels has no room for sentences.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from federation.grading.evidence import Evidence
from federation.grading.reports.moments import BROKEN, BROKER, DEAD, TELLERS, Moment

WIDTH, SIDE, TOP, FOOT = 320, 36, 54, 22
ROW, ROW_MOST = 28, 56  # a pause is seen, and never longer than two rows
PAUSE_US = 100_000  # from here on one is seen at all
SLOPE = 9
PALE_MAX = 60  # messages of other transfers
READ_US = 1_000  # apart in time: what has no row of its own


@dataclass(frozen=True, slots=True)
class Stroke:
    x1: int
    y1: int
    x2: int
    y2: int


@dataclass(frozen=True, slots=True)
class Dot:
    """`number`: of the moment. `head`: the triangle of its arrow, as SVG has points."""

    x: int
    y: int
    number: int
    tone: str
    arrow: Stroke | None = None
    head: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    height: int
    columns: tuple[tuple[int, str], ...]
    dots: tuple[Dot, ...]
    bands: tuple[Stroke, ...]  # from y1 to y2
    gaps: tuple[Stroke, ...]  # while a bank was dead
    pale: tuple[Stroke, ...]
    width: int = WIDTH


def drawing(told: Sequence[Moment], evidence: Evidence, banks: Collection[str] = ()) -> Drawing | None:
    """`banks`: which have a line though nothing happened there. None where nothing is to be seen."""
    if not told:
        return None
    x = _columns(told, evidence, banks)
    y = _heights(told)
    height = y[-1] + ROW + FOOT
    scale = _Scale([one.at_us for one in told], y)
    dots = tuple(_dot(number, one, x, row) for number, (one, row) in enumerate(zip(told, y, strict=True), 1))
    return Drawing(
        height,
        tuple((place, name) for name, place in x.items()),
        dots,
        tuple(
            Stroke(x[one.who], row, x[one.who], max(row + 12, scale.at(one.until_us)))
            for one, row in zip(told, y, strict=True)
            if one.until_us
        ),
        tuple(_gaps(told, x, y, height)),
        tuple(_pale(told, evidence, x, scale)),
    )


class _Scale:
    """Where a moment without a row of its own is: between its neighbours, by time."""

    def __init__(self, times: list[int], heights: list[int]) -> None:
        self.times, self.heights = times, heights

    def at(self, at_us: int) -> int:
        place = bisect_right(self.times, at_us)
        if place == 0:
            return TOP - 8
        if place == len(self.times):
            return self.heights[-1] + ROW // 2
        before, after = self.times[place - 1], self.times[place]
        share = (at_us - before) / max(1, after - before)
        return round(self.heights[place - 1] + share * (self.heights[place] - self.heights[place - 1]))


def _columns(told: Sequence[Moment], evidence: Evidence, also: Collection[str]) -> dict[str, int]:
    """Tellers, the bank that acts first, the broker, the other banks, from left to right."""
    named = {name for one in told for name in (one.who, one.to) if name} | set(also)
    banks = [bank.id for bank in evidence.town.banks if bank.id in named] or [bank.id for bank in evidence.town.banks]
    asked = next((one.to for one in told if one.who == TELLERS and one.to), "")
    banks.sort(key=lambda bank: bank != asked)  # else as the town has them
    names = [*([TELLERS] if TELLERS in named else []), *banks[:1], BROKER, *banks[1:]]
    step = (WIDTH - 2 * SIDE) // max(1, len(names) - 1)
    return {name: SIDE + place * step for place, name in enumerate(names)}


def _heights(told: Sequence[Moment]) -> list[int]:
    heights, at, before_us = [], TOP - ROW, told[0].at_us
    for one in told:
        pause = one.at_us - before_us
        at += ROW if pause < PAUSE_US else min(ROW_MOST, ROW + pause // 50_000)
        heights.append(at)
        before_us = one.at_us
    return heights


def _dot(number: int, one: Moment, x: dict[str, int], y: int) -> Dot:
    here = x.get(one.who, x[BROKER])
    there = x.get(one.to)
    if there is None or there == here:
        return Dot(here, y, number, one.tone)
    side = 1 if there > here else -1
    arrow = Stroke(here + side * 11, y, there - side * 6, y + SLOPE)
    tip = (there - side, y + SLOPE)
    head = f"{tip[0]},{tip[1]} {tip[0] - side * 9},{tip[1] - 5} {tip[0] - side * 8},{tip[1] + 3}"
    return Dot(here, y, number, one.tone, arrow, head)


def _gaps(told: Sequence[Moment], x: dict[str, int], y: list[int], height: int) -> list[Stroke]:
    found = []
    for place, one in enumerate(told):
        if one.tone == DEAD and one.who in x:
            again = (at for at in range(place + 1, len(told)) if told[at].who == one.who and told[at].tone != BROKEN)
            end = next((y[at] for at in again), height - FOOT)
            found.append(Stroke(x[one.who], y[place], x[one.who], end))
    return found


def _pale(told: Sequence[Moment], evidence: Evidence, x: dict[str, int], scale: _Scale) -> list[Stroke]:
    """Messages of other transfers meanwhile, thinned out evenly where there are many."""
    span = (told[0].at_us - READ_US, told[-1].at_us + READ_US)
    passed = [(ack.at_us, ack.bank, True) for ack in evidence.acks]
    passed += [(one.at_us, one.bank, False) for one in evidence.deliveries]
    seen = sorted(one for one in passed if span[0] <= one[0] <= span[1] and one[1] in x)
    thinned = seen[:: max(1, -(-len(seen) // PALE_MAX))]
    strokes = []
    for at_us, bank, sent in thinned:
        y = scale.at(at_us)
        ends = (x[bank], x[BROKER]) if sent else (x[BROKER], x[bank])
        strokes.append(Stroke(ends[0], y, ends[1], y + SLOPE))
    return strokes
