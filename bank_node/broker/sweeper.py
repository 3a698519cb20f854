"""What stayed quiet for too long is said again, and what has a time to end is ended: holds, and what else is handed in.

Which these are is for the operations to know. It looks before it asks for a unit of work: nearly always there is
nothing to do, and a commit a second is not nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from bank_node.broker.loop import BackOff
from bank_node.operations.redrive import redrive_due
from bank_node.store.commit import StoreUnavailable

WRITER_PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Chore:
    """`operation(books, now_us, ids, limit)` says how many it has dealt with; `is_time` looks whether there are any."""

    operation: Callable[..., int]
    is_time: Callable[[], bool]


class Sweeper:
    def __init__(
        self,
        submit: Callable[..., Future[Any]],
        limit: int,
        is_time: Callable[[], bool] = lambda: True,
        chores: Sequence[Chore] = (),
    ) -> None:
        self._submit, self._limit, self._is_time, self._chores = submit, limit, is_time, chores
        self.said_again = 0

    def tick(self) -> int:
        """How much there was to do; more than nothing means that there may be more at once."""
        again = self._do(redrive_due) if self._is_time() else 0
        self.said_again += again
        return again + sum(self._do(chore.operation) for chore in self._chores if chore.is_time())

    def _do(self, operation: Callable[..., int]) -> int:
        try:
            return int(self._submit(operation, self._limit).result(WRITER_PATIENCE_S))
        except StoreUnavailable as why:
            raise BackOff(f"the database: {why}") from why
