"""A bank stands still (SIGSTOP), longer than anybody believes in it, and then goes on as if nothing had been."""

from __future__ import annotations

import time
from typing import ClassVar

from federation.faults.fault import Bite
from federation.faults.on_the_wire import check_bank
from federation.faults.readiness import READY_PATH, is_ready
from federation.faults.site import Site


class BankPause:
    name: ClassVar[str] = "bank-pause"

    def __init__(self, site: Site, bank: str, *, ready_path: str = READY_PATH) -> None:
        check_bank(site, bank)
        self._process, self._ready_path = site.banks[bank], ready_path
        self._paused_at: float | None = None
        self._was_silent = False
        self.paused_s = 0.0

    def inject(self) -> None:
        self._process.pause()
        self._paused_at = time.monotonic()
        self._was_silent = not is_ready(self._process, self._ready_path)

    def heal(self) -> None:
        if self._process.is_running:
            self._process.resume()
        if self._paused_at is not None:
            self.paused_s, self._paused_at = time.monotonic() - self._paused_at, None

    def bite(self) -> Bite:
        paused_s = self.paused_s if self._paused_at is None else time.monotonic() - self._paused_at
        silence = "and did not answer" if self._was_silent else "and answered all the same"
        return Bite(self._was_silent, f"{self._process.bank} stood still for {paused_s:.1f} s {silence}")
