"""What stayed quiet for too long is said again. Which transfers these are is for `operations.redrive` to know.

It looks before it asks for a unit of work: nearly always there is nothing to do, and a commit a second is not nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from bank_node.broker.loop import BackOff
from bank_node.operations.redrive import redrive_due
from bank_node.store.commit import StoreUnavailable

WRITER_PATIENCE_S = 30.0


class Sweeper:
    def __init__(
        self, submit: Callable[..., Future[Any]], limit: int, is_time: Callable[[], bool] = lambda: True
    ) -> None:
        self._submit, self._limit, self._is_time = submit, limit, is_time
        self.said_again = 0

    def tick(self) -> int:
        """How many transfers were said again; more than nothing means that there may be more at once."""
        if not self._is_time():
            return 0
        try:
            again = int(self._submit(redrive_due, self._limit).result(WRITER_PATIENCE_S))
        except StoreUnavailable as why:
            raise BackOff(f"the database: {why}") from why
        self.said_again += again
        return again
