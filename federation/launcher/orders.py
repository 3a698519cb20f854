"""stop, start and restart of one bank or the broker: an order to the supervisor, and what became of it."""

from __future__ import annotations

import time
from typing import Any

from federation.failure import ExitCode, Failure
from federation.folder import Folder
from federation.launcher import mailbox
from federation.launcher.processes import Process
from federation.launcher.starting import READY_S_MAX, Ticks, bank_failed
from federation.launcher.status import BankStatus, BrokerStatus, look, supervisor_of
from federation.spec import FederationSpec

POLL_S = 0.05


def stop(folder: Folder, target: str, ticks: Ticks, kill: bool = False) -> BankStatus | BrokerStatus:
    """It stays down until it is started again. Raises Failure."""
    spec, supervisor, target = _ready_for(folder, target)
    before = _seen(folder, spec, target)
    if before.state == "stopped":
        return before
    mailbox.post(folder, supervisor, {"do": "stop", "target": target, "kill": kill})
    return _until(folder, spec, target, ("stopped",), ticks)


def start(folder: Folder, target: str, ticks: Ticks) -> BankStatus | BrokerStatus:
    """Returns when it serves. Raises Failure with its last words if it does not."""
    spec, supervisor, target = _ready_for(folder, target)
    mailbox.post(folder, supervisor, {"do": "start", "target": target})
    return _until(folder, spec, target, ("up",) if target == "broker" else ("ready", "degraded", "suspect"), ticks)


def restart(folder: Folder, target: str, ticks: Ticks, kill: bool = False) -> BankStatus | BrokerStatus:
    stop(folder, target, ticks, kill)
    return start(folder, target, ticks)


def _ready_for(folder: Folder, target: str) -> tuple[FederationSpec, Process, str]:
    spec = folder.read_spec()
    names = [bank.id for bank in spec.banks]
    target = "broker" if target.lower() == "broker" else target.upper()
    if target not in (*names, "broker"):
        raise Failure(f"there is no bank {target}", why=f"here are {', '.join(names)} and broker", code=ExitCode.USAGE)
    if target == "broker" and not spec.broker.is_ours:
        raise Failure(
            "this broker is not ours to stop or start",
            why=f"it is {spec.broker.kind}, and others may use it",
            code=ExitCode.USAGE,
        )
    supervisor = supervisor_of(folder)
    if supervisor is None:
        raise Failure("the federation does not run", do="bankfed up", code=ExitCode.NOT_RUNNING)
    return spec, supervisor, target


def _seen(folder: Folder, spec: FederationSpec, target: str) -> BankStatus | BrokerStatus:
    status = look(folder, spec=spec)
    return status.broker if target == "broker" else next(bank for bank in status.banks if bank.id == target)


def _until(
    folder: Folder, spec: FederationSpec, target: str, wanted: tuple[str, ...], ticks: Ticks
) -> BankStatus | BrokerStatus:
    until = time.monotonic() + READY_S_MAX
    while True:
        seen = _seen(folder, spec, target)
        if seen.state in wanted:
            return seen
        if seen.state == "failed" or time.monotonic() > until:
            raise _gave_up(folder, seen)
        ticks.running(getattr(seen, "note", "") or f"{target} {seen.state}")
        time.sleep(POLL_S)


def _gave_up(folder: Folder, seen: Any) -> Failure:
    if isinstance(seen, BankStatus):
        return bank_failed(folder, seen)
    what, _, detail = seen.note.partition("\n")
    return Failure(f"the broker is {seen.state}", why=what, detail=detail, log=folder.log, code=ExitCode.TIME_OUT)
