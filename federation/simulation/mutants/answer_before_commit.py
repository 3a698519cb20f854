"""Done is said before it is committed: cash and what else stays in the house is committed with what comes next."""

from __future__ import annotations

from collections.abc import Callable

from federation.simulation.mutants.process import Process, wrap


def plant(process: Process) -> None:
    commits, connection, unit = process.commits, process.commits.connection, process.books.unit

    def with_what_was_left(begin: Callable[[], None]) -> Callable[[], None]:
        def commit_and_begin() -> None:
            if connection.in_transaction:
                connection.execute("COMMIT")
            begin()

        return commit_and_begin

    def unless_it_stays_here(commit: Callable[[], None]) -> Callable[[], None]:
        return lambda: commit() if unit.committed.queued else None

    wrap(commits, "_begin", with_what_was_left)
    wrap(commits, "_commit", unless_it_stays_here)
