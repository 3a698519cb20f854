"""Faults that are rules on the wire: laid when they begin, ended when they are healed. What each does is in a file of
its own. Whatever wire it is tells by `Laid.bites` what was done to how many frames and lines."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from federation.failure import ExitCode, Failure
from federation.faults.fault import Bite
from federation.faults.site import Site
from federation.wire.frames import Api, Side
from federation.wire.rules import Frames, Half, Laid, Reset, Rule

REQUESTS, ANSWERS, BOTH = "requests", "answers", "both"
SIDES: dict[str, tuple[Side, ...]] = {REQUESTS: (Side.REQUEST,), ANSWERS: (Side.ANSWER,), BOTH: tuple(Side)}


class OnTheWire(ABC):
    """`bank` "": every bank."""

    name: ClassVar[str]

    def __init__(self, site: Site, bank: str | None = None) -> None:
        check_bank(site, bank)
        self.site, self.bank = site, bank or ""
        self.laid: list[Laid] = []

    @abstractmethod
    def rules(self) -> Sequence[Rule]: ...

    @abstractmethod
    def told(self, bites: int) -> str:
        """What was done, in words."""

    def inject(self) -> None:
        try:
            for rule in self.rules():
                self.laid.append(self.site.wire.lay(rule))
        except BaseException:
            self.heal()
            raise

    def heal(self) -> None:
        for laid in self.laid:
            self.site.wire.end(laid)

    def bite(self) -> Bite:
        return Bite(self.bites > 0, self.told(self.bites))

    @property
    def bites(self) -> int:
        return sum(laid.bites for laid in self.laid)

    @property
    def whose(self) -> str:
        return self.bank or "every bank"


class OfProduce(OnTheWire):
    """Of `count` Produce requests, or answers, from the first that passes now; with a `share` of those only."""

    side: ClassVar[Side]
    act: ClassVar[Reset | Half]

    def __init__(
        self, site: Site, count: int | None = 3, bank: str | None = None, share: float = 1.0, topic: str = ""
    ) -> None:
        positive(count=count, share=share)
        super().__init__(site, bank)
        self._frames = Frames(self.side, Api.PRODUCE, count=count, chance=share, topic=topic)

    def rules(self) -> Sequence[Rule]:
        return [Rule(self.act, self._frames, self.bank)]


def check_bank(site: Site, bank: str | None) -> None:
    if bank and bank not in site.banks:
        raise Failure(
            f"there is no bank {bank}", do=f"its banks are {', '.join(sorted(site.banks))}", code=ExitCode.USAGE
        )


def positive(**said: float | None) -> None:
    """Raises Failure where one of these numbers is said and is not above 0."""
    for name, number in said.items():
        if number is not None and not number > 0:
            raise Failure(f"{name} is {number}", why="it must be more than 0", code=ExitCode.USAGE)
