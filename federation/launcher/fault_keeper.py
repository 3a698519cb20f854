"""The process that holds faults and the banks' doors (`federation.chaos`), as its supervisor keeps it.

It runs from the start in a lab, elsewhere once somebody asked for it or the one before left something broken. One that
dies is started again, and puts right what it finds broken; one that ends by itself has nothing more to do.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import Protocol

from federation.launcher.keeper import exit_words

PAUSE_S = 0.1
PAUSE_S_MAX = 5.0
LONG_LIFE_S = 5.0


class Child(Protocol):
    """What is needed of a `subprocess.Popen`."""

    pid: int

    def poll(self) -> int | None: ...

    def send_signal(self, sig: int, /) -> None: ...

    def wait(self) -> int: ...


class FaultKeeper:
    def __init__(
        self, launch: Callable[[], Child], wanted: bool, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self.wanted = wanted
        self._launch, self._clock_s = launch, clock_s
        self._child: Child | None = None
        self._since_s = self._due_s = 0.0
        self._quick = 0  # short lives in a row
        self._ending = False

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None else None

    def tick(self) -> list[str]:
        """Does what is due; the words for the log."""
        said = []
        if self._child is not None and (code := self._child.poll()) is not None:
            said.append(self._ended(code))
        if self._child is None and self.wanted and not self._ending and self._clock_s() >= self._due_s:
            self._since_s = self._clock_s()
            try:
                self._child = self._launch()
            except OSError as error:  # no memory or no process left: banks go on without it
                said.append(f"the fault keeper cannot be started: {error}; tried again in {self._pause_s():.1f} s")
        return said

    def end(self) -> None:
        """What it holds paused must be able to end; its doors stay open until `close`."""
        self._ending = True
        if self._child is not None:
            self._child.send_signal(signal.SIGTERM)
            self._child.send_signal(signal.SIGCONT)

    def close(self) -> None:
        if self._child is not None:
            self._child.send_signal(signal.SIGKILL)
            self._child.wait()
            self._child = None

    def _ended(self, code: int) -> str:
        self._child = None
        if code == 0 or self._ending:
            self.wanted = False
            return "the fault keeper has ended"
        return (
            f"the fault keeper {exit_words(code)}; started again in {self._pause_s():.1f} s, and what it held is healed"
        )

    def _pause_s(self) -> float:
        """Before the next life, from now on."""
        now_s = self._clock_s()
        self._quick = self._quick + 1 if now_s - self._since_s < LONG_LIFE_S else 0
        pause_s: float = min(PAUSE_S * 2**self._quick, PAUSE_S_MAX)
        self._due_s = now_s + pause_s
        return pause_s
