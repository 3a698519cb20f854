"""Banks that do it another way and are right, each on the pieces of the reference; and the canary, which is not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import orjson

from bank_node.operations.orders import TransferOrder
from bank_node.store.commit import Job, StoreUnavailable
from bank_node.store.unit import Committed
from bank_node.transfers.messages import ANSWERS
from bank_node.transfers.ports import Ack, NotAcked, OutgoingRecord
from federation.simulation.mutants.process import Process, wrap

SLOWER = 4  # so many times more than it took: five times as slow
PATIENCE_S, LOOK_EVERY_S = 3.0, 0.05
Publish = Callable[[Sequence[OutgoingRecord], float], list[Ack | NotAcked]]


def slow(process: Process) -> None:
    """v3: whatever it writes or sends takes five times as long."""

    def slowly(act: Callable[..., Any]) -> Callable[..., Any]:
        def act_slowly(*arguments: Any) -> Any:
            begun_s = time.monotonic()
            done = act(*arguments)
            time.sleep(SLOWER * (time.monotonic() - begun_s))
            return done

        return act_slowly

    Run = Callable[[Sequence[Job]], Committed]

    def run_slowly(run: Run) -> Run:
        return slowly(run)

    wrap(process.commits, "run", run_slowly)
    wrap(process.post.relay._publisher, "publish", slowly)


def answers_freely(process: Process) -> None:
    """v4: every answer three times."""

    def freely(publish: Publish) -> Publish:
        def publish_freely(records: Sequence[OutgoingRecord], timeout_s: float) -> list[Ack | NotAcked]:
            answers = [record for record in records if orjson.loads(record.value).get("type") in ANSWERS]
            said = publish(records, timeout_s)
            if answers:
                publish(answers + answers, timeout_s)
            return said

        return publish_freely

    wrap(process.post.relay._publisher, "publish", freely)


def refuses_while_away(process: Process) -> None:
    """v6: no new payment to another bank while the broker is away: 503, nothing was done."""
    bank = process.bank
    Run = Callable[..., Awaitable[Any]]

    async def reached() -> bool:
        until_s = time.monotonic() + PATIENCE_S
        while not bank.link.up and time.monotonic() < until_s:
            await asyncio.sleep(LOOK_EVERY_S)
        return bank.link.up

    def if_reached(run: Run) -> Run:
        async def run_if_reached(operation: Any, *arguments: Any) -> Any:
            order = arguments[0] if arguments else None
            if isinstance(order, TransferOrder) and order.to_bank != bank.charter.bank_id and not await reached():
                raise StoreUnavailable("the broker is away; try again with the same key")
            return await run(operation, *arguments)

        return run_if_reached

    wrap(bank.writer, "run", if_reached)


def a_cent_too_much(process: Process) -> None:
    """c0: the canary."""
    Credit = Callable[[int, int], int | None]

    def generous(credit: Credit) -> Credit:
        return lambda account_id, amount_minor: credit(account_id, amount_minor + 1)

    wrap(process.books.ledger, "credit", generous)
