"""The bank's writer without its thread: what is queued is committed when its turn comes, or when somebody waits for it.

Batches, units of work, listeners and answers are those of `bank_node.store.writer`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from bank_node.lab.failpoints import Failpoint
from bank_node.lab.watching import watched_request, watched_submit
from bank_node.store.commit import Commits, Job, Operation, StoreUnavailable
from bank_node.store.writer import Writer, _Waiting


class Crash(BaseException):
    """The process is gone. No room catches it."""


class TurnedWriter(Writer):
    """`soon` is called when there is work; `turn` does it; `answered` is called when futures have ended.

    What comes from loops and requests reaches failpoints.
    """

    def __init__(self, commits: Commits, batch_max: int, failpoint: Failpoint, soon: Callable[[], None]) -> None:
        super().__init__(lambda: commits, batch_max)
        self._commits, self._soon = commits, soon
        self.answered: Callable[[], None] = lambda: None
        self._waiting: list[_Waiting] = []
        self._of_loops = watched_submit(self._queue_up, failpoint)
        self.request = watched_request(self._queue_up, failpoint)

    def submit(self, operation: Operation, *arguments: Any) -> Future[Any]:
        return self._of_loops(operation, *arguments)

    def turn(self) -> None:
        """Commits what is queued, in as many units of work as it takes."""
        while self._waiting:
            batch = [self._waiting.pop(0)]
            while self._waiting and len(batch) < self._batch_max:
                batch.append(self._waiting.pop(0))
            self._commit(self._commits, batch)
            for waiting in batch:
                for job in waiting.jobs:
                    if isinstance(job.error, Crash):
                        raise job.error
            self.answered()

    def _queue_up(self, operation: Operation, *arguments: Any) -> Future[Any]:
        future = _Driven(self.turn)
        self._put(_Waiting([Job(operation, arguments)], None, future))
        return future

    def _put(self, waiting: _Waiting) -> None:
        if self._stopped.is_set():
            raise StoreUnavailable("the bank is closing")
        self._waiting.append(waiting)
        if len(self._waiting) == 1:
            self._soon()


class _Driven(Future[Any]):
    """Whoever waits for it makes the writer do its work. No other thread ever does, so it has none of its locks."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work, self._ended = work, False
        self._found: Any = None
        self._error: BaseException | None = None

    def done(self) -> bool:
        return self._ended

    def cancelled(self) -> bool:
        return False

    def set_result(self, result: Any) -> None:
        self._found, self._ended = result, True

    def set_exception(self, exception: BaseException | None) -> None:
        self._error, self._ended = exception, True

    def result(self, timeout: float | None = None) -> Any:
        if not self._ended:
            self._work()
        if self._error is not None:
            raise self._error
        if not self._ended:
            raise TimeoutError(f"the writer did nothing about it ({timeout} s)")
        return self._found
