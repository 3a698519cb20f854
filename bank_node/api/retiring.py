"""Routes of the API that will go: since when that is said, when they end, and what to ask instead. None does now.

Within /api/v1 things are only added (`tests/bank_node/api/surface.json` holds us to it); what has to go is listed here
first, and every answer of it says so from then on, in the headers of RFC 9745 and RFC 8594.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from typing import Final

NOTICE: Final = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Retiring:
    since: date
    ends: date
    instead: str  # the address of what takes its place

    def __post_init__(self) -> None:
        if self.ends - self.since < NOTICE:
            raise ValueError(f"whoever uses it has {NOTICE.days} days")

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        return [
            (b"deprecation", f"@{int(_midnight(self.since).timestamp())}".encode()),
            (b"sunset", format_datetime(_midnight(self.ends), usegmt=True).encode()),
            (b"link", f'<{self.instead}>; rel="successor-version"'.encode()),
        ]


RETIRING: Final[dict[tuple[str, str], Retiring]] = {}  # (method, address of the route) -> what is to be said of it


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
