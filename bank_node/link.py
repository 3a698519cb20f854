"""What this bank knows of its way to the broker: up or down, and since when. Relay and consumer tell it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from bank_node.clock import Clock


class Link:
    """Down until the broker was heard for the first time. `on_change` is called on the telling thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.up = False
        self.since_us = clock.now_us()
        self.note = "not heard yet"
        self.noticed = ""  # what the broker was seen to have forgotten, for the banner
        self.noticed_us = 0
        self.lag: int | None = None
        self.standby = ""  # the other process of this bank that works the post room, while this one does not
        self.on_change: list[Callable[[], None]] = []

    def heard(self) -> None:
        """The broker answered."""
        if not self.up:
            self._turn(up=True, note="")

    def lost(self, note: str) -> None:
        """The broker did not answer; `note` says what was tried."""
        if self.up:
            self._turn(up=False, note=note)
        else:
            self.note = note

    def stand_by(self, holder: str) -> None:
        """Another process carries the messages; empty: this one does, as far as it hears the broker."""
        if holder != self.standby:
            self.standby = holder
            if holder:
                self.lost("another process of this bank carries the messages")
            for changed in self.on_change:
                changed()

    @property
    def carries(self) -> bool:
        """Whether messages leave and arrive, as far as this process knows."""
        return self.up or bool(self.standby)

    def notice(self, words: str) -> None:
        """The log is not the one that was read before, or has lost what this bank had read of it."""
        self.noticed, self.noticed_us = words, self._clock.now_us()
        for changed in self.on_change:
            changed()

    def _turn(self, *, up: bool, note: str) -> None:
        with self._lock:
            if self.up == up:
                return
            self.up, self.note, self.since_us = up, note, self._clock.now_us()
        for changed in self.on_change:
            changed()
