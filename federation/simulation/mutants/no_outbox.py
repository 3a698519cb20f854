"""What is committed is published from memory, once: there is no outbox to look into after a failure or a restart."""

from __future__ import annotations

from federation.simulation.mutants import nothing_said_again
from federation.simulation.mutants.process import Process, wrap

beside = nothing_said_again.plant


def plant(process: Process) -> None:
    beside(process)
    relay = process.post.relay
    wrap(relay, "_take", lambda _: relay._remembered)
