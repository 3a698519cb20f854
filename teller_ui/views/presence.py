"""When another bank was last heard of in the registry: what a teller looks at before he sends money there."""

from __future__ import annotations

from bank_node.transfers.states import Chip

_BEATS_MISSED = 3  # a bank that was not heard of for so many heartbeats may be away


def seen_chip(heard_us: int | None, now_us: int, heartbeat_ms: int) -> Chip:
    """`last seen 3 s ago`; by this bank's own clock, and amber where it is too long ago."""
    if heard_us is None:
        return Chip("clock", "not heard of yet", "wait")
    ago_us = max(0, now_us - heard_us)
    here = ago_us <= _BEATS_MISSED * heartbeat_ms * 1000
    return Chip("check" if here else "clock", f"last seen {_ago(ago_us)} ago", "ok" if here else "wait")


def _ago(ago_us: int) -> str:
    seconds = max(1, ago_us // 1_000_000)
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
