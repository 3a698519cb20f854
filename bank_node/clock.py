"""Time and ids, handed in from outside, so that a simulation can hand in its own."""

from __future__ import annotations

import os
import time
from random import Random
from typing import Protocol


class Clock(Protocol):
    def now_us(self) -> int: ...


class Ids(Protocol):
    def new(self) -> str: ...


class SystemClock:
    """The wall clock; a lab may set it wrong on purpose."""

    def __init__(self, offset_ms: int = 0) -> None:
        self.offset_ms = offset_ms

    def now_us(self) -> int:
        return time.time_ns() // 1000 + self.offset_ms * 1000


class TimeOrderedIds:
    """UUIDv7 (RFC 9562). Seeded once from the system: asking it for every id halved the throughput."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._random = Random(os.urandom(32))  # noqa: S311 - ids must be unique, not secret

    def new(self) -> str:
        ms = self._clock.now_us() // 1000
        noise = self._random.getrandbits(74)
        value = (ms & 0xFFFFFFFFFFFF) << 80 | 7 << 76 | (noise >> 62) << 64 | 2 << 62 | noise & 0x3FFFFFFFFFFFFFFF
        text = f"{value:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
