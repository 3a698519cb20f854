"""A bank's clock is wrong: it is stopped in good order and started with an offset; healing starts it with the true one.

Limits: a clock that jumps while the process runs is not done, and a bank must heed `BANK_CLOCK_OFFSET_MS`; one that
does not is merely restarted.
"""

from __future__ import annotations

from typing import ClassVar

from federation.failure import ExitCode, Failure
from federation.faults.fault import Bite
from federation.faults.on_the_wire import check_bank
from federation.faults.site import Site

HOUR_MS = 3_600_000


class ClockSkew:
    name: ClassVar[str] = "clock-skew"

    def __init__(self, site: Site, bank: str, offset_ms: int = HOUR_MS) -> None:
        if not offset_ms:
            raise Failure(
                "a clock that is 0 ms wrong is right", do="give an offset, before or behind", code=ExitCode.USAGE
            )
        check_bank(site, bank)
        self._process, self._offset_ms = site.banks[bank], offset_ms
        self._healed = False
        self._was: list[str] = []

    def inject(self) -> None:
        """Returns when the bank is ready."""
        self._restart(self._offset_ms)
        self._healed = False
        self._was.append(f"{abs(self._offset_ms) / 1000:.0f} s {'ahead' if self._offset_ms > 0 else 'behind'}")

    def jump(self, offset_ms: int) -> None:
        """To another time, without the true one in between."""
        self._offset_ms = offset_ms
        self.inject()

    def heal(self) -> None:
        """Returns when the bank is ready. One that somebody else began is healed too."""
        if not self._healed:
            self._restart(0)
            self._healed = True

    def bite(self) -> Bite:
        was = ", then ".join(self._was) or "right all the time"
        return Bite(bool(self._was), f"the clock of {self._process.bank} was {was}")

    def _restart(self, offset_ms: int) -> None:
        if self._process.is_running:
            self._process.stop()
        self._process.start(clock_offset_ms=offset_ms)
        self._process.wait_ready()
