"""m24: a payment to another bank is answered when the broker has it, by one of the few threads that all requests share:
while the broker is away they all wait, and whoever only wants to know a balance waits with them.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from anyio import to_thread

from bank_node.operations.claims import Receipt
from bank_node.store.transfer_queries import transfer
from bank_node.transfers.states import OPEN
from federation.simulation.mutants.process import Process, wrap

THREADS, WAIT_S, LOOK_EVERY_S = 4, 30.0, 0.02
Run = Callable[..., Awaitable[Any]]


def plant(process: Process) -> None:
    readers = process.bank.readers

    def until_sent(transaction_id: str) -> None:
        until_s = time.monotonic() + WAIT_S
        while time.monotonic() < until_s:
            with readers.connection() as connection:
                sent = transfer(connection, transaction_id)
            if sent is None or sent.state not in OPEN or sent.published_us is not None:
                return
            time.sleep(LOOK_EVERY_S)

    def and_send(run: Run) -> Run:
        async def run_and_send(*operation: Any) -> Any:
            to_thread.current_default_thread_limiter().total_tokens = THREADS
            done = await run(*operation)
            if isinstance(done, Receipt) and done.kind == "transfer":
                await to_thread.run_sync(until_sent, done.id)
            return done

        return run_and_send

    wrap(process.bank.writer, "run", and_send)
