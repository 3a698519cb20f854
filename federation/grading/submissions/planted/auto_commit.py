"""m29: the reader's position is stored by itself a moment after records were fetched, while a slow hand behind it still
works on them: a crash in between skips them for ever.
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
from bank_node.transfers.reading import Batch
from federation.simulation.mutants.process import Process, wrap

AUTO_COMMIT_S, HAND_S = 0.1, 1.0
Submit = Callable[..., Future[Any]]
log = logging.getLogger(__name__)


def plant(process: Process) -> None:
    def by_itself(submit: Submit) -> Submit:
        fetched: SimpleQueue[Batch] = SimpleQueue()

        def work_off() -> None:
            while True:
                batch = fetched.get()
                try:
                    time.sleep(AUTO_COMMIT_S)
                    submit(receive_records, replace(batch, records=())).result()
                    time.sleep(HAND_S)
                    submit(receive_records, replace(batch, position=None)).result()
                except Exception:
                    log.exception("a batch is lost")

        threading.Thread(target=work_off, name="slow hand", daemon=True).start()

        def hand_over(operation: Any, *arguments: Any) -> Future[Any]:
            if operation is not receive_records:
                return submit(operation, *arguments)
            fetched.put(arguments[0])
            taken: Future[Any] = Future()
            taken.set_result(Counter())
            return taken

        return hand_over

    wrap(process.post.consumer, "_submit", by_itself)
