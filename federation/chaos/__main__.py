"""`python -m federation.chaos DIR BROKER`: the fault keeper's process: signals, letters, sleeping and wiring.

SIGTERM: the federation ends. Whoever is frozen is woken, no fault is left, and the doors stay until the supervisor has
ended everybody and then this process. Whoever comes after a crash reads the journal and puts right what it says.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from federation.chaos import journal as journals
from federation.chaos.calling import BOX, answer
from federation.chaos.holding import Holding
from federation.chaos.journal import CAPPED, PAUSED
from federation.chaos.site import FederationSite, settle
from federation.failure import Failure
from federation.faults.fault import Fault
from federation.folder import Folder
from federation.launcher import mailbox
from federation.launcher.broker_keeper import broker_maker
from federation.launcher.diary import print_line
from federation.launcher.processes import Process, die_with_parent, set_title
from federation.spec import FederationSpec
from federation.wire.beside import ProxyBeside

TICK_S = 0.25
IDLE_S_MAX = 5.0  # without doors and faults it has nothing to do
Doors = ProxyBeside | None


class Ending(Failure):
    """The federation ends while a fault was waiting for something."""


class FaultKeeping:
    def __init__(self, folder: Folder, broker: str, supervisor: int) -> None:
        self.folder, self.spec = folder, folder.read_spec()
        self.journal = journals.of(folder)
        self.ending = False
        self._parent = supervisor
        self._woken, waker = os.pipe()
        for end in (self._woken, waker):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(waker)
        signal.signal(signal.SIGUSR1, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._hear)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGUSR1,))  # blocked by who started this, until it is heard
        found = broker_maker(broker)(self.spec, folder)
        self.doors = open_doors(self.spec, found)
        self.site = FederationSite(folder, self.spec, found, self.journal, self.doors, self.wait)
        self.holding = Holding(self._make, self.journal, self.say)

    def _hear(self, *_: object) -> None:
        self.ending = True

    def say(self, words: str, level: str = "info") -> None:
        print_line(time.time_ns() // 1000, "faults", words, level)

    def wait(self, seconds: float) -> None:
        """For a fault that needs time; ends early where everything does."""
        until = time.monotonic() + seconds
        while (left_s := until - time.monotonic()) > 0:
            if self.ending or self._orphaned:
                raise Ending("the federation ends")
            time.sleep(min(left_s, 0.05))

    def run(self) -> None:
        life = Process.of(self._parent)
        self.journal.begin(None if life is None else life.as_json())
        if self.journal.debts or self.journal.faults:
            self.say("found faults that nobody holds any more", "warning")
            self._tell(self._settle())
            self.holding.inherit()
        idle_since_s = time.monotonic()
        while not self.ending and not self._orphaned:
            for letter in mailbox.collect(self.folder, BOX):
                mailbox.put_away([letter])
                answer(self.folder, letter, self._handle(letter.request))
                idle_since_s = time.monotonic()
            self.holding.tick()
            if not self.holding.is_empty or self.journal.debts:
                idle_since_s = time.monotonic()
            if self.doors is None and time.monotonic() - idle_since_s > IDLE_S_MAX:
                return
            self._sleep()
        self._last()
        while self.doors is not None and not self._orphaned:
            self._sleep()

    def _last(self) -> None:
        """Nothing is started any more; but whoever is frozen could not end."""
        self.holding.forget()
        self._tell(settle(self.site, self.journal, only=(PAUSED, CAPPED)))
        self.journal.begin(None)  # what is down or wrong otherwise ends here, and the next `up` starts it right
        if self.doors is not None:
            self.doors.heal()

    def _handle(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer: `ok`, and what there is to tell; or the failure's words."""
        what = request.get("do")
        try:
            if what == "start":
                words, for_s = [str(word) for word in request["words"]], request.get("for_s")
                told = self.holding.start(words, None if for_s is None else float(for_s), int(request.get("seed", 0)))
                return {"ok": True, "fault": told}
            if what == "stop":
                return {"ok": True, "faults": self.holding.stop(str(request["which"]))}
            if what == "heal":
                said = [*self.holding.heal(), *self._settle()]
                return {"ok": not self.journal.debts, "said": said}
            return {"ok": False, "what": f"the fault keeper does not know how to {what}"}
        except Failure as failure:
            return {"ok": False, "what": failure.what, "why": failure.why, "do": failure.do, "code": int(failure.code)}
        except Exception as error:
            self.say(f"{what}: {error!r}", "error")
            return {"ok": False, "what": f"the fault keeper made a mistake: {error!r}"}

    def _make(self, words: Sequence[str], seed: int) -> Fault:
        from federation.faults.catalogue import make

        if self.doors is not None:
            self.doors.do(setattr, self.doors.proxy, "seed", seed)
        return make(self.site, words[0], words[1:], seed)

    def _settle(self) -> list[str]:
        said = settle(self.site, self.journal)
        if self.doors is not None:
            self.doors.heal()
        return said

    def _tell(self, said: Sequence[str]) -> None:
        for words in said:
            self.say(words)

    @property
    def _orphaned(self) -> bool:
        return os.getppid() != self._parent

    def _sleep(self) -> None:
        select.select([self._woken], [], [], TICK_S if not self.holding.is_empty else 4 * TICK_S)
        with suppress(BlockingIOError):
            os.read(self._woken, 512)


def open_doors(spec: FederationSpec, broker: Any) -> Doors:
    """One for each bank that was not told to call something else. Raises Failure where somebody listens there."""
    if not spec.broker.doors:
        return None
    doors = ProxyBeside(spec.seed)
    for bank, port in spec.broker.doors.items():
        if bank not in spec.broker.advertised:
            doors.open(bank, broker.listener(bank), port)
    return doors


def main(arguments: Sequence[str]) -> int:
    folder = Folder(Path(arguments[0]))
    set_title(f"bankfed faults {folder.root}")
    keeping = None
    try:
        keeping = FaultKeeping(folder, arguments[1], int(arguments[2]))
        die_with_parent()
        keeping.run()
    except Failure as failure:
        print_line(time.time_ns() // 1000, "faults", f"{failure.what}: {failure.why}", "error")
        return 1
    finally:
        if keeping is not None and keeping.doors is not None:
            keeping.doors.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
