"""Nothing is said twice: a message that was lost stays lost.

No mutant by itself. The re-drive heals whatever loses a record or forgets to send it, so these bugs are harmless in
this bank; they are planted into one that has no re-drive, and count as caught only where that alone breaks no law.
"""

from __future__ import annotations

from federation.simulation.mutants.process import Process, wrap


def plant(process: Process) -> None:
    wrap(process.post.sweeper, "_is_time", lambda _: lambda: False)
