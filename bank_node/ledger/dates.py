"""Moments: integer microseconds since the epoch inside, RFC 3339 UTC with milliseconds outside; months: `2026-11`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)
_MONTH = re.compile(r"(?!0000)[0-9]{4}-(0[1-9]|1[0-2])")
_LAST_US = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _US  # what `rfc3339` can still say


@lru_cache(maxsize=256)  # one unit of work says the same moment hundreds of times
def rfc3339(at_us: int) -> str:
    """`2026-11-21T10:42:07.104Z`."""
    return (_EPOCH + timedelta(microseconds=at_us)).isoformat(timespec="milliseconds")[:23] + "Z"


def read_rfc3339(text: str) -> int:
    """Microseconds of an RFC 3339 moment with an offset. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} names no offset from UTC; end it with Z")
    at_us = (moment - _EPOCH) // _US
    if not 0 <= at_us <= _LAST_US:
        raise ValueError(f"{text!r} lies outside the years 1970 to 9999")
    return at_us


def is_month(text: str) -> bool:
    """Whether it is written as one."""
    return _MONTH.fullmatch(text) is not None


def month_after(month: str) -> str:
    """Of `2026-11`. Raises ValueError."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"


def month_before(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year - (number == 1):04d}-{(number - 2) % 12 + 1:02d}"


def months_between(month: str, later: str) -> int:
    return (int(later[:4]) - int(month[:4])) * 12 + int(later[5:]) - int(month[5:])
