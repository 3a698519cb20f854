"""Units of work over a connection that can be lost: PostgreSQL's. What SQLite does is in `commit`.

A line cut before the commit costs nothing: the work is done again over a new one. A line cut at the commit leaves
its fate open: before anybody is answered, the books are asked whether they have the mark that the unit of work made.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

from bank_node.clock import Clock, Ids
from bank_node.settings import BankSettings
from bank_node.store import postgresql
from bank_node.store.books import Books
from bank_node.store.commit import Commits, Job
from bank_node.store.errors import DatabaseProblem, StoreUnavailable, StoreUnsure
from bank_node.store.unit import Committed

AGAIN_S = 0.05  # between two questions for a fate that is not settled yet
KEPT, LOST, OPEN = "kept", "lost", "open"


class ServerCommits(Commits):
    """`connect` gives a new writing connection. One thread uses it."""

    def __init__(
        self, connect: Callable[[], Any], books: Books, clock: Clock, ids: Ids, settings: BankSettings
    ) -> None:
        super().__init__(books.unit.connection, books, clock, ids)
        self._connect = connect
        self._settings = settings
        self._name = f"writer {uuid4().hex}"  # of its own mark: no other writer of this bank writes over it
        self._unit = 0  # the number of the unit of work under way
        self._open: tuple[int, Committed] | None = None  # a commit whose fate nobody knows yet
        self._backoff_ms = 0
        self._not_before_s = 0.0
        self._why = ""

    def run(self, jobs: Sequence[Job]) -> Committed:
        if not self._connected():
            return self._refuse(jobs)
        learned, line = self._learned(), self.connection
        if learned is None:
            return self._refuse(jobs)
        done = super().run(jobs)
        undone = [job for job in jobs if type(job.error) is StoreUnavailable] if line.closed else []
        if undone and self._open is None and self._connected():
            for job in undone:
                job.result = job.error = None
            done.add(super().run(undone))
        elif undone:
            self._refuse(undone)
        done.add(learned)
        return done

    def _refuse(self, jobs: Sequence[Job]) -> Committed:
        for job in jobs:
            job.error = StoreUnavailable(self._why)
        return Committed()

    def close(self) -> None:
        with suppress(Exception):  # a mark left behind harms nobody
            self.connection.execute(postgresql.FORGET_MARK, (self._name,))
        super().close()

    def _begin(self) -> None:
        self.connection.execute(postgresql.BEGIN)
        self._unit += 1

    def _commit(self) -> None:
        try:
            self.connection.execute(postgresql.commit(self._name, self._unit))
        except Exception as lost:
            if not self.connection.closed:
                raise
            if self._fate_of_this() == LOST:
                words = f"the connection was lost at the commit; nothing was kept ({lost})"
                raise StoreUnavailable(words) from lost

    def _connected(self) -> bool:
        """True with a connection that was not lost, as far as one knows; tries for a new one when it is time to."""
        if not self.connection.closed:
            return True
        if time.monotonic() < self._not_before_s:
            return False
        try:
            self.connection = self._books.unit.connection = self._connect()
        except DatabaseProblem as problem:
            least, most = self._settings.backoff_ms_min, self._settings.backoff_ms_max
            self._backoff_ms = min(most, max(least, self._backoff_ms * 2))
            self._not_before_s = time.monotonic() + self._backoff_ms / 1000
            self._why = str(problem)
            return False
        self._backoff_ms = 0
        return True

    def _fate_of_this(self) -> str:
        """KEPT or LOST, over a new connection. Raises StoreUnsure where nobody can tell in time."""
        until_s = time.monotonic() + self._settings.busy_timeout_ms / 1000
        while (fate := self._fate(self._unit)) == OPEN:
            if time.monotonic() > until_s:
                self._open = (self._unit, self._books.unit.committed)
                raise StoreUnsure(self._why or "the server has not settled the commit yet")
            time.sleep(AGAIN_S)
        return fate

    def _fate(self, unit: int) -> str:
        """The lost connection's transaction holds the bank's lock for as long as it is neither kept nor lost."""
        if not self._connected():
            return OPEN
        try:
            self.connection.execute(postgresql.BEGIN)
            mark = self.connection.execute(postgresql.MARK, (self._name,)).fetchone()
            self.connection.execute("ROLLBACK")
        except Exception as error:
            self._why = str(error)
            self._roll_back()
            return OPEN
        return KEPT if mark is not None and mark[0] == str(unit) else LOST

    def _learned(self) -> Committed | None:
        """What an earlier unit of work did, of whose messages the relay has not heard; None while its fate is open."""
        if self._open is None:
            return Committed()
        unit, committed = self._open
        fate = self._fate(unit)
        if fate == OPEN:
            return None
        self._open = None
        return committed if fate == KEPT else Committed()
