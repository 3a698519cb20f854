"""The broker's processes die at once (SIGKILL), as in a power cut; started again when it is healed. What it had
acknowledged it still has.

Limits: a broker that somebody else runs cannot be killed. What the system had not written to the disk is still in its
memory: this is no power cut of the machine.
"""

from __future__ import annotations

from federation.brokers.broker import Stopped
from federation.faults.broker_stop import BrokerStop


class BrokerKill(BrokerStop):
    name = "broker-kill"

    def _end(self) -> Stopped:
        return self._broker.kill()

    def _told(self) -> str:
        return "was killed"
