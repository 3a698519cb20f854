"""The faults in force in one federation: begun, ended by hand or by time, asked whether they bit. No process, no clock.

What is told of them stands in the journal from before they are injected until they are healed, and is what
`bankfed chaos list` shows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from federation.chaos.journal import Journal
from federation.failure import ExitCode, Failure
from federation.faults.fault import Bite, Fault

NOT_YET = Bite(bit=False, proof="")
OVER_MAX = 20  # that are over and still told of

Make = Callable[[Sequence[str], int], Fault]
Told = dict[str, Any]


@dataclass(slots=True)
class Held:
    id: int
    words: tuple[str, ...]  # as somebody said them: latency 500ms±100 BRVO
    fault: Fault
    since_us: int
    until_us: int | None
    bite: Bite = NOT_YET
    over_us: int | None = None
    how: str = ""  # it ended

    def told(self) -> Told:
        return {
            "id": self.id,
            "name": self.fault.name,
            "words": " ".join(self.words),
            "since_us": self.since_us,
            "until_us": self.until_us,
            "bit": self.bite.bit,
            "proof": self.bite.proof,
            "over_us": self.over_us,
            "how": self.how,
        }


class Holding:
    def __init__(
        self,
        make: Make,
        journal: Journal,
        say: Callable[[str, str], None],
        now_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        """`make`: a fault by its words and a seed."""
        self._make, self._journal, self._say, self._now_us = make, journal, say, now_us
        self._held: list[Held] = []
        self._over: list[Told] = []
        self._last_id = 0

    @property
    def is_empty(self) -> bool:
        return not self._held

    @property
    def told(self) -> list[Told]:
        return [held.told() for held in self._held]

    @property
    def over(self) -> list[Told]:
        """What was in force, the last ones."""
        return list(self._over)

    def inherit(self) -> None:
        """Tells of what was in force when whoever held it died; it is put right by now."""
        now_us = self._now_us()
        left = [{**told, "over_us": now_us, "how": "healed after its keeper had died"} for told in self._journal.faults]
        self._last_id = max((int(told["id"]) for told in left), default=0)
        self._over = left[-OVER_MAX:]
        self._tell()

    def start(self, words: Sequence[str], for_s: float | None, seed: int) -> Told:
        """Raises Failure; then nothing is broken by it."""
        if any(held.words == tuple(words) for held in self._held):
            raise Failure(f"{' '.join(words)} is in force already", do="bankfed chaos list", code=ExitCode.USAGE)
        fault = self._make(words, seed)
        now_us = self._now_us()
        until_us = None if for_s is None else now_us + round(for_s * 1_000_000)
        self._last_id += 1
        held = Held(self._last_id, tuple(words), fault, now_us, until_us)
        self._journal.tell([*self.told, held.told()])
        try:
            fault.inject()
        except BaseException:
            fault.heal()
            self._journal.tell(self.told)
            raise
        if for_s is not None:  # from when it is there
            held.until_us = self._now_us() + round(for_s * 1_000_000)
        self._held.append(held)
        self._say(f"a fault begins: {' '.join(words)}" + (f", for {for_s:g} s" if for_s else ""), "warning")
        self._tell()
        return held.told()

    def stop(self, which: str) -> list[Told]:
        """Those with this number or name. Raises Failure where there is none, or one does not heal."""
        chosen = [held for held in self._held if which in (str(held.id), held.fault.name, " ".join(held.words))]
        if not chosen:
            inside = ", ".join(f"{held.id} {held.fault.name}" for held in self._held) or "none"
            raise Failure(f"no fault {which!r} is in force", why=f"in force: {inside}", code=ExitCode.USAGE)
        for held in reversed(chosen):
            self._heal(held, "stopped")
        return [held.told() for held in chosen]

    def tick(self) -> None:
        """Ends those whose time is over; asks the others whether they bit."""
        now_us = self._now_us()
        for held in list(self._held):
            if held.until_us is not None and now_us >= held.until_us:
                try:
                    self._heal(held, "its time was over")
                except Exception as error:  # tried again, not at once; the others stay in force
                    self._say(f"{' '.join(held.words)} does not heal: {_why(error)}", "error")
                    held.until_us = now_us + 5_000_000
        self._tell()

    def heal(self) -> list[str]:
        """All of them, whatever they say; the words about each. What one leaves broken is in the journal still."""
        said = []
        for held in reversed(list(self._held)):
            try:
                held.fault.heal()
                said.append(f"{' '.join(held.words)} is over")
            except Exception as error:
                said.append(f"{' '.join(held.words)} did not heal by itself: {_why(error)}")
            self._finish(held, "healed")
        return said

    def forget(self) -> None:
        """The federation ends, and they with it."""
        for held in list(self._held):
            self._finish(held, "the federation ended")

    def _heal(self, held: Held, how: str) -> None:
        held.fault.heal()
        self._finish(held, how)

    def _finish(self, held: Held, how: str) -> None:
        held.bite = _bite(held.fault)
        held.over_us, held.how = self._now_us(), how
        self._held.remove(held)
        self._over = [*self._over, held.told()][-OVER_MAX:]
        bit = held.bite.proof if held.bite.bit else f"it did not bite ({held.bite.proof})"
        self._say(f"a fault is over: {' '.join(held.words)}, {how}; {bit}", "warning")
        self._tell()

    def _tell(self) -> None:
        for held in self._held:
            held.bite = _bite(held.fault)
        self._journal.tell(self.told, self.over)


def _bite(fault: Fault) -> Bite:
    try:
        return fault.bite()
    except Exception as error:  # nobody's fault is put right by its keeper's death
        return Bite(bit=False, proof=_why(error))


def _why(error: Exception) -> str:
    if not isinstance(error, Failure):
        return repr(error)
    return f"{error.what}: {error.why}" if error.why else error.what
