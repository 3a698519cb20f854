"""The one writing thread of a bank: takes everything queued, commits it as one unit of work, answers all at once."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from bank_node.store.commit import Commits, Job, Operation, StoreUnavailable
from bank_node.store.unit import Committed

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Waiting:
    jobs: list[Job]
    loop: asyncio.AbstractEventLoop | None
    future: Any  # an asyncio future of that loop, or a concurrent one
    together: bool = False  # the answer is the list of all outcomes


class Writer:
    """`submit` may be called from any thread, `run` from an event loop. Listeners are called on the writing thread."""

    def __init__(self, commits: Callable[[], Commits], batch_max: int) -> None:
        self._make_commits = commits
        self._batch_max = batch_max
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._stopped = threading.Event()
        self.on_commit: list[Callable[[Committed], None]] = []
        self.batches = 0
        self.operations = 0
        self.trouble: str | None = None  # why the database took nothing, the last time it was asked

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 10) -> None:
        """Commits what is queued, then ends. Whoever comes later is told that the bank is closing."""
        self._stopped.set()
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def submit(self, operation: Operation, *arguments: Any) -> Future[Any]:
        """Queues an operation; the future ends after its commit."""
        future: Future[Any] = Future()
        self._put(_Waiting([Job(operation, arguments)], None, future))
        return future

    async def run(self, operation: Operation, *arguments: Any) -> Any:
        """Queues an operation and waits for its commit without blocking the event loop."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._put(_Waiting([Job(operation, arguments)], loop, future))
        return await future

    async def run_all(self, operation: Operation, orders: Sequence[Any]) -> list[Any]:
        """Does the operation for each order, all in one unit of work; results and exceptions in order."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._put(_Waiting([Job(operation, (order,)) for order in orders], loop, future, together=True))
        outcomes: list[Any] = await future
        return outcomes

    def _put(self, waiting: _Waiting) -> None:
        if self._stopped.is_set():
            raise StoreUnavailable("the bank is closing; try again with the same key")
        self._queue.put(waiting)

    def _work(self) -> None:
        commits = self._commits = self._make_commits()  # kept for who plants a bug: nobody here asks for it
        try:
            while (first := self._queue.get()) is not None:
                batch, last = self._gather(first)
                self._commit(commits, batch)
                if last:
                    break
        finally:
            commits.close()

    def _gather(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        """What is queued, up to the limit; what was put together stays together."""
        batch, jobs = [first], len(first.jobs)
        try:
            while jobs < self._batch_max:
                more = self._queue.get_nowait()
                if more is None:
                    return batch, True
                batch.append(more)
                jobs += len(more.jobs)
        except Empty:
            pass
        return batch, False

    def _commit(self, commits: Commits, batch: list[_Waiting]) -> None:
        committed = Committed()
        jobs = [job for waiting in batch for job in waiting.jobs]
        try:
            committed = commits.run(jobs)
        except BaseException as error:
            log.exception("the writer failed")
            for job in jobs:
                job.error = error
        self.batches += 1
        self.operations += len(jobs)
        unavailable = next((job.error for job in jobs if isinstance(job.error, StoreUnavailable)), None)
        self.trouble = None if unavailable is None else str(unavailable)
        for listener in self.on_commit:
            try:
                listener(committed)
            except Exception:
                log.exception("a listener of the writer failed")
        _answer(batch)


def _answer(batch: list[_Waiting]) -> None:
    """Ends all futures, waking each event loop once."""
    loops: dict[asyncio.AbstractEventLoop, list[_Waiting]] = {}
    for waiting in batch:
        if waiting.loop is None:
            _end(waiting)
        else:
            loops.setdefault(waiting.loop, []).append(waiting)
    for loop, waiters in loops.items():
        try:
            loop.call_soon_threadsafe(_end_all, waiters)
        except RuntimeError:  # the loop is closed; nobody waits any more
            log.info("%d answers came after the bank closed", len(waiters))


def _end_all(waiters: list[_Waiting]) -> None:
    for waiting in waiters:
        _end(waiting)


def _end(waiting: _Waiting) -> None:
    if waiting.future.cancelled():
        return
    if waiting.together:
        waiting.future.set_result([job.error or job.result for job in waiting.jobs])
        return
    (job,) = waiting.jobs
    if job.error is not None:
        waiting.future.set_exception(job.error)
    else:
        waiting.future.set_result(job.result)
