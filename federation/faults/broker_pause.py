"""The broker freezes (SIGSTOP): lines stay open, new ones are taken by the system, and nobody answers.

Limits: a broker that somebody else runs cannot be paused. A cluster of three whose one node is frozen chooses other
leaders after two seconds; here all nodes are meant.
"""

from __future__ import annotations

from typing import ClassVar

from federation.brokers.broker import BrokerState
from federation.faults.broker_stop import START_S
from federation.faults.fault import Bite
from federation.faults.site import Site


class BrokerPause:
    name: ClassVar[str] = "broker-pause"

    def __init__(self, site: Site) -> None:
        self._broker = site.broker
        self._frozen = False

    def inject(self) -> None:
        self._broker.pause()
        self._frozen = self._broker.state is BrokerState.PAUSED

    def heal(self) -> None:
        if self._broker.ours:
            if self._broker.state is BrokerState.PAUSED:
                self._broker.resume()
            self._broker.start(
                timeout_s=START_S
            )  # waits until it serves; and one that somebody killed meanwhile is not left down

    def bite(self) -> Bite:
        return Bite(self._frozen, "the broker was frozen" if self._frozen else "the broker was not running")
