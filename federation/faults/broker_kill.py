"""The broker's processes die at once (SIGKILL), as in a power cut; started again when it is healed. What it had
acknowledged it still has.

Limits: a broker that somebody else runs cannot be killed. What the system had not written to the disk is still in its
memory: this is no power cut of the machine.
"""

from __future__ import annotations

from typing import ClassVar

from federation.brokers.broker import BrokerState, Stopped
from federation.faults.fault import Bite
from federation.faults.site import Site


class BrokerKill:
    name: ClassVar[str] = "broker-kill"

    def __init__(self, site: Site) -> None:
        self._broker = site.broker
        self._how = Stopped.NOTHING
        self._down = False

    def inject(self) -> None:
        self._how = self._broker.kill()
        self._down = self._broker.state is BrokerState.DOWN

    def heal(self) -> None:
        if self._broker.ours:
            self._broker.start()

    def bite(self) -> Bite:
        bit = self._down and self._how is Stopped.KILL
        return Bite(bit, "the broker was killed" if bit else "the broker was not running")
