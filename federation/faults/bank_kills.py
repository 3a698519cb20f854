"""Banks are killed again and again, one or another every one to three seconds, and started at once. Nobody waits until
they are ready: some die while they start.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from federation.failure import ExitCode, Failure
from federation.faults.again import Again
from federation.faults.fault import Bite
from federation.faults.on_the_wire import check_bank
from federation.faults.site import Site
from federation.world import Dice

ENOUGH = 15


class BankKills(Again):
    name: ClassVar[str] = "bank-kills"

    def __init__(
        self,
        site: Site,
        bank: str | None = None,
        dice: Dice | None = None,
        *,
        every_s: tuple[float, float] = (1.0, 3.0),
        enough: int = ENOUGH,
    ) -> None:
        """`bank` None: all of them, in turns by the dice. `enough`: from so many kills on it counts as bitten."""
        super().__init__()
        check_bank(site, bank)
        if not 0 < every_s[0] <= every_s[1]:
            raise Failure(f"nobody can be killed every {every_s[0]} to {every_s[1]} s", code=ExitCode.USAGE)
        self._processes = [process for name, process in site.banks.items() if bank in (None, name)]
        self._dice, self._every_s, self._enough = dice or Dice("kills"), every_s, enough
        self.kills = 0
        self.on_kill: Callable[[str], object] = lambda _: None

    def turn(self) -> None:
        process = self._dice.one_of(self._processes)
        if process.is_running:
            process.kill()
            self.kills += 1
            self.on_kill(process.bank)
        process.start()

    def pause_s(self) -> float:
        least, most = self._every_s
        return least + (most - least) * self._dice.below(1001) / 1000

    def heal(self) -> None:
        """Returns when all of them are ready."""
        try:
            super().heal()
        finally:
            for process in self._processes:
                if not process.is_running:
                    process.start()
            for process in self._processes:
                process.wait_ready()

    def bite(self) -> Bite:
        return Bite(self.kills >= self._enough, f"{self.kills} kills, {self._enough} are enough")
