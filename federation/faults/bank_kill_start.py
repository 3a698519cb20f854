"""A bank is killed while it starts, several times in a row: in the midst of migrating, seeding, recovering. Then it may
start in peace.

Limits: how far it had come is not seen from outside; it dies after shares of the time that its start takes when nobody
disturbs it, which is tried out first.
"""

from __future__ import annotations

from typing import ClassVar

from federation.faults.fault import Bite
from federation.faults.on_the_wire import check_bank
from federation.faults.readiness import READY_PATH, is_ready
from federation.faults.site import Site
from federation.world import Dice

TIMES = 5
LATEST = 0.75  # of the time that a start takes: the next one may be quicker


class BankKillStart:
    name: ClassVar[str] = "bank-kill-start"

    def __init__(
        self,
        site: Site,
        bank: str,
        dice: Dice | None = None,
        *,
        times: int = TIMES,
        ready_path: str = READY_PATH,
    ) -> None:
        """Dead before ready more often than not is a bite."""
        check_bank(site, bank)
        self._process, self._wait, self._ready_path = site.banks[bank], site.wait, ready_path
        dice = dice or Dice("starts")
        self._shares = [LATEST * (place + dice.below(1000) / 1000) / times for place in range(times)]
        self._begun = False
        self.dead_before_ready = 0

    def inject(self) -> None:
        self._begun = True
        self._process.kill()
        self._process.start()
        usual_s = self._process.wait_ready()
        self._process.kill()
        for share in self._shares:
            self._process.start()
            self._wait(share * usual_s)
            self.dead_before_ready += not is_ready(self._process, self._ready_path)
            self._process.kill()

    def heal(self) -> None:
        """Returns when the bank is ready."""
        if not self._process.is_running:
            self._process.start()
        self._process.wait_ready()

    def bite(self) -> Bite:
        times, seen = len(self._shares), self.dead_before_ready
        words = f"{self._process.bank} was killed {times} times while it started, {seen} times before it was ready"
        return Bite(self._begun and seen > times // 2, words)
