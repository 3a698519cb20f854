"""A bank is killed, and stays down until this is healed: for a moment, or past everybody's patience.

Limits: what it had not told the disk is gone with it; what the operating system had is not (that would be a power cut).
"""

from __future__ import annotations

import time
from typing import ClassVar

from federation.faults.fault import Bite
from federation.faults.on_the_wire import check_bank
from federation.faults.site import Site


class BankKill:
    name: ClassVar[str] = "bank-kill"

    def __init__(self, site: Site, bank: str) -> None:
        check_bank(site, bank)
        self._process = site.banks[bank]
        self._was_alive = False
        self._killed_at: float | None = None
        self.down_s = 0.0

    def inject(self) -> None:
        self._was_alive = self._process.is_running
        self._process.kill()
        self._killed_at = time.monotonic()

    def heal(self) -> None:
        """Returns when the bank is ready."""
        if not self._process.is_running:
            self._process.start()
        if self._killed_at is not None:
            self.down_s, self._killed_at = time.monotonic() - self._killed_at, None
        self._process.wait_ready()

    def bite(self) -> Bite:
        down_s = self.down_s if self._killed_at is None else time.monotonic() - self._killed_at
        if not self._was_alive:
            return Bite(False, f"{self._process.bank} was not running when it was to be killed")
        return Bite(True, f"{self._process.bank} was killed and down for {down_s:.1f} s")
