"""One bank's node in custody, through all of its lives: the same room and port, another process each time.

What it does wrong becomes a `Complaint`; what happens to it becomes a `NodeEvent` for the checkers. Its output is kept
for people and never read here.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from federation.grading.clock import now_us
from federation.grading.custody import complaint
from federation.grading.custody.complaint import READY_S, TERM_S, Complaint
from federation.grading.custody.life import Charge, Life
from federation.grading.custody.lodging import Room
from federation.grading.evidence import ENDED, KILLED, MEMORY, READY, STARTED, NodeEvent
from federation.grading.submission import Node, Placement

Charging = Callable[[list[str], Mapping[str, str]], Charge]
ASK_S = 2.0
ASK_EVERY_S = 0.05


class Unfit(Exception):
    """It is not what it has to be; the complaint says it in words."""

    def __init__(self, why: Complaint) -> None:
        super().__init__(str(why))
        self.complaint = why


class Ward:
    def __init__(self, node: Node, room: Room, place: Placement, log: Path, charge: Charging) -> None:
        """`charge` makes what a life needs of a command and its environment."""
        self.node, self.room, self.place, self.log, self._charge = node, room, place, log, charge
        self.events: list[NodeEvent] = []
        self.complaints: list[Complaint] = []
        self.lives = 0
        self.memory_mib_max = 0
        self.life: Life | None = None
        self.on_end: Callable[[Ward], None] = lambda _: None  # it ended by itself; called in another thread
        self._meant_to_end = threading.Event()
        self._ready = False
        self._begun_at = 0.0

    @property
    def bank(self) -> str:
        return self.place.bank_id

    @property
    def is_running(self) -> bool:
        return self.life is not None and not self.life.is_over

    def start(self, place: Placement | None = None) -> None:
        """Another life; with another placement (failpoints, a clock) if there is one. Raises Unfit if that fails."""
        assert not self.is_running, f"{self.bank} runs already"
        self._bury()
        self.place = place or self.place
        self._meant_to_end, self._ready, self._begun_at = threading.Event(), False, time.monotonic()
        if self.place.failpoints:
            self._meant_to_end.set()  # where it was told to
        self.lives += 1
        command, own = self.node.command(self.place), self.node.environment(self.place)
        charge = self._charge(command, self.room.environment() | own)
        self._note(STARTED)
        self.life = Life(charge, self._hear)
        if self.life.refused:
            raise self._unfit(complaint.about_start(self.bank, command[0], self.life.refused))

    def wait_ready(self, seconds: float = READY_S) -> float:
        """Seconds since its start. Raises Unfit as soon as it is clear that it will not be."""
        life, answered = self._lived(), ""
        while time.monotonic() < self._begun_at + seconds:
            if life.is_over:
                raise self._unfit(self._about_end(life))
            answered = self._ask_ready() or answered
            if answered == "200":
                return self._got_ready(life)
            life.wait(ASK_EVERY_S)
        path = self.node.adapter.ready.path
        why = complaint.about_port(self.bank, self.place.port, path, life.ports(), answered)
        self.kill()
        raise self._unfit(why)

    def pause(self) -> None:
        """SIGSTOP, to all of it."""
        self._lived().pause()

    def resume(self) -> None:
        self._lived().resume()

    def kill(self) -> None:
        """SIGKILL; when this returns all of it is gone."""
        life = self._lived()
        if not life.is_over:
            self._meant_to_end.set()
            life.kill()
            self._note(KILLED)
        self._bury()

    def stop(self, seconds: float = TERM_S) -> float:
        """SIGTERM, then SIGKILL: how long it took. What did not go well is among the complaints."""
        life = self._lived()
        if life.is_over:
            return 0.0
        self._meant_to_end.set()
        took = life.end(seconds)
        self._note(KILLED)
        if took >= seconds:
            self.complaints.append(complaint.about_term(self.bank))
        elif life.over and life.over.left:
            self.complaints.append(complaint.about_left(self.bank, life.over.left))
        self._bury()
        return took

    def cap_files(self, most_bytes: int | None) -> bool:
        """Writes beyond this size fail, as on a full disk; None: as before. False where this machine cannot do that."""
        return self._lived().cap_files(most_bytes)

    def last_lines(self, count: int = 20) -> str:
        """Of its output, for people."""
        try:
            text = self.log.read_bytes()[-20_000:].decode("utf-8", "replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-count:])

    def close(self) -> None:
        self._meant_to_end.set()
        self._bury()

    def _bury(self) -> None:
        if self.life:
            self.life.close()

    def _lived(self) -> Life:
        assert self.life is not None, f"{self.bank} was never started"
        return self.life

    def _ask_ready(self) -> str:
        """Its status; empty where nobody answers."""
        line = http.client.HTTPConnection("127.0.0.1", self.place.port, timeout=ASK_S)
        try:
            line.request("GET", self.node.adapter.ready.path)
            return str(line.getresponse().status)
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, ConnectionRefusedError):
                return ""
            return f"none within {ASK_S:.0f} s" if isinstance(error, TimeoutError) else "no HTTP"
        finally:
            line.close()

    def _got_ready(self, life: Life) -> float:
        listening = life.ports()
        if listening and self.place.port not in listening:
            self.kill()
            raise self._unfit(complaint.about_stranger(self.bank, self.place.port))
        self._ready = True
        self._note(READY)
        return time.monotonic() - self._begun_at

    def _about_end(self, life: Life) -> Complaint:
        after_s = time.monotonic() - self._begun_at
        return complaint.about_end(self.bank, life, after_s=after_s, ready=self._ready)

    def _hear(self, said: dict[str, Any]) -> None:
        match said["what"]:
            case "seen":
                self.memory_mib_max = max(self.memory_mib_max, said["mib"])
                self._note(MEMORY, said["mib"])
            case "over" if not self._meant_to_end.is_set():
                self._note(ENDED)
                if self._ready and self.life:  # else whoever waits for it says so
                    self.complaints.append(self._about_end(self.life))
                self.on_end(self)

    def _note(self, what: str, mib: int = 0) -> None:
        self.events.append(NodeEvent(self.bank, what, now_us(), mib))

    def _unfit(self, why: Complaint) -> Unfit:
        self.complaints.append(why)
        return Unfit(why)
