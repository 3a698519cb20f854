"""After a scenario: everything that may still be broken is as it was. The scenario has healed what it broke; this is
for what came to nothing half way.

A bank that was killed on purpose is started again. One that ended by itself is not: it is dead, and that is told.
"""

from __future__ import annotations

from contextlib import suppress

from federation.brokers.broker import BrokerState
from federation.failure import Failure
from federation.grading.ground.federation import Federation


def mend(federation: Federation) -> None:
    """Raises Unfit where a bank does not come back, Failure where the broker does not."""
    federation.wire.heal()
    broker = federation.broker
    if broker.state is BrokerState.PAUSED:
        broker.resume()
    if broker.state is not BrokerState.UP:
        broker.start()
    for bank in federation.in_custody.values():
        if bank.is_running:
            bank.resume()
            bank.cap_files(None)
        elif not bank.died:
            bank.start()
    for bank in federation.in_custody.values():
        bank.until_ready()


def mend_roughly(federation: Federation) -> None:
    """As far as it goes, after trouble: what is left is founded anew."""
    with suppress(Failure):
        federation.wire.heal()
        if federation.broker.state is BrokerState.PAUSED:
            federation.broker.resume()
