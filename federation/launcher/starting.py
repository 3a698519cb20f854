"""`up`: from a wish to a running federation. The supervisor does the work; this plans, starts it, watches and tells."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from federation.failure import ExitCode, Failure
from federation.folder import Folder, last_lines
from federation.launcher import mailbox
from federation.launcher.broker_keeper import OUR_BROKER, broker_maker
from federation.launcher.plan import Plan, Wish, check, check_running, grow, make_plan
from federation.launcher.processes import Process
from federation.launcher.status import BankStatus, FederationStatus, look, supervisor_of
from federation.launcher.stopping import clear_away, end
from federation.launcher.zygote import OUR_BANK

READY_S_MAX = 60.0
POLL_S = 0.1
HEARD_S_MAX = 15.0  # until a new supervisor has written its first state


class Ticks(Protocol):
    """Where progress is told; `federation.cli.show.TickList` is one."""

    def say(self, text: str) -> None: ...

    def running(self, text: str) -> None: ...

    def done(self, text: str, took_s: float | None = None, level: str = "ok") -> None: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What is started. A bank is our program, forked (`entry`, module:function), or any `command`, which may name
    {bank_id}, {port} and {data_dir}; `broker` is a module:function that makes the broker from (spec, folder)."""

    entry: str = OUR_BANK
    command: tuple[str, ...] = ()
    broker: str = OUR_BROKER


@dataclass(slots=True)
class Started:
    already: bool
    supervisor: subprocess.Popen[bytes] | None = None  # None: it ran before


def start(
    folder: Folder, wish: Wish, ticks: Ticks, fresh: bool = False, parts: Parts | None = None, attached: bool = False
) -> Started:
    """Makes sure a supervisor runs and knows the wish; `wait_ready` waits for the banks. Raises Failure."""
    folder.make()
    with folder.locked():
        if fresh and folder.exists():
            end(folder, ticks)
            folder.wipe()
            folder.make()
            ticks.done(f"deleted the old data in {folder.root}")
        old = folder.read_spec() if folder.exists() else None
        if old is not None:
            check(wish, old)
        supervisor = supervisor_of(folder)
        if supervisor is not None and old is not None:
            if attached:
                raise Failure("the federation runs already, detached", do="bankfed down, then up --foreground again")
            check_running(wish, old)
            if wish.banks is not None and wish.banks > len(old.banks):
                folder.write_spec(grow(old, wish.banks))
                mailbox.post(folder, supervisor, {"do": "reread"})
                ticks.done(f"{wish.banks - len(old.banks)} more banks; the others start again, to know them")
            for bank in look(folder).banks:
                if bank.state == "failed":
                    mailbox.post(folder, supervisor, {"do": "start", "target": bank.id})
                    ticks.done(f"{bank.id} was given up; trying again")
            return Started(already=True)
        clear_away(folder, ticks)
        plan = make_plan(wish, old)
        try:
            return Started(False, _start_supervisor(folder, plan, ticks, parts or Parts(), attached))
        finally:
            os.close(plan.claim)


def _start_supervisor(
    folder: Folder, plan: Plan, ticks: Ticks, parts: Parts, attached: bool
) -> subprocess.Popen[bytes]:
    broker_maker(parts.broker)(plan.spec, folder)  # refuses in words what cannot be, before anything is written
    folder.write_spec(plan.spec)
    if plan.said:
        ticks.done(plan.said, level="warn")
    first, last = plan.spec.banks[0].port, plan.spec.banks[-1].port
    ticks.done(f"{len(plan.spec.banks)} banks, seed {plan.spec.seed}, ports {first} to {last}, data in {folder.root}")
    if folder.log.exists() and folder.log.stat().st_size > 1_000_000:
        folder.log.replace(folder.log.with_suffix(".log.1"))
    options = json.dumps(asdict(parts))
    command = [sys.executable, "-m", "federation.launcher", str(folder.root), options]
    with folder.log.open("ab") as log:
        process = subprocess.Popen(
            [*command, "--attached"] if attached else command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=Path(__file__).parents[2],  # where the packages are, installed or not
            start_new_session=True,
            pass_fds=[plan.claim],
        )
    until = time.monotonic() + HEARD_S_MAX
    while (heard := Process.from_json(folder.state().get("supervisor"))) is None or heard.pid != process.pid:
        if process.poll() is not None or time.monotonic() > until:
            raise Failure(
                "the supervisor did not start", log=folder.log, detail=last_words(folder.log), code=ExitCode.TIME_OUT
            )
        time.sleep(0.01)
    return process


def wait_ready(folder: Folder, ticks: Ticks, timeout_s: float = READY_S_MAX) -> FederationStatus:
    """Returns when all that is wanted is ready; a tick for each. Raises Failure (code 4) with the last log lines."""
    began = time.monotonic()
    ticked: set[str] = set()
    spec = folder.read_spec()
    progress = ""
    while True:
        status = look(folder, spec=spec)
        _tick_new(status, ticked, time.monotonic() - began, ticks)
        _refuse_hopeless(folder, status)
        waiting = _waiting_for(status)
        if not waiting:
            return status
        if status.broker.state == "starting" and status.broker.note != progress:  # a download takes its time
            progress, began_waiting = status.broker.note, time.monotonic()
            began = max(began, began_waiting - timeout_s / 2)
        if time.monotonic() - began > timeout_s:
            raise _not_ready(folder, status, waiting, timeout_s)
        ticks.running(status.broker.note or f"waiting for {', '.join(waiting)}")
        time.sleep(POLL_S)


