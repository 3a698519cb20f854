"""The outbox row is marked as published before the broker has it, and what the broker says then is not heard."""

from __future__ import annotations

from collections.abc import Callable

from bank_node.operations.publishing import Published
from bank_node.store.unit import OutboxRow
from bank_node.transfers.ports import NotAcked
from federation.simulation.mutants import nothing_said_again
from federation.simulation.mutants.process import Process, wrap

beside = nothing_said_again.plant


def plant(process: Process) -> None:
    beside(process)
    relay = process.post.relay

    def mark_first(send_rows: Callable[[list[OutboxRow]], NotAcked | None]) -> Callable[[list[OutboxRow]], None]:
        def mark_and_send(rows: list[OutboxRow]) -> None:
            relay._mark([Published(row, 0, 0) for row in rows])
            relay._settle_marks(waiting_max=0)
            send_rows(rows)

        return mark_and_send

    wrap(relay, "_send_rows", mark_first)
