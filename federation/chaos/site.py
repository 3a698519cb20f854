"""A federation of `bankfed up` as what there is to break. Each break stands in the journal before it is done.

Banks are stopped and started by orders to their supervisor, who does not remember these: what a fault has stopped is
started again by the next `up`. The broker is stopped here and started by the supervisor, whose child it is.
"""

from __future__ import annotations

import resource
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil

from federation.brokers.broker import Broker, BrokerState
from federation.chaos.broker import JournaledBroker
from federation.chaos.journal import CAPPED, DOWN, PAUSED, SKEWED, Journal
from federation.failure import ExitCode, Failure
from federation.faults.broker_stop import START_S
from federation.faults.site import BankProcess, Topic, Wire
from federation.folder import Folder
from federation.launcher import mailbox
from federation.launcher.processes import Process
from federation.launcher.readiness import ask
from federation.launcher.starting import READY_S_MAX, bank_failed
from federation.launcher.status import look, supervisor_of
from federation.spec import BankSpec, FederationSpec

POLL_S = 0.02
STILL_S_MAX = 1.0
END_S_MAX = 12.0  # a bank has 10 s from SIGTERM


class NoDoors(Failure):
    """A fault of the wire, where nothing stands between banks and broker."""


class FederationSite:
    def __init__(
        self,
        folder: Folder,
        spec: FederationSpec,
        broker: Broker,
        journal: Journal,
        wire: Wire | None = None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._spec, self._wire, self._wait = spec, wire, wait
        life = Life(folder, journal)
        self.banks: Mapping[str, BankProcess] = {one.id: LivingBank(life, one, spec.lab) for one in spec.banks}
        self.broker: Broker = JournaledBroker(broker, journal, life.order)

    @property
    def wire(self) -> Wire:
        if self._wire is None:
            raise NoDoors(
                "there is nothing between the banks and their broker to break",
                why="this federation was started without --lab, or its broker is not ours",
                do="bankfed down, then bankfed up --lab; broker-kill, bank-kill and others work without it",
                code=ExitCode.USAGE,
            )
        return self._wire

    @cached_property
    def topic(self) -> Topic:
        from federation.brokers.topic import Topic as OnBroker
        from federation.client import TRANSFERS_TOPIC, topic_facts

        _, facts = topic_facts(self.broker.bootstrap(), TRANSFERS_TOPIC)
        if facts is None:
            raise Failure(f"there is no topic {TRANSFERS_TOPIC} yet", do="send money once")
        return OnBroker(self.broker, None, TRANSFERS_TOPIC, facts.partitions)

    @property
    def wait(self) -> Callable[[float], None]:
        return self._wait


class Life:
    """What all banks of one federation share: its folder, its supervisor, the journal."""

    def __init__(self, folder: Folder, journal: Journal) -> None:
        self.folder, self.journal = folder, journal

    def order(self, do: str, target: str, **more: object) -> None:
        """Raises Failure where no supervisor runs, or he does not listen."""
        supervisor = supervisor_of(self.folder)
        if supervisor is None:
            raise Failure("the federation does not run", do="bankfed up", code=ExitCode.NOT_RUNNING)
        mailbox.post(self.folder, supervisor, {"do": do, "target": target, **more})

    def kept(self, bank: str) -> dict[str, Any]:
        """What its supervisor says of it."""
        found: dict[str, Any] = self.folder.state().get("banks", {}).get(bank, {})
        return found

    def process(self, bank: str) -> Process | None:
        found = Process.from_json(self.kept(bank).get("process"))
        return found if found is not None and found.alive else None


class LivingBank:
    def __init__(self, life: Life, spec: BankSpec, lab: bool) -> None:
        self._life, self._spec, self._lab = life, spec, lab
        self._started_s = time.monotonic()

    @property
    def bank(self) -> str:
        return self._spec.id

    @property
    def url(self) -> str:
        return self._spec.url

    @property
    def is_running(self) -> bool:
        return self._life.process(self.bank) is not None

    @property
    def database(self) -> Path | None:
        path = self._life.folder.database(self.bank)
        return path if path.exists() else None

    def kill(self) -> None:
        if self._is_kept_down():
            return
        self._owe(DOWN)
        self._go("kill -9", kill=True)

    def stop(self) -> None:
        if self._is_kept_down():
            return
        self._owe(DOWN)
        if (process := self._life.process(self.bank)) is not None:
            process.send(signal.SIGCONT)  # who is frozen hears no SIGTERM
        self._go("SIGTERM", kill=False)

    def start(self, *, clock_offset_ms: int = 0, failpoints: str = "") -> None:
        env = {"BANK_CLOCK_OFFSET_MS": str(clock_offset_ms)} if clock_offset_ms else {}
        env |= {"BANK_FAILPOINTS": failpoints} if failpoints else {}
        if env and not self._lab:
            raise Failure(
                f"{self.bank} cannot be given another clock, or a failpoint",
                why="a bank outside the lab takes neither",
                do="bankfed down, then bankfed up --lab",
                code=ExitCode.USAGE,
            )
        if env:
            self._owe(SKEWED)
        self._started_s = time.monotonic()
        goes_on = self.is_running
        self._life.order("start", self.bank, env=env)
        self._life.journal.paid(self.bank, DOWN, *(() if env or goes_on else (SKEWED,)))

    def wait_ready(self) -> float:
        until = time.monotonic() + READY_S_MAX
        while (said := ask(self._spec.port)) is None or not said["ok"]:
            if self._life.kept(self.bank).get("state") in ("failed", "stopped") or time.monotonic() > until:
                status = next(one for one in look(self._life.folder).banks if one.id == self.bank)
                raise bank_failed(self._life.folder, status)
            time.sleep(POLL_S)
        return time.monotonic() - self._started_s

    def pause(self) -> None:
        process = self._running()
        self._owe(PAUSED)
        process.send(signal.SIGSTOP)
        until = time.monotonic() + STILL_S_MAX
        while not _stands_still(process.pid) and time.monotonic() < until:
            time.sleep(POLL_S / 4)  # a process of many threads takes a moment to stop

    def resume(self) -> None:
        if (process := self._life.process(self.bank)) is not None:
            process.send(signal.SIGCONT)
        self._life.journal.paid(self.bank, PAUSED)

    def cap_files(self, most_bytes: int | None) -> bool:
        process = self._life.process(self.bank)
        if sys.platform != "linux" or process is None:
            if most_bytes is None:
                self._life.journal.paid(self.bank, CAPPED)
            return False
        if most_bytes is not None:
            self._owe(CAPPED)
        _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        soft = hard if most_bytes is None else most_bytes
        with suppress(ProcessLookupError):
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (soft, hard))
        if most_bytes is None:
            self._life.journal.paid(self.bank, CAPPED)
        return True

    def _owe(self, what: str) -> None:
        self._life.journal.owe(self.bank, what)

    def _running(self) -> Process:
        process = self._life.process(self.bank)
        if process is None:
            raise Failure(f"{self.bank} does not run", do=f"bankfed start {self.bank}", code=ExitCode.NOT_RUNNING)
        return process

    def _is_kept_down(self) -> bool:
        """On purpose, by whoever: it stays so."""
        return self._life.kept(self.bank).get("state") in ("stopped", "failed")

    def _go(self, how: str, kill: bool) -> None:
        self._life.order("stop", self.bank, kill=kill, passing=True)
        until = time.monotonic() + END_S_MAX
        while self._life.kept(self.bank).get("state") != "stopped":
            if time.monotonic() > until:
                raise Failure(f"{self.bank} did not end", why=f"{END_S_MAX:.0f} s after {how}")
            time.sleep(POLL_S)
        self._life.journal.paid(self.bank, PAUSED, CAPPED)  # they went with the process