def _waiting_for(status: FederationStatus) -> list[str]:
    broker_wanted = status.broker.state not in ("stopped", "paused", "died")
    waiting = ["the broker"] if broker_wanted and status.broker.state != "up" else []
    enough = ("ready", "suspect", "stopped") if broker_wanted else ("ready", "degraded", "suspect", "stopped")
    return waiting + [bank.id for bank in status.banks if bank.state not in enough]


def _tick_new(status: FederationStatus, ticked: set[str], took_s: float, ticks: Ticks) -> None:
    def once(name: str, text: str, took_s: float | None = None, level: str = "ok") -> None:
        if name not in ticked:
            ticked.add(name)
            ticks.done(text, took_s, level)

    if status.broker.state == "up":
        once("broker", f"broker up at {status.broker.bootstrap}", took_s)
    elif status.broker.state in ("stopped", "died", "paused"):
        once("broker", f"the broker is {status.broker.state}: {status.broker.note}", level="warn")
    for bank in status.banks:
        if bank.state == "ready":
            once(bank.id, f"{bank.id} ready at {bank.url}", took_s)
        elif bank.state == "suspect":
            once(bank.id, f"{bank.id} is suspect and speaks to no other bank: {bank.note}", level="warn")
        elif bank.state == "stopped":
            once(bank.id, f"{bank.id} was stopped on purpose and stays down: bankfed start {bank.id}", level="warn")


def _refuse_hopeless(folder: Folder, status: FederationStatus) -> None:
    if not status.running:
        raise Failure(
            "the supervisor has ended",
            do="bankfed up",
            log=folder.log,
            detail=last_words(folder.log),
            code=ExitCode.TIME_OUT,
        )
    if status.broker.state in ("failed", "away"):
        what, _, detail = status.broker.note.partition("\n")
        raise Failure(
            f"the broker {'does not answer' if status.broker.state == 'away' else 'did not start'}",
            why=what,
            do="the banks run and queue what they are given; bankfed start broker tries again, bankfed down ends all",
            detail=detail,
            code=ExitCode.TIME_OUT,
        )
    for bank in status.banks:
        if bank.state == "failed" or bank.foreign:
            raise bank_failed(folder, bank)


def bank_failed(folder: Folder, bank: BankStatus) -> Failure:
    """The words of a bank that will not come up: its own last ones count most."""
    why = f"another bank answers at {bank.url}" if bank.foreign else bank.said
    log = folder.output(bank.id)
    said = last_words(log) or last_lines(folder.bank_log(bank.id))
    if not said:  # it never came so far as to say anything itself
        log = folder.log
        said = last_words(log)
    return Failure(
        f"{bank.id} did not come up",
        why=why,
        do=f"mend what it says, then: bankfed start {bank.id}; bankfed ps shows the others, bankfed down ends all",
        log=log,
        detail=said,
        code=ExitCode.TIME_OUT,
    )


def last_words(path: Path) -> str:
    """The end of what a process printed, without the inner lines of tracebacks: those are for the log's readers."""
    kept: list[str] = []
    inside = False
    for line in last_lines(path, 200).splitlines():
        if line.startswith("Traceback "):
            inside = True
        elif not inside or not line.startswith(" "):
            inside = False
            if kept[-1:] != [line]:  # each try says it again
                kept.append(line)
    return "\n".join(kept[-8:])


def _not_ready(folder: Folder, status: FederationStatus, waiting: list[str], timeout_s: float) -> Failure:
    slow = next((bank for bank in status.banks if bank.id in waiting), None)
    if slow is None:
        return Failure(
            f"the broker was not up within {timeout_s:.0f} s",
            why=status.broker.note,
            do="bankfed ps shows how it goes on",
            log=folder.log,
            code=ExitCode.TIME_OUT,
        )
    failure = bank_failed(folder, slow)
    states = ", ".join(f"{bank.id} {bank.state}" for bank in status.banks if bank.id in waiting)
    return Failure(
        f"not ready within {timeout_s:.0f} s: {states}",
        why=slow.note or slow.said,
        do="bankfed ps shows how it goes on; bankfed down ends all",
        log=failure.log,
        detail=failure.detail,
        code=ExitCode.TIME_OUT,
    )


def stay(started: Started, ticks: Ticks, set_handler: Callable[..., object] = signal.signal) -> int:
    """`--foreground`: until the supervisor ends. Ctrl-C once: in order. Twice: at once. A lost terminal: in order."""
    supervisor = started.supervisor
    assert supervisor is not None
    heard = 0

    def hear(number: int, _frame: object) -> None:
        nonlocal heard
        heard += 1
        again = heard > 1 and number == signal.SIGINT
        ticks.say("stopping at once" if again else "stopping; Ctrl-C again stops at once")
        supervisor.send_signal(signal.SIGQUIT if again else signal.SIGTERM)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        set_handler(number, hear)
    return supervisor.wait()
