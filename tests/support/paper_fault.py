"""A fault that breaks nothing, keeps what was done to it, and fails where it is told to."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from federation.failure import Failure
from federation.faults.fault import Bite


class PaperFault:
    name: ClassVar[str] = "paper"

    def __init__(self, fails: str = "", when_injected: Callable[[], object] = lambda: None) -> None:
        self.fails, self.when_injected = fails, when_injected
        self.done: list[str] = []

    def inject(self) -> None:
        self.when_injected()
        self._do("inject")

    def heal(self) -> None:
        self._do("heal")

    def bite(self) -> Bite:
        return Bite(bool(self.done), f"{len(self.done)} things were done")

    def _do(self, what: str) -> None:
        self.done.append(what)
        if what == self.fails:
            raise Failure(f"it does not {what}")
