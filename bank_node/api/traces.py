"""Trace ids in and out, in the words of W3C Trace Context: a caller's trace is carried on, else one begins here."""

from __future__ import annotations

import re
from random import Random

_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
_ZEROS = b"0" * 32
_random = Random()  # noqa: S311 (a trace id must be unique, not secret)


def trace_of(traceparent: bytes | None) -> str:
    """The trace id of a `traceparent` header, or a new one where there is none that can be read."""
    if traceparent is not None:
        found = _TRACEPARENT.fullmatch(traceparent)
        if found and not traceparent.startswith(b"ff") and found[1] != _ZEROS:
            return found[1].decode()
    return f"{_random.getrandbits(128) or 1:032x}"


def traceparent_of(trace_id: str) -> str:
    """What this bank hands on: the same trace, a step of its own."""
    return f"00-{trace_id}-{_random.getrandbits(64) or 1:016x}-01"
