"""The bank credits or refuses what it is sent, and says nothing about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bank_node.transfers.messages import ANSWERS
from federation.simulation.mutants.process import Process, wrap


def plant(process: Process) -> None:
    def silent(queue: Callable[..., int]) -> Callable[..., int]:
        return lambda now_us, **message: 0 if message["type_"] in ANSWERS else queue(now_us, **message)

    def deaf(queue_again: Callable[..., bool]) -> Callable[..., Any]:
        return lambda seq, type_, *more: type_ not in ANSWERS and queue_again(seq, type_, *more)

    wrap(process.books.outbox, "queue", silent)
    wrap(process.books.outbox, "queue_again", deaf)
