"""One bank's life as its supervisor sees it: wanted or not, up or not, when to try again. Pure: no process, no clock.

A bank that crashed is started again: at once if it had worked, with growing pauses if it keeps dying. One that never
came up is given up after a few tries, because its reason lies in its log and not in bad luck.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

TRIES_MAX = 3  # of a bank that never answered
PAUSE_S = 0.1
PAUSE_S_MAX = 1.0  # after a bank that worked
LONG_PAUSE_S = 0.5
LONG_PAUSE_S_MAX = 30.0  # after one that died before it answered
LONG_LIFE_S = 5.0
TERM_WAIT_S = 10.0


class State(StrEnum):
    STARTING = "starting"
    UP = "up"
    STOPPING = "stopping"
    STOPPED = "stopped"  # on purpose; stays so
    CRASHED = "crashed"  # and will be started again
    FAILED = "failed"  # given up


class Step(StrEnum):
    """What the supervisor has to do next."""

    START = "start"
    TERM = "term"
    KILL = "kill"


@dataclass(slots=True)
class Keeper:
    bank_id: str
    wanted: bool = True
    state: State = State.CRASHED
    pid: int | None = None
    restarts: int = 0
    said: str = ""  # the last thing worth telling, for people
    _due_s: float = 0.0
    _since_s: float = 0.0
    _kill_at_s: float | None = None
    _kill_now: bool = False
    _again: bool = False
    _quick: int = 0  # lives in a row that were short, or never began
    _ever_up: bool = False
    _killed: bool = False

    def __post_init__(self) -> None:
        if not self.wanted:
            self.state, self.said = State.STOPPED, "stopped on purpose"

    def stop(self, kill: bool = False) -> None:
        self.wanted, self._kill_now, self._again = False, kill, False

    def start(self) -> None:
        """Wants it up, now: pauses and the count of failures are forgotten."""
        self.wanted, self._due_s, self._quick = True, 0.0, 0
        if self.state in (State.STOPPED, State.FAILED):
            self.state, self.said = State.CRASHED, "started"

    def restart(self) -> None:
        if self.pid is None:
            self.start()
        else:
            self.wanted, self._again = True, True

    def step(self, now_s: float) -> Step | None:
        """The next thing to do, if any; it is taken as done."""
        if self.pid is not None:
            return self._leave(now_s) if self._again or not self.wanted else None
        if self.state is State.STARTING:
            return None  # the fork is under way
        if not self.wanted:
            self.state = State.STOPPED
            return None
        if self.state is State.CRASHED and now_s >= self._due_s:
            self.state, self._since_s = State.STARTING, now_s
            return Step.START
        return None

    def _leave(self, now_s: float) -> Step | None:
        if self.state is not State.STOPPING:
            self.state = State.STOPPING
            self._killed = self._kill_now
            self._kill_at_s = None if self._kill_now else now_s + TERM_WAIT_S
            return Step.KILL if self._kill_now else Step.TERM
        if self._kill_at_s is not None and (self._kill_now or now_s >= self._kill_at_s):
            self._kill_at_s, self._killed = None, True
            return Step.KILL
        return None

    def started(self, pid: int) -> None:
        self.pid = pid

    def answered(self, now_s: float) -> None:
        """It listens: from here a crash is a crash of a bank that worked."""
        self.state, self._since_s, self._ever_up = State.UP, now_s, True

    def ended(self, code: int, now_s: float) -> str:
        """The process is gone; returns the words for the log."""
        self.pid = None
        was, how = self.state, exit_words(code)
        if was is State.STOPPING:
            self.said = self._left(now_s)
        else:
            self.said = self._crashed(was, how, now_s)
        self._kill_now = self._killed = False
        return self.said

    def _left(self, now_s: float) -> str:
        how = "killed" if self._killed else "stopped"
        if self._kill_at_s is None and self._killed and not self._kill_now:
            how = f"killed, because it had not ended {TERM_WAIT_S:.0f} s after SIGTERM"
        if self._again:
            self._again, self.state, self._due_s = False, State.CRASHED, now_s
            return f"{how}, to be started again"
        self.state = State.STOPPED
        return how

    def _crashed(self, was: State, how: str, now_s: float) -> str:
        self._again = False
        short = was is not State.UP or now_s - self._since_s < LONG_LIFE_S
        self._quick = self._quick + 1 if short else 0
        if not self.wanted:
            self.state = State.STOPPED
            return f"{how}, and was to be stopped anyway"
        if not self._ever_up and self._quick >= TRIES_MAX:
            self.state = State.FAILED
            return f"{how}, {self._quick} times before it answered once: given up"
        first, most = (PAUSE_S, PAUSE_S_MAX) if was is State.UP else (LONG_PAUSE_S, LONG_PAUSE_S_MAX)
        pause_s = min(first * 2 ** max(0, self._quick - 1), most)
        self.state, self._due_s = State.CRASHED, now_s + pause_s
        self.restarts += 1
        return f"{how}; started again in {pause_s:.1f} s"


def exit_words(code: int) -> str:
    """`died of SIGKILL` or `ended with code 3`."""
    if code >= 0:
        return f"ended with code {code}"
    import signal

    try:
        return f"died of {signal.Signals(-code).name}"
    except ValueError:
        return f"died of signal {-code}"
