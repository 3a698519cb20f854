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
from bank_node.store.errors import StoreUnavailable
from bank_node.store.unit import Committed

__all__ = ["Commits", "Job", "Operation", "StoreUnavailable"]

Operation = Callable[..., Any]
_STATES_OF_THE_DATABASE = {"OperationalError", "IdleInTransactionSessionTimeout", "ReadOnlySqlTransaction"}


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
        self.connection = connection
        self._books = books
        self._clock = clock
        self._ids = ids

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
                whole.add(alone)
        return whole

    def close(self) -> None:
        self.connection.close()

    def _together(self, jobs: Sequence[Job]) -> Committed | None:
        """None: rolled back, because of the one job's error or to be done again one by one."""
        unit = self._books.unit
        try:
            self._books.begin()
            self._begin()
            now_us = unit.now_us = self._clock.now_us()
            for job in jobs:
                before = unit.writes
                try:
                    job.result = job.operation(self._books, now_us, self._ids, *job.arguments)
                except Refusal as refusal:
                    job.error = refusal
                    if unit.writes != before:
                        self._roll_back()
                        return None
            self._books.settle()
            self._commit()
        except Exception as error:
            self._roll_back()
            if unavailable := _unavailable(error):
                for job in jobs:
                    job.error = unavailable
                return Committed()
            if len(jobs) == 1:
                jobs[0].error = error
            return None
        except BaseException:  # a simulated crash: the process is gone, what was committed stays
            self._roll_back()
            raise
        return unit.committed

    def _begin(self) -> None:
        self.connection.execute("BEGIN IMMEDIATE")

    def _commit(self) -> None:
        self.connection.execute("COMMIT")

    def _roll_back(self) -> None:
        self._books.ledger.forget()
        with suppress(Exception):  # there may be no open transaction: begin itself failed, or the driver rolled back
            self.connection.execute("ROLLBACK")


def _unavailable(error: Exception) -> StoreUnavailable | None:
    """Locked, full, out of reach, a deadlock: the database's state, not the operation's fault."""
    if isinstance(error, StoreUnavailable):
        return error
    kinds = {kind.__name__ for kind in type(error).__mro__}  # both drivers call it by the names of the DB-API
    return StoreUnavailable(str(error)) if kinds & _STATES_OF_THE_DATABASE else None
