"""Banks are killed at a moment of their lives, brought back, and killed again, until it was often enough.

Who tells of the moment (the wire, the driver) does so in a thread of its own and waits until the bank is dead. All
banks are hunted at once; one that is dead is started again before it is hunted again.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from federation.faults.fault import Bite
from federation.grading.evidence import BANK_AWAY
from federation.grading.plan import Step
from federation.grading.scenarios.errands import Errands
from federation.grading.scenarios.stage import Heard, Stage

HITS_MIN = 5
WAVE_EVENTS, EVENT_S = 24, 0.1
LOCAL_AT = range(1, WAVE_EVENTS, 4)
WAVES_MAX = 8
LOOK_EVERY_S = 0.02
TAKES_ITS_TIME_S = 1.0


@dataclass(frozen=True, slots=True)
class Hit:
    bank: str
    delay_s: float
    at_us: int  # when it was dead

    @property
    def words(self) -> str:
        return f"{self.bank} +{self.delay_s * 1000:.0f} ms"


class Hunt(ABC):
    """`delays`: after the moment, of one hit after the other; `first`: of a bank's first one, instead. Of those that
    take a second or longer each is waited for."""

    def __init__(self, stage: Stage, moment: str, delays: Sequence[float], first: Mapping[str, float] = {}) -> None:
        self.stage, self.moment = stage, moment
        self.hits: list[Hit] = []
        self._delays, self._first, self._armed_count = delays, dict(first), 0
        self._armed: dict[str, float] = {}
        self._falling: set[str] = set()
        self._dead: dict[str, Hit] = {}
        self._lock = threading.Lock()
        self.on_sent: Heard | None = None
        self.on_answered: Heard | None = None

    @abstractmethod
    def arm(self, bank: str, delay_s: float) -> None:
        """From now on `struck` is called once at the moment of this bank, so long after it."""

    @abstractmethod
    def disarm(self, bank: str) -> None:
        """No more."""

    def struck(self, bank: str) -> None:
        """This is the moment. Called where it is told of."""
        with self._lock:
            delay_s = self._armed.pop(bank, None)
            if delay_s is None:
                return
            self._falling.add(bank)
        try:
            self.stage.site.banks[bank].kill()
            hit = Hit(bank, delay_s, self.stage.now_us())
            with self._lock:
                self.hits.append(hit)
                self._dead[bank] = hit
        finally:
            with self._lock:
                self._falling.discard(bank)

    def delay_of(self, bank: str) -> float | None:
        """None: nobody is after it just now."""
        with self._lock:
            return self._armed.get(bank)

    def run(self, extra: Sequence[Step] = (), wanted: int = HITS_MIN) -> Bite:
        """Plays in waves until there were hits enough, or it makes no sense any more."""
        errands = Errands(self.stage)
        try:
            for wave in range(WAVES_MAX):
                if self._is_done(wanted):
                    break
                own = errands.rounds(range(0, WAVE_EVENTS, 2))
                own += [errands.local(event, bank) for event in LOCAL_AT for bank in self.stage.site.banks]
                self._wave(wave, [*extra, *own] if not wave else own, wanted)
            self._rest()
        finally:  # also where a bank does not come back: nobody is after the others any more
            for bank in self.stage.site.banks:
                self._forget(bank)
        told = ", ".join(hit.words for hit in self.hits)
        return Bite(len(self.hits) >= wanted, f"killed {len(self.hits)} times {self.moment}: {told or 'never'}")

    def _is_done(self, wanted: int) -> bool:
        with self._lock:
            late = self._first or any(delay_s >= TAKES_ITS_TIME_S for delay_s in self._armed.values())
        return len(self.hits) >= wanted and not late

    def tend(self) -> None:
        """Who is up and not hunted is hunted, who is dead is brought back."""
        for bank in self.stage.site.banks:
            with self._lock:
                free = not (bank in self._armed or bank in self._falling or bank in self._dead)
                if free:
                    delay_s = self._armed[bank] = self._next_delay(bank)
            if free:
                self.arm(bank, delay_s)
        self.revive()

    def _next_delay(self, bank: str) -> float:
        if bank in self._first:
            return self._first.pop(bank)
        self._armed_count += 1
        return self._delays[(self._armed_count - 1) % len(self._delays)]

    def revive(self) -> None:
        while self._falling:  # a matter of milliseconds
            self.stage.site.wait(LOOK_EVERY_S)
        with self._lock:
            dead = dict(self._dead)
        for bank in dead:
            self.disarm(bank)
            if not self.stage.site.banks[bank].is_running:
                self.stage.site.banks[bank].start()
        for bank, hit in dead.items():
            self.stage.site.banks[bank].wait_ready()
            bite = Bite(True, f"killed {hit.delay_s * 1000:.0f} ms after it, {self.moment}")
            self.stage.note(BANK_AWAY, bank, hit.at_us, self.stage.now_us(), bite)
            with self._lock:
                del self._dead[bank]

    def _wave(self, wave: int, extra: Sequence[Step], wanted: int) -> None:
        orders = 12 if not wave else 0
        with self.stage.play(
            orders,
            extra=extra,
            event_s=EVENT_S,
            drawn=not wave,
            on_sent=self.on_sent,
            on_answered=self.on_answered,
        ) as play:
            until_us = self.stage.now_us() + round(play.events * EVENT_S * 1e6)
            while self.stage.now_us() < until_us and not self._is_done(wanted):
                self.tend()
                self.stage.site.wait(LOOK_EVERY_S)
            if self._is_done(wanted):
                self._rest()

    def _rest(self) -> None:
        for bank in self.stage.site.banks:
            self._forget(bank)
        self.revive()

    def _forget(self, bank: str) -> None:
        with self._lock:
            armed = self._armed.pop(bank, None) is not None
        if armed:
            self.disarm(bank)
