"""The supervisor: keeps the banks of one federation as they are wanted, one `tick` at a time.

A crashed bank is started again, a stopped one stays down, the broker is never started again by itself. Everything it
touches is handed in (`federation.launcher.__main__` does); every change is written to state.json and to its log.
If the supervisor itself dies, its zygote ends the banks; a broker that stays behind is found by the next up or down.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from federation.failure import Failure
from federation.folder import Folder, write_json
from federation.launcher import mailbox
from federation.launcher.broker_keeper import BrokerKeeper, Kept
from federation.launcher.child import Errand, errand_for
from federation.launcher.diary import Diary
from federation.launcher.fault_keeper import FaultKeeper
from federation.launcher.keeper import Keeper, State, Step
from federation.launcher.zygote import Forks, Message
from federation.spec import BankSpec, FederationSpec

if TYPE_CHECKING:
    from federation.authority import Authority

SIGNAL_OF = {Step.TERM: signal.SIGTERM, Step.KILL: signal.SIGKILL}
CANNOT_START = 3  # what a bank ends with that has said why
QUIET = (State.UP, State.STOPPED, State.FAILED)


class Supervisor:
    def __init__(
        self,
        folder: Folder,
        spec: FederationSpec,
        broker: BrokerKeeper,
        make_forks: Callable[[], Forks],
        listens: Callable[[int], bool],
        send: Callable[[int, signal.Signals], None],
        clock_s: Callable[[], float] = time.monotonic,
        command: tuple[str, ...] = (),
        faults: FaultKeeper | None = None,
    ) -> None:
        self.folder, self.spec, self.broker, self.command, self.faults = folder, spec, broker, command, faults
        self.diary = Diary(folder)
        self.forks: Forks | None = None
        self._make_forks, self._listens, self._send, self._clock_s = make_forks, listens, send, clock_s
        stopped = read_stopped(folder)
        self.keepers = {bank.id: Keeper(bank.id, wanted=bank.id not in stopped) for bank in spec.banks}
        self.ending = False
        self.finished = False
        self._broker_told = False
        self._authority: Authority | None = None
        self._passing: set[str] = set()  # stopped by a fault, not by somebody who meant it
        self._injected: dict[str, dict[str, str]] = {}  # by a fault: what a bank in a lab is told beyond its own

    @property
    def restless(self) -> bool:
        """Whether something is under way, so that the next tick should come soon."""
        return self.ending or self.broker.busy or any(k.state not in QUIET for k in self.keepers.values())

    def tick(self) -> int:
        """Does what is due; returns how many things it did."""
        done = 0
        letters = mailbox.collect(self.folder)
        for letter in letters:
            self._handle(letter.request)
            done += 1
        for message in self.forks.messages() if self.forks else ():
            self._hear(message)
            done += 1
        for words in self.faults.tick() if self.faults else ():
            self.diary.say("", words, "info" if self.faults is None or self.ending else "warning")
            done += 1
        for words in self.broker.tick():
            well = self.broker.state in (Kept.UP, Kept.STOPPED, Kept.PAUSED)
            self.diary.say("broker", words, "info" if well else "error")
            done += 1
        done += sum(self._step(keeper) for keeper in self.keepers.values())
        self._finish()
        zygote_pid = self.forks.pid if self.forks else None
        faults_pid = self.faults.pid if self.faults else None
        self.diary.write(self.keepers, self.broker, zygote_pid, self.ending, faults_pid=faults_pid)
        mailbox.put_away(letters)  # who wrote one reads state.json next
        return done

    def end(self, at_once: bool = False) -> None:
        """Stops all banks, then the broker. What was stopped on purpose before is remembered for the next time."""
        if not self.ending or at_once:
            self.diary.say("", "stopping at once" if at_once else "stopping")
            if self.faults is not None:
                self.faults.end()
            for keeper in self.keepers.values():
                keeper.stop(kill=at_once)
            if at_once:
                self.broker.stop(kill=True)
                self._broker_told = True
        self.ending = True

    def _handle(self, request: dict[str, Any]) -> None:
        what, target, kill = request.get("do"), request.get("target", ""), bool(request.get("kill"))
        if self.ending:
            return
        if what in ("stop", "start"):
            (self._passing.add if what == "stop" and request.get("passing") else self._passing.discard)(target)
        if what == "reread":
            self._reread()
        elif what == "faults" and self.faults is not None:
            self.faults.wanted = True
        elif target == "broker":
            if what == "stop":
                self.broker.stop(kill)
            elif what == "start":
                self.broker.start()
        elif target in self.keepers:
            keeper = self.keepers[target]
            if what == "stop":
                keeper.stop(kill)
            elif what == "start":
                self._injected[target] = dict(request.get("env") or {})
                keeper.start()
        self._remember_stopped()

    def _reread(self) -> None:
        """The federation has grown: the new banks start, and the others start again, for they must know them."""
        old, self.spec = self.spec, self.folder.read_spec()
        for bank in self.spec.banks:
            if bank.id not in self.keepers:
                self.keepers[bank.id] = Keeper(bank.id)
            elif self.spec.peers != old.peers and self.keepers[bank.id].wanted:
                self.keepers[bank.id].restart()

    def _hear(self, message: Message) -> None:
        if "started" in message:
            self.keepers[message["started"]].started(message["pid"])
        elif "ended" in message:
            self._ended(self.keepers[message["ended"]], message["code"])
        elif "gone" in message:
            self.forks = None
            self.diary.say("", "the zygote died; its banks are started again from a new one", "error")
            for keeper in self.keepers.values():
                if keeper.pid is not None:
                    self._send(keeper.pid, signal.SIGKILL)
                if keeper.pid is not None or keeper.state is State.STARTING:
                    self._ended(keeper, message["gone"])

    def _ended(self, keeper: Keeper, code: int) -> None:
        words = keeper.ended(code, self._clock_s())
        self.diary.say(keeper.bank_id, words, "error" if keeper.state in (State.CRASHED, State.FAILED) else "info")

    def _step(self, keeper: Keeper) -> int:
        now_s = self._clock_s()
        if keeper.state is State.STARTING and keeper.pid is not None and self._listens(self._bank(keeper).port):
            keeper.answered(now_s)
            self.diary.say(keeper.bank_id, f"answers at {self._bank(keeper).url}, process {keeper.pid}")
        step = keeper.step(now_s)
        if step is Step.START:
            self.forks = self.forks or self._make_forks()
            try:
                self.forks.start(self._errand(keeper))
            except Failure as failure:
                self._refuse(keeper, failure)
        elif step is not None and keeper.pid is not None:
            self._send(keeper.pid, SIGNAL_OF[step])
        return step is not None

    def _finish(self) -> None:
        if not self.ending or any(keeper.state is not State.STOPPED for keeper in self.keepers.values()):
            return
        if not self._broker_told:
            self._broker_told = True
            if self.broker.state is not Kept.STOPPED:
                self.broker.stop()
        elif not self.broker.busy:
            self.finished = True

    def _bank(self, keeper: Keeper) -> BankSpec:
        bank = self.spec.bank(keeper.bank_id)
        assert bank is not None
        return bank

    def _errand(self, keeper: Keeper) -> Errand:
        """Its bank is certified when this returns: also a new one, and one of a folder that had no authority yet."""
        if self._authority is None:
            from federation.authority import Authority  # cryptography loads while the zygote does the same

            self._authority = Authority(self.folder.authority, self.spec.federation_id)
        public_key = self._authority.certify(keeper.bank_id, self.folder.bank(keeper.bank_id))
        bootstrap = self.broker.broker.bootstrap(keeper.bank_id)
        around = {**os.environ, **self._injected.get(keeper.bank_id, {})}
        return errand_for(self._bank(keeper), self.spec, self.folder, bootstrap, public_key, around, self.command)

    def _refuse(self, keeper: Keeper, failure: Failure) -> None:
        """A bank that cannot be certified is as one that ended with these words: tried again, then given up."""
        with suppress(OSError), self.folder.output(keeper.bank_id).open("a", encoding="utf-8") as output:
            output.write(f"{failure.what}: {failure.why}\n")
        self._ended(keeper, CANNOT_START)

    def _remember_stopped(self) -> None:
        stopped = [keeper.bank_id for keeper in self.keepers.values() if not keeper.wanted]
        stopped += [] if self.broker.wanted else ["broker"]
        write_json(self.folder.run / "stopped.json", [name for name in stopped if name not in self._passing])


def read_stopped(folder: Folder) -> list[str]:
    """What was stopped on purpose, here or in an earlier life: bank ids and `broker`."""
    with suppress(OSError, ValueError):
        found = json.loads((folder.run / "stopped.json").read_text(encoding="utf-8"))
        if isinstance(found, list):
            return [str(name) for name in found]
    return []
