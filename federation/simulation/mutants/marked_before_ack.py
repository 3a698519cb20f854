"""The outbox row is marked as published before the broker has it, and what the broker says then is not heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bank_node.operations.publishing import Published
from bank_node.store.unit import OutboxRow
from bank_node.transfers.ports import NotAcked
from federation.simulation.mutants import nothing_said_again
from federation.simulation.mutants.process import Process, wrap

beside = nothing_said_again.plant
SendRows = Callable[[Any, list[OutboxRow]], NotAcked | None]


def plant(process: Process) -> None:
    beside(process)
    relay = process.post.relay

    def mark_first(send_rows: SendRows) -> Callable[[Any, list[OutboxRow]], None]:
        def mark_and_send(lane: Any, rows: list[OutboxRow]) -> None:
            relay._mark([Published(row, 0, 0) for row in rows])
            relay._settle_marks(waiting_max=0)
            send_rows(lane, rows)

        return mark_and_send

    wrap(relay, "_send_rows", mark_first)
