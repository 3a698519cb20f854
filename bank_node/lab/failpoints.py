"""The failpoints of a bank: one table of names; what is armed, how often each was reached, what happens then.

Armed by text: `relay.after_ack=kill@3,consumer.in_tx=sleep:200` is kill -9 of the own process when it is reached for
the third time from now, and a pause of 200 ms at the next time. Each arming fires once. Where the places are in the
program is for `watching` to know.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bank_node.store.commit import StoreUnavailable

log = logging.getLogger(__name__)

API_START, API_BEFORE_COMMIT, API_AFTER_COMMIT = (
    "api.start",
    "api.before_commit",
    "api.after_commit",
)
RELAY_BEFORE_SEND, RELAY_AFTER_ACK, RELAY_AFTER_MARK = (
    "relay.before_send",
    "relay.after_ack",
    "relay.after_mark",
)
CONSUMER_BEFORE_BEGIN, CONSUMER_IN_TX = "consumer.before_begin", "consumer.in_tx"
CONSUMER_AFTER_COMMIT, CONSUMER_BEFORE_OFFSET = (
    "consumer.after_commit",
    "consumer.before_offset",
)
SWEEPER_MID, BOOT_RECOVERY, MIGRATE_MID = "sweeper.mid", "boot.recovery", "migrate.mid"

POINTS = {
    API_START: "a request wants to write; nothing is queued yet",
    API_BEFORE_COMMIT: "its effects are in the unit of work, which is not committed",
    API_AFTER_COMMIT: "committed, not answered",
    RELAY_BEFORE_SEND: "messages about money were taken from the outbox, not handed to the broker",
    RELAY_AFTER_ACK: "the broker has them, they are not marked",
    RELAY_AFTER_MARK: "they are marked as published",
    CONSUMER_BEFORE_BEGIN: "records were read, their unit of work has not begun",
    CONSUMER_IN_TX: "their effects are in the unit of work, which is not committed",
    CONSUMER_AFTER_COMMIT: "effects and position are committed, the reader has not heard of it",
    CONSUMER_BEFORE_OFFSET: "the same; lag monitors are about to be told",
    SWEEPER_MID: "transfers are said again in a unit of work that is not committed",
    BOOT_RECOVERY: "the books are open again, what was left has not been taken up",
    MIGRATE_MID: "the new schema is in a transaction that is not committed",
}
AT_START = (
    BOOT_RECOVERY,
    MIGRATE_MID,
)  # passed before anybody could arm them over HTTP

Failpoint = Callable[[str], None]
_ARMING = re.compile(r"([a-z_.]+)=(kill|raise|sleep:(\d{1,6}))(?:@(\d{1,6}))?")


class LabProblem(Exception):
    """What was asked of the lab cannot be; the text says why and what to do."""


class FailpointRaised(StoreUnavailable):
    """What `raise` raises: a failure that every room has to live with."""


@dataclass(slots=True)
class Arming:
    """`left` more times it is reached without anything happening; 1 is the next time."""

    name: str
    action: str
    left: int

    def __str__(self) -> str:
        return f"{self.name}={self.action}@{self.left}"


def read_armings(text: str) -> list[Arming]:
    """Raises LabProblem in words."""
    armings = []
    for item in filter(None, (part.strip() for part in text.split(","))):
        found = _ARMING.fullmatch(item)
        if not found or found[1] not in POINTS or found[4] == "0":
            raise LabProblem(
                f"{item[:80]!r} is no failpoint; write NAME=kill@3, NAME=raise or NAME=sleep:200 (ms), separated by "
                f"commas, with one of {', '.join(POINTS)}"
            )
        armings.append(Arming(found[1], found[2], int(found[4] or 1)))
    return armings


def end_this_process() -> None:
    """kill -9 of ourselves: no handler runs, nothing is flushed, nothing is said to anybody."""
    os.kill(os.getpid(), signal.SIGKILL)


class Failpoints:
    """Call it with a name where that place is reached. From any thread."""

    def __init__(
        self,
        armings: Sequence[Arming] = (),
        *,
        fired: Callable[[str], None] = lambda _: None,
        kill: Callable[[], None] = end_this_process,
        sleep_s: Callable[[float], None] = time.sleep,
    ) -> None:
        """`fired` hears of an arming, in its first words, before it fires."""
        self._lock = threading.Lock()
        self._armed = [(arming, str(arming)) for arming in armings]
        self._fired, self._kill, self._sleep_s = fired, kill, sleep_s
        self.hits: Counter[str] = Counter()

    def __call__(self, name: str) -> None:
        for arming, words in self._due(name):
            log.warning("a failpoint fires", extra={"failpoint": words, "pid": os.getpid()})
            self._fired(words)
            if arming.action == "kill":
                self._kill()
            elif arming.action == "raise":
                raise FailpointRaised(f"failpoint {words}")
            else:
                self._sleep_s(int(arming.action.removeprefix("sleep:")) / 1000)

    def arm(self, armings: Sequence[Arming]) -> None:
        with self._lock:
            self._armed += [(arming, str(arming)) for arming in armings]

    def disarm(self) -> None:
        with self._lock:
            self._armed = []

    def armed(self) -> list[str]:
        """What has not fired yet, with how many times are left."""
        with self._lock:
            return [str(arming) for arming, _ in self._armed]

    def _due(self, name: str) -> list[tuple[Arming, str]]:
        with self._lock:
            self.hits[name] += 1
            due: list[tuple[Arming, str]] = []
            if not self._armed:
                return due
            for armed in [armed for armed in self._armed if armed[0].name == name]:
                armed[0].left -= 1
                if armed[0].left == 0:
                    due.append(armed)
                    self._armed.remove(armed)
            return due