def _stands_still(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    except psutil.Error:
        return True


def settle(site: FederationSite, journal: Journal, only: tuple[str, ...] = (PAUSED, CAPPED, DOWN, SKEWED)) -> list[str]:
    """Puts right what the journal says is broken, and says what; what cannot be now stays in it, in the last words."""
    said = []
    for what in (PAUSED, CAPPED, DOWN, SKEWED):
        for who, _ in [debt for debt in journal.debts if debt[1] == what and what in only]:
            try:
                said.append(_put_right(site, journal, who, what))
            except Failure as failure:
                said.append(f"{who} is still {what}: {failure.what}")
    return said


def _put_right(site: FederationSite, journal: Journal, who: str, what: str) -> str:
    if who.startswith("broker"):
        node = int(who.partition(" ")[2] or 0) or None
        if what == PAUSED:
            if site.broker.state is not BrokerState.DOWN:
                site.broker.resume(node)
        else:
            site.broker.start(node, timeout_s=START_S)
        journal.paid(who, what)
        return f"{who} {'woken' if what == PAUSED else 'started'}"
    bank = site.banks.get(who)
    if bank is None:
        journal.paid(who, what)
        return f"{who} is no bank of this federation any more"
    if what == PAUSED:
        bank.resume()
    elif what == CAPPED:
        bank.cap_files(None)
    else:
        if what == SKEWED:
            bank.stop()
        bank.start()
        bank.wait_ready()
    return {
        PAUSED: f"{who} woken",
        CAPPED: f"{who} may write again",
        DOWN: f"{who} started",
        SKEWED: f"{who} has the right time again",
    }[what]
