"""Accepted is said before it is committed: the commit is left to whoever writes next."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bank_node.store.commit import Job
from bank_node.store.unit import Committed
from federation.simulation.mutants.process import Process, wrap


def plant(process: Process) -> None:
    commits, connection = process.commits, process.commits.connection
    told = Committed()

    def after_the_one_before(begin: Callable[[], None]) -> Callable[[], None]:
        def commit_and_begin() -> None:
            if connection.in_transaction:
                connection.execute("COMMIT")
            begin()

        return commit_and_begin

    def telling_of_the_one_before(run: Callable[[Sequence[Job]], Committed]) -> Callable[[Sequence[Job]], Committed]:
        def run_and_tell(jobs: Sequence[Job]) -> Committed:
            nonlocal told
            before, told = told, run(jobs)
            return before

        return run_and_tell

    wrap(commits, "_begin", after_the_one_before)
    wrap(commits, "_commit", lambda _: lambda: None)
    wrap(commits, "run", telling_of_the_one_before)
