"""A thread that calls `tick()` again and again. All waiting of the broker room lives here, so that no test sleeps.

A tick does a bounded piece of work and says how much it did: more than nothing means "at once again", nothing means
"wait until woken or for `idle_s`". A tick that cannot go on for now raises `BackOff`: the loop waits, longer each
time, and no wake-up shortens that. Whatever else a tick raises is logged and treated the same: a loop never dies.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


class BackOff(Exception):
    """A tick cannot go on for now, for a reason it has already told whom it concerns. Try again later."""


class Loop:
    """`step()` is one turn and needs no thread; `start()` and `stop()` run turns in a thread of its own."""

    def __init__(
        self,
        name: str,
        tick: Callable[[], int],
        *,
        idle_s: float,
        backoff_s_min: float = 0.1,
        backoff_s_max: float = 2.0,
        interrupt: Callable[[], None] = lambda: None,
        close: Callable[[], None] = lambda: None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`interrupt` ends a tick that waits, called by who stops the loop; `close` is the thread's own last act."""
        self.name = name
        self.failures = 0  # in a row
        self._tick, self._interrupt, self._close, self._jitter = tick, interrupt, close, jitter
        self._idle_s, self._backoff_s_min, self._backoff_s_max = idle_s, backoff_s_min, backoff_s_max
        self._change = threading.Condition()
        self._woken = False
        self._stopping = False
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """There is work. Cheap, callable from any thread."""
        with self._change:
            self._woken = True
            self._change.notify_all()

    def step(self) -> float:
        """One tick. Returns the seconds to wait before the next one, 0 for none."""
        try:
            did = self._tick()
        except BackOff as why:
            log.log(logging.INFO if self.failures == 0 else logging.DEBUG, "%s waits: %s", self.name, why)
        except Exception as why:
            trace = self.failures < 3  # the same one again and again would fill the disk
            log.error("%s failed and will be tried again: %r", self.name, why, exc_info=trace)
        else:
            self.failures = 0
            return 0.0 if did else self._idle_s
        self.failures += 1
        longest = min(self._backoff_s_max, self._backoff_s_min * 2.0 ** min(self.failures - 1, 30))
        return longest * (0.5 + self._jitter() / 2)  # between half and all of it, so that banks do not come in step

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()

    def ask_to_stop(self) -> None:
        """The tick it is in is its last. Returns at once."""
        with self._change:
            self._stopping = True
            self._change.notify_all()
        self._interrupt()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Waits for the end; False if the last tick did not end in time. Needs no `start`."""
        if not self._stopping:
            self.ask_to_stop()
        if self._thread is None:
            self._close()
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping:
            with self._change:
                self._woken = False
            pause_s = self.step()
            with self._change:
                if pause_s:
                    backing_off = self.failures > 0
                    self._change.wait_for(lambda: self._stopping or (self._woken and not backing_off), pause_s)  # noqa: B023
        try:
            self._close()
        except Exception:
            log.exception("%s did not close cleanly", self.name)
