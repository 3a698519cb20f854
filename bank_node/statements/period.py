"""A stretch of business dates, both ends included: a month, or from and until."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bank_node.ledger.errors import Refusal

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
YEARS = range(1970, 9999)


@dataclass(frozen=True, slots=True)
class Period:
    """ISO dates."""

    first: str
    last: str

    @property
    def month(self) -> str:
        """`2026-11` where it is one whole month, else nothing."""
        return self.first[:7] if self == month_of(self.first) else ""

    @property
    def name(self) -> str:
        """`November 2026`, or `3 Nov 2026 to 21 Nov 2026`."""
        first, last = date.fromisoformat(self.first), date.fromisoformat(self.last)
        if self.month:
            return f"{first:%B %Y}"
        return f"{first.day} {first:%b %Y} to {last.day} {last:%b %Y}"


def month_of(day: str) -> Period:
    """The whole month a date lies in."""
    first = date.fromisoformat(day).replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return Period(first.isoformat(), (following - timedelta(days=1)).isoformat())


def read_period(month: str, first: str, last: str, today: str) -> Period:
    """As typed: a month, or two dates of which either may be left out; nothing: the month of today. Raises Refusal."""
    if month:
        found = _MONTH.fullmatch(month)
        if found is None or int(found[1]) not in YEARS:
            raise Refusal("invalid", "a month is written like 2026-11", "month")
        return month_of(f"{month}-01")
    if not first and not last:
        return month_of(today)
    last = read_day(last, "until") if last else max(today, first and read_day(first, "from"))
    first = read_day(first, "from") if first else month_of(last).first
    if last < first:
        raise Refusal("invalid", "the last day lies before the first one", "until")
    return Period(first, last)


def read_day(text: str, field: str) -> str:
    """Raises Refusal."""
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        raise Refusal("invalid", "a date is written like 2026-11-21", field)
    return text


def months_back(today: str, count: int) -> list[Period]:
    """This month and those before it, the newest first."""
    found = [month_of(today)]
    while len(found) < count:
        before = date.fromisoformat(found[-1].first) - timedelta(days=1)
        found.append(month_of(before.isoformat()))
    return found
