"""What the supervisor writes down: JSON lines to its log, and state.json whenever something has changed."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from federation.folder import Folder, write_json
from federation.launcher.broker_keeper import BrokerKeeper
from federation.launcher.keeper import Keeper
from federation.launcher.processes import Process

EVENTS_MAX = 100


def print_line(at_us: int, who: str, event: str, level: str) -> None:
    """A line of the supervisor's log."""
    ts = datetime.fromtimestamp(at_us / 1_000_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = {"ts": ts, "bank": who, "level": level, "event": event}
    print(json.dumps(line, ensure_ascii=False), file=sys.stdout, flush=True)


class Diary:
    def __init__(self, folder: Folder, now_us: Callable[[], int] = lambda: time.time_ns() // 1000) -> None:
        self._folder = folder
        self._now_us = now_us
        self._events: list[dict[str, Any]] = []
        self._since_us: dict[str, tuple[str, int]] = {}
        self._births: dict[int, Process] = {}
        self._named: set[int] = set()  # pids of the state being written; a birth of any other is forgotten
        self._written: dict[str, Any] = {}
        self._started_us = now_us()

    def say(self, who: str, words: str, level: str = "info") -> None:
        """`who` is a bank's id, `broker`, or empty for the supervisor itself."""
        at_us = self._now_us()
        self._events = [*self._events, {"at_us": at_us, "who": who, "text": words}][-EVENTS_MAX:]
        print_line(at_us, who or "supervisor", f"{who or 'the supervisor'}: {words}", level)

    def write(
        self,
        keepers: Mapping[str, Keeper],
        broker: BrokerKeeper,
        zygote_pid: int | None,
        ending: bool,
        ended: bool = False,
        faults_pid: int | None = None,
    ) -> None:
        """Only if something has changed. `ended`: the last time, nobody is there any more."""
        self._named = set()
        state = {
            "supervisor": None if ended else self._identity(os.getpid()),
            "zygote": self._identity(zygote_pid),
            "faults": self._identity(faults_pid),
            "started_us": self._started_us,
            "ending": ending,
            "broker": broker.as_json()
            | {
                "since_us": self._changed("broker", str(broker.state)),
                "processes": [self._identity(pid) for pid in broker.pids],
            },
            "banks": {
                keeper.bank_id: {
                    "state": str(keeper.state),
                    "since_us": self._changed(keeper.bank_id, str(keeper.state)),
                    "process_since_us": self._changed(f"{keeper.bank_id} process", str(keeper.pid)),
                    "process": self._identity(keeper.pid),
                    "restarts": keeper.restarts,
                    "said": keeper.said,
                }
                for keeper in keepers.values()
            },
            "events": self._events,
        }
        if state != self._written:
            write_json(self._folder.state_json, state)
            self._written = state
            self._births = {pid: birth for pid, birth in self._births.items() if pid in self._named}

    def _changed(self, who: str, state: str) -> int:
        """Since when it is as it is."""
        before, since_us = self._since_us.get(who, ("", 0))
        if before != state:
            since_us = self._now_us()
            self._since_us[who] = (state, since_us)
        return since_us

    def _identity(self, pid: int | None) -> dict[str, float] | None:
        if pid is None:
            return None
        self._named.add(pid)
        if pid not in self._births:
            found = Process.of(pid)
            if found is None:
                return None
            self._births[pid] = found
        return self._births[pid].as_json()
