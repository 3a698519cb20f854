"""Times, delays and amounts as a page shows them. Stored moments are UTC; pages show this machine's local time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from datetime import date as Date

from bank_node.ledger.money import format_amount

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def local(at_us: int) -> datetime:
    return (_EPOCH + timedelta(microseconds=at_us)).astimezone()


def clock(at_us: int) -> str:
    """`10:42:07`."""
    return f"{local(at_us):%H:%M:%S}"


def clock_ms(at_us: int) -> str:
    """`10:42:07.104`."""
    at = local(at_us)
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}"


def minute(at_us: int, now_us: int) -> str:
    """`10:41` today, with its day before."""
    at, today = local(at_us), local(now_us).date()
    return f"{at:%H:%M}" if at.date() == today else f"{_day(at, today)} {at:%H:%M}"


def moment(at_us: int, now_us: int) -> str:
    """`10:42:07` today, `Thu 16:20` this week, `4 Nov 16:20` this year, `4 Nov 2025`."""
    at, today = local(at_us), local(now_us).date()
    if at.date() == today:
        return f"{at:%H:%M:%S}"
    return f"{_day(at, today)} {at:%H:%M}" if at.year == today.year else _day(at, today)


def date(at_us: int) -> str:
    """`21 Nov 2026`."""
    at = local(at_us)
    return f"{at.day} {at:%b %Y}"


def day_of(iso: str) -> str:
    """`4 May 1987` of `1987-05-04`; what is no ISO date as it is."""
    try:
        day = Date.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{day.day} {day:%b %Y}"


def zone(at_us: int) -> str:
    """`local time (UTC+1)`, `UTC`."""
    offset = local(at_us).utcoffset() or timedelta()
    minutes = int(offset.total_seconds()) // 60
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"local time (UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02d})" if rest else ")")


def after(delay_us: int) -> str:
    """A delay: `9 ms`, `1.4 s`, `15 s`, `3 min`, `2 h`. A clock that runs behind gives a true minus."""
    ms = abs(delay_us) // 1000
    sign = "−" if delay_us <= -1000 else ""
    if ms == 0:
        return "<1 ms"
    if ms < 1000:
        return f"{sign}{ms} ms"
    if ms < 10_000:
        return f"{sign}{ms / 1000:.1f} s"
    if ms < 120_000:
        return f"{sign}{ms // 1000} s"
    return f"{sign}{ms // 60_000} min" if ms < 7_200_000 else f"{sign}{ms // 3_600_000} h"


def gap(from_us: int | None, to_us: int | None) -> str:
    """The delay between two moments of one clock; empty where one is not known."""
    return after(to_us - from_us) if from_us is not None and to_us is not None else ""


def signed(minor: int, currency: str) -> str:
    """`+400.00`, `−12.50`: what an entry did to an account."""
    return ("+" if minor > 0 else "") + format_amount(minor, currency)


def plural(count: int, one: str, many: str = "") -> str:
    """`1 payment`, `2 payments`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _day(at: datetime, today: Date) -> str:
    if 0 <= (today - at.date()).days < 7:
        return f"{at:%a}"
    return f"{at.day} {at:%b}" if at.year == today.year else f"{at.day} {at:%b %Y}"
