"""`down`: ends a federation in order, and what a dead supervisor left behind; says what is left."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from federation.failure import Failure
from federation.folder import Folder
from federation.launcher.broker_keeper import broker_of
from federation.launcher.processes import Process, end_all
from federation.launcher.status import supervisor_of

END_S_MAX = 60.0  # banks 10 s, three broker nodes 10 s each, and some more


class Ticks(Protocol):
    def running(self, text: str) -> None: ...

    def done(self, text: str, took_s: float | None = None, level: str = "ok") -> None: ...


@dataclass(slots=True)
class Ended:
    """`stopped` is name and how (stopped, killed …); `left` names what still runs: nothing, if all is well."""

    stopped: list[tuple[str, str]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def down(folder: Folder, ticks: Ticks) -> Ended:
    """Idempotent. Raises Failure where there is no federation."""
    folder.read_spec()
    with folder.locked():
        return end(folder, ticks)


def end(folder: Folder, ticks: Ticks) -> Ended:
    """As `down`; the caller holds the lock."""
    began = time.monotonic()
    ended = Ended()
    supervisor = supervisor_of(folder)
    if supervisor is not None:
        before = {name: one.get("state") for name, one in _everyone(folder.state())}
        _end_supervisor(folder, supervisor, ticks)
        for name, one in _everyone(folder.state()):
            if before.get(name) not in ("stopped", "away", "failed", "died", "crashed"):
                how = str(one.get("said") or one.get("state", ""))
                ended.stopped.append((name, how))
                ticks.done(f"{name} {how}", time.monotonic() - began, "warn" if "killed, because" in how else "ok")
    clear_away(folder, ticks, ended)
    ended.left = [f"{name} (pid {process.pid})" for name, process in _recorded(folder.state()) if process.alive]
    return ended


def _end_supervisor(folder: Folder, supervisor: Process, ticks: Ticks) -> None:
    supervisor.send(signal.SIGTERM)
    until = time.monotonic() + END_S_MAX
    while supervisor.alive and time.monotonic() < until:
        busy = [name for name, one in _everyone(folder.state()) if one.get("state") != "stopped"]
        ticks.running(f"stopping {', '.join(busy)}")
        supervisor.gone_within(0.05)
    if supervisor.alive:
        supervisor.send(signal.SIGKILL)
        supervisor.gone_within(2.0)
        ticks.done(f"the supervisor did not end within {END_S_MAX:.0f} s and was killed", level="warn")


def clear_away(folder: Folder, ticks: Ticks, ended: Ended | None = None) -> None:
    """Ends processes that a dead supervisor left behind. The caller holds the lock; no supervisor runs."""
    ended = ended if ended is not None else Ended()
    recorded = list(_recorded(folder.state()))
    banks = {process: name for name, process in recorded if name != "broker"}
    for process, how in end_all(banks):
        ended.stopped.append((banks[process], f"left behind; {how}"))
        ticks.done(f"{banks[process]} was left behind (pid {process.pid}): ended by {how}", level="warn")
    if not folder.exists() or not any(process.alive for name, process in recorded if name == "broker"):
        return
    with suppress(Failure):  # a spec nobody can read: what is alive is told as left
        broker = broker_of(folder.read_spec(), folder)
        if broker.ours:
            how = str(broker.stop())
            ended.stopped.append(("broker", f"left behind; {how}"))
            ticks.done(f"the broker was left behind: ended by {how}", level="warn")


def _everyone(state: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from state.get("banks", {}).items()
    if state.get("broker"):
        yield "broker", state["broker"]


def _recorded(state: dict[str, Any]) -> Iterator[tuple[str, Process]]:
    """Every process that state.json names, but for the supervisor."""
    for name, one in _everyone(state):
        for found in (one.get("process"), *one.get("processes", ())):
            process = Process.from_json(found)
            if process is not None:
                yield name, process
    for name in ("zygote", "faults"):
        process = Process.from_json(state.get(name))
        if process is not None:
            yield name, process
