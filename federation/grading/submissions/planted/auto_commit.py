"""m29: every five seconds the place up to which records were fetched is stored, as clients do by themselves, whatever
the slow hand behind it has done of them by then: after a crash the rest of them is skipped for ever.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from queue import SimpleQueue
from typing import Any

from bank_node.operations.receive_transfer import receive_records
from bank_node.transfers.messages import QUESTIONS
from bank_node.transfers.reading import Batch, Incoming, Readable
from federation.simulation.mutants.process import Process, wrap

EVERY_S, HAND_S = 5.0, 0.4
Submit = Callable[..., Future[Any]]
log = logging.getLogger(__name__)


def plant(process: Process) -> None:
    wrap(process.post.consumer, "_submit", lambda submit: Client(submit).submit)


class Client:
    """Hands over what is fetched, and stores where that ended."""

    def __init__(self, submit: Submit) -> None:
        self._submit = submit
        self._fetched: SimpleQueue[Incoming] = SimpleQueue()
        self._last: Batch | None = None
        for work in (self._store_places, self._book_slowly):
            threading.Thread(target=self._for_ever, args=(work,), daemon=True).start()

    def submit(self, operation: Any, *arguments: Any) -> Future[Any]:
        if operation is not receive_records:
            return self._submit(operation, *arguments)
        (batch,) = arguments
        for record in batch.records:
            self._fetched.put(record)
        self._last = replace(batch, records=())
        taken: Future[Any] = Future()
        taken.set_result(Counter())
        return taken

    def _store_places(self) -> None:
        time.sleep(EVERY_S)
        batch, self._last = self._last, None
        if batch is not None:
            self._submit(receive_records, batch).result()

    def _book_slowly(self) -> None:
        record = self._fetched.get()
        if isinstance(record, Readable) and record.message.type in QUESTIONS:
            time.sleep(HAND_S)
        self._submit(receive_records, Batch((record,))).result()

    @staticmethod
    def _for_ever(work: Callable[[], None]) -> None:
        while True:
            try:
                work()
            except Exception:
                log.exception("lost")
