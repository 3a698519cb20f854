"""Many operations, one unit of work: the whole of it is committed, or the one that cannot be is found and left out.

A Refusal comes before an operation's first write and leaves nothing behind. Any other failure rolls the batch back and
does it again one by one, so that only the bad one fails.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bank_node.clock import Clock, Ids
from bank_node.ledger.errors import Refusal
from bank_node.store.books import Books
from bank_node.store.unit import Committed

Operation = Callable[..., Any]


class StoreUnavailable(Exception):
    """The database is locked, full or gone. Nothing of the unit of work was kept; it may be tried again."""


@dataclass(slots=True)
class Job:
    """An operation on its way; afterwards its result, or the exception it ended with."""

    operation: Operation
    arguments: tuple[Any, ...]
    result: Any = None
    error: BaseException | None = None


class Commits:
    """Runs jobs on the writing connection. One thread uses it."""

    def __init__(self, connection: Any, books: Books, clock: Clock, ids: Ids) -> None:
        self._connection = connection
        self._books = books
        self._clock = clock
        self._ids = ids
        self._begin = "BEGIN IMMEDIATE" if books.unit.dialect == "sqlite" else "BEGIN"

    def run(self, jobs: Sequence[Job]) -> Committed:
        """Does the jobs, fills in their results, and says what was committed."""
        done = self._together(jobs)
        if done is not None:
            return done
        whole = Committed()
        for job in jobs:
            job.result = job.error = None
            alone = self._together((job,))
            if alone is not None:
                whole.queued += alone.queued
                whole.rung |= alone.rung
        return whole

    def _together(self, jobs: Sequence[Job]) -> Committed | None:
        """None: rolled back, because of the one job's error or to be done again one by one."""
        unit = self._books.unit
        try:
            unit.start_over()
            self._connection.execute(self._begin)
            now_us = self._clock.now_us()
            for job in jobs:
                before = unit.writes
                try:
                    job.result = job.operation(self._books, now_us, self._ids, *job.arguments)
                except Refusal as refusal:
                    job.error = refusal
                    if unit.writes != before:
                        self._roll_back()
                        return None
            self._books.ledger.settle()
            self._connection.execute("COMMIT")
        except Exception as error:
            self._roll_back()
            if _unavailable(error):
                for job in jobs:
                    job.error = StoreUnavailable(str(error))
                return Committed()
            if len(jobs) == 1:
                jobs[0].error = error
            return None
        except BaseException:  # a simulated crash: the process is gone, what was committed stays
            self._roll_back()
            raise
        return unit.committed

    def _roll_back(self) -> None:
        self._books.ledger.forget()
        with suppress(Exception):  # there may be no open transaction: begin itself failed, or the driver rolled back
            self._connection.execute("ROLLBACK")


def _unavailable(error: Exception) -> bool:
    """Locked, full, out of reach: the database's state, not the operation's fault."""
    return type(error).__name__ in ("OperationalError", "DiskFull", "LockNotAvailable", "AdminShutdown")
