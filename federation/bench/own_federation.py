"""A federation that a bench starts for itself, as `bankfed up` would: launcher, real Kafka, forked banks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from federation.audit.reading import reading
from federation.audit.verdict import judge
from federation.bench.counter import Counter
from federation.bench.figure import Say
from federation.bench.served import Served
from federation.folder import Folder
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

    def cpu_s(self) -> float:
        """Spent so far by all banks and the broker."""
        broker_s = self._broker.cpu_s() if self._broker else 0.0
        return broker_s + sum(bank.served.cpu_s() for bank in self.banks.values())

    def conserved(self) -> bool:
        """What `bankfed verify` says."""
        with reading(read_roster(self.folder)) as read:
            return judge(read).ok


@contextmanager
def open_federation(folder: Path, banks: int, say: Say) -> Iterator[OwnFederation]:
    """Up until the end of the block, on any free ports. Raises Failure."""
    say(f"starting {banks} banks on Kafka")
    home = Folder(folder / "federation")
    try:
        start(home, Wish(banks=banks, any_port=True), Quiet())
        yield OwnFederation(wait_ready(home, Quiet(), timeout_s=180))
    finally:
        if home.exists():
            down(home, Quiet())
