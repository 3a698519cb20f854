"""A federation that a bench starts for itself, as `bankfed up` would: launcher, real Kafka, forked banks."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from federation.audit.reading import reading
from federation.audit.verdict import judge
from federation.bench.counter import Counter
from federation.bench.figure import Say
from federation.bench.served import Served
from federation.folder import Folder
from federation.launcher import orders
from federation.launcher.plan import Wish
from federation.launcher.starting import start, wait_ready
from federation.launcher.status import FederationStatus
from federation.launcher.stopping import down
from federation.roster import read_roster


class Quiet:
    """Ticks that keep their progress to themselves."""

    def say(self, text: str) -> None: ...

    def running(self, text: str) -> None: ...

    def done(self, text: str, took_s: float | None = None, level: str = "ok") -> None: ...


class OwnFederation:
    def __init__(self, status: FederationStatus) -> None:
        self.folder = status.data
        self.bootstrap = status.broker.bootstrap
        world = json.loads(status.world.read_text(encoding="utf-8"))
        entries = {entry["id"]: entry for entry in world["banks"]}
        self.banks = {
            bank.id: Counter(entries[bank.id], Served(urlsplit(bank.url).port or 0, bank.pid or 0), Path(bank.database))
            for bank in status.banks
        }
        self._broker = Served(0, status.broker.pid) if status.broker.pid else None
        self._asleep: set[str] = set()
        self._ended_cpu_s = 0.0

    def cpu_s(self) -> float:
        """Spent so far by all banks and the broker, in all their lives."""
        broker_s = self._broker.cpu_s() if self._broker else 0.0
        awake = (bank.served for name, bank in self.banks.items() if name not in self._asleep)
        return broker_s + self._ended_cpu_s + sum(served.cpu_s() for served in awake)

    def stop(self, bank_id: str) -> None:
        self._ended_cpu_s += self.banks[bank_id].served.cpu_s()
        self._asleep.add(bank_id)
        orders.stop(Folder(self.folder), bank_id, Quiet())

    def start(self, bank_id: str) -> None:
        """Returns when it serves."""
        found = orders.start(Folder(self.folder), bank_id, Quiet())
        bank = self.banks[bank_id]
        bank.served = Served(bank.served.port, found.pid or 0)
        self._asleep.discard(bank_id)

    def conserved(self) -> bool:
        """What `bankfed verify` says."""
        with reading(read_roster(self.folder)) as read:
            return judge(read).ok


@contextmanager
def open_federation(
    folder: Path, banks: int, say: Say, settings: Mapping[str, str] | None = None
) -> Iterator[OwnFederation]:
    """Up until the end of the block, on any free ports, with these settings for every bank. Raises Failure."""
    say(f"starting {banks} banks on Kafka")
    home = Folder(folder / "federation")
    os.environ.update(settings or {})
    try:
        start(home, Wish(banks=banks, any_port=True), Quiet())
        yield OwnFederation(wait_ready(home, Quiet(), timeout_s=180))
    finally:
        if home.exists():
            down(home, Quiet())
