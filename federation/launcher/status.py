"""How the federation is: the supervisor's state.json and each bank's own word, put together. Reads only."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from federation.folder import Folder
from federation.launcher import readiness
from federation.launcher.processes import Process, usage_of
from federation.spec import BankSpec, FederationSpec

ASKED = ("starting", "up")  # of a bank in these states its own word counts


@dataclass(frozen=True, slots=True)
class BankStatus:
    """`state`: ready, degraded (no broker), suspect (its books lack what it has told other banks), starting, not ready,
    silent, stopping, stopped, crashed, failed, down."""

    id: str
    url: str
    state: str
    pid: int | None
    database: str
    outbox_pending: int | None = None
    lag: int | None = None
    rss_mib: float | None = None
    cpu_percent: float | None = None  # of one core, since it was started
    uptime_s: float | None = None
    restarts: int = 0
    said: str = ""  # the last thing its supervisor wrote about it
    note: str = ""  # why it is suspect, if it is; else what it says of its broker, if it has none
    foreign: bool = False  # what answers at its port is another bank

    @property
    def serves(self) -> bool:
        return self.state in ("ready", "degraded", "suspect")


@dataclass(frozen=True, slots=True)
class BrokerStatus:
    """`state`: up, starting, degraded, paused, stopping, stopped, died, failed, away (a foreign one), left, down.

    `left`: it runs, but its supervisor is gone.
    """

    kind: str
    bootstrap: str
    state: str
    pid: int | None
    note: str = ""
    rss_mib: float | None = None
    uptime_s: float | None = None


@dataclass(frozen=True, slots=True)
class FederationStatus:
    federation_id: str
    data: Path
    world: Path
    running: bool  # its supervisor lives
    ending: bool
    supervisor_pid: int | None
    broker: BrokerStatus
    banks: tuple[BankStatus, ...]
    stopped: tuple[str, ...] = ()  # on purpose
    already: bool = False  # `up` found it running

    @property
    def all_ready(self) -> bool:
        return self.broker.state == "up" and all(bank.state == "ready" for bank in self.banks)

    @property
    def none_running(self) -> bool:
        return not self.running and not any(bank.pid for bank in self.banks)

    def found_running(self) -> FederationStatus:
        return replace(self, already=True)

    def as_json(self) -> dict[str, Any]:
        """The members of `up --json` and `ps --json`."""
        return {
            "federation_id": self.federation_id,
            "world": str(self.world),
            "data": str(self.data),
            "console_url": None,
            "supervisor_pid": self.supervisor_pid,
            "broker": _members(self.broker),
            "banks": [_members(bank) for bank in self.banks],
        }


def supervisor_of(folder: Folder, state: Mapping[str, Any] | None = None) -> Process | None:
    """The living supervisor of this folder, if any."""
    found = Process.from_json((state if state is not None else folder.state()).get("supervisor"))
    return found if found is not None and found.alive else None


def look(
    folder: Folder, timeout_s: float = readiness.ANSWER_S_MAX, spec: FederationSpec | None = None
) -> FederationStatus:
    """Raises Failure where there is no federation."""
    spec = spec or folder.read_spec()
    state = folder.state()
    supervisor = supervisor_of(folder, state)
    kept: Mapping[str, Mapping[str, Any]] = state.get("banks", {})
    running = {name: one for name, one in kept.items() if _living(one.get("process")) is not None}
    said = readiness.ask_all([bank for bank in spec.banks if bank.id in running], timeout_s)
    banks = tuple(
        _bank(bank, folder, kept.get(bank.id, {}), said.get(bank.id), bool(supervisor), spec.federation_id)
        for bank in spec.banks
    )
    broker = _broker(spec, state.get("broker", {}), bool(supervisor))
    stopped = tuple(name for name, one in kept.items() if one.get("state") == "stopped")
    return FederationStatus(
        federation_id=spec.federation_id,
        data=folder.root,
        world=folder.world_json,
        running=supervisor is not None,
        ending=bool(state.get("ending")),
        supervisor_pid=supervisor.pid if supervisor else None,
        broker=broker,
        banks=banks,
        stopped=(*stopped, "broker") if broker.state == "stopped" else stopped,
    )


def _bank(
    bank: BankSpec,
    folder: Folder,
    kept: Mapping[str, Any],
    said: readiness.Readyz | None,
    supervised: bool,
    federation_id: str,
) -> BankStatus:
    process = _living(kept.get("process"))
    uptime_s, cpu, rss_mib = None, None, None
    if process is not None:
        uptime_s = _ago_s(kept.get("process_since_us"))
        used = usage_of(process.pid)
        if used is not None:
            rss_mib = round(used[0], 1)
            cpu = round(100 * used[1] / uptime_s, 1) if uptime_s else None
    ours = {"bank": bank.id, "federation_id": federation_id}
    foreign = said is not None and any(said.get(name, value) != value for name, value in ours.items())
    return BankStatus(
        id=bank.id,
        url=bank.url,
        state=_bank_state(kept.get("state", ""), None if foreign else said, process, supervised),
        pid=process.pid if process else None,
        database=str((said or {}).get("database") or folder.database(bank.id)),
        outbox_pending=(said or {}).get("outbox_pending"),
        lag=(said or {}).get("lag"),
        rss_mib=rss_mib,
        cpu_percent=cpu,
        uptime_s=uptime_s,
        restarts=int(kept.get("restarts", 0)),
        said=str(kept.get("said", "")),
        note=_note(said),
        foreign=foreign,
    )


def _note(said: readiness.Readyz | None) -> str:
    suspicion = (said or {}).get("suspect")
    if isinstance(suspicion, dict):
        return str(suspicion.get("reason") or "")
    link = (said or {}).get("broker")
    return str(link.get("note") or "") if isinstance(link, dict) and link.get("state") != "up" else ""


def _bank_state(kept: str, said: readiness.Readyz | None, process: Process | None, supervised: bool) -> str:
    if not supervised and process is None:
        return "down"
    if kept not in ASKED:
        return kept or "starting"
    if process is None:
        return "starting" if kept == "starting" else "crashed"
    if said is None:
        return "starting" if kept == "starting" else "silent"
    if not said["ok"]:
        return "not ready"
    return str(said["status"]) if said.get("status") in ("degraded", "suspect") else "ready"


def _broker(spec: FederationSpec, kept: Mapping[str, Any], supervised: bool) -> BrokerStatus:
    living = [process for one in kept.get("processes", ()) if (process := _living(one)) is not None]
    state = str(kept.get("state", "starting")) if supervised else "left" if living else "down"
    if state == "up" and kept.get("processes") and not living:
        state = "died"  # the supervisor has not seen it yet
    sizes = [used[0] for process in living if (used := usage_of(process.pid)) is not None]
    return BrokerStatus(
        kind=str(kept.get("kind", spec.broker.kind)),
        bootstrap=str(kept.get("bootstrap", "")),
        state=state,
        pid=living[0].pid if living else None,
        note=str(kept.get("note", "")) if supervised else "",
        rss_mib=round(sum(sizes), 1) if sizes else None,
        uptime_s=_ago_s(kept.get("since_us")) if state == "up" else None,
    )


def _living(found: Any) -> Process | None:
    process = Process.from_json(found)
    return process if process is not None and process.alive else None


def _ago_s(since_us: Any) -> float | None:
    return None if not since_us else round(max(0.0, time.time() - since_us / 1_000_000), 1)


def _members(one: BankStatus | BrokerStatus) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__slots__}
