"""A message about money goes out from within the unit of work that writes it down, which may still be rolled back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from bank_node.broker.sealing import KeyWanted, Unsendable
from bank_node.transfers.ports import BrokerAway
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from federation.simulation.mutants.process import Process, wrap


def plant(process: Process) -> None:
    relay, unit = process.post.relay, process.books.unit

    def at_once(queue: Callable[..., int]) -> Callable[..., int]:
        def queue_and_publish(now_us: int, **message: Any) -> int:
            seq = queue(now_us, **message)
            if message["topic"] == EXTERNAL_TRANSFERS:
                with suppress(BrokerAway, KeyWanted, Unsendable):
                    relay._make_ready()
                    relay._publisher.publish([relay._seal(unit.committed.queued[-1])], relay._timeout_s)
            return seq

        return queue_and_publish

    wrap(process.books.outbox, "queue", at_once)
