"""A finding of the doctor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "bad", "skip"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`bad` must be mended before the federation can work, `warn` may wait, `skip` does not concern this machine."""

    level: Level
    about: str
    detail: str
    fix: str = ""


Check = Callable[[], Finding | Iterable[Finding]]


def examine(checks: Iterable[tuple[str, Check]]) -> Iterator[Finding]:
    """Runs the checks one by one; one that stumbles is a finding itself and stops no other."""
    for about, check in checks:
        try:
            found = check()
            yield from [found] if isinstance(found, Finding) else found
        except Exception as error:
            yield Finding("warn", about, f"could not be checked: {error or type(error).__name__}")
