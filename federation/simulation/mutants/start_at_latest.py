"""A bank that starts again reads on from the end of the log: what came while it was away is never read."""

from __future__ import annotations

from collections.abc import Callable

from federation.simulation.mutants import nothing_said_again
from federation.simulation.mutants.process import Process, wrap

RECORDS_MAX, POLL_S = 512, 0.5

beside = nothing_said_again.plant


def plant(process: Process) -> None:
    beside(process)
    reader = process.post.consumer._reader

    def to_the_end(assign: Callable[[dict[int, int | None]], None]) -> Callable[[dict[int, int | None]], None]:
        def assign_to_the_end(positions: dict[int, int | None]) -> None:
            assign(positions)
            while reader.behind():
                reader.poll(RECORDS_MAX, POLL_S)

        return assign_to_the_end

    wrap(reader, "assign", to_the_end)
