"""The broker is asked to end (SIGTERM), and is started when it is healed. Its data stay.

Limits: a broker that somebody else runs cannot be stopped. The start takes some seconds, the healing waits for it.
"""

from __future__ import annotations

from typing import ClassVar

from federation.brokers.broker import BrokerState, Stopped
from federation.faults.fault import Bite
from federation.faults.site import Site

START_S = 180.0  # on a machine that works for others too


class BrokerStop:
    name: ClassVar[str] = "broker-stop"

    def __init__(self, site: Site) -> None:
        self._broker = site.broker
        self._how = Stopped.NOTHING
        self._down = False

    def inject(self) -> None:
        self._how = self._end()
        self._down = self._broker.state is BrokerState.DOWN

    def heal(self) -> None:
        if self._broker.ours:
            self._broker.start(timeout_s=START_S)

    def bite(self) -> Bite:
        bit = self._down and self._how is not Stopped.NOTHING
        return Bite(bit, f"the broker {self._told()}" if bit else "the broker was not running")

    def _end(self) -> Stopped:
        return self._broker.stop()

    def _told(self) -> str:
        asked = self._how is Stopped.TERM
        return "ended by itself when it was asked" if asked else "was asked to end, and ended by force"
