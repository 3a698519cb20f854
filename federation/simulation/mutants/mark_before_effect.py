"""A message is marked as seen in a unit of work of its own, before the one that credits it: who is marked is done with.

A crash between the two leaves a payment that is neither credited nor refused, and is not looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from bank_node.operations.receive_transfer import receive_records
from bank_node.store.books import Books
from bank_node.store.statements import Hot
from bank_node.transfers.messages import QUESTIONS
from bank_node.transfers.reading import Incoming, Unreadable
from federation.simulation.mutants.process import Process, wrap

MARK = Hot("INSERT INTO bank_facts (name, value) VALUES (:name, '') ON CONFLICT (name) DO NOTHING")
WAIT_S = 30.0


def plant(process: Process) -> None:
    def marking(submit: Callable[..., Future[Any]]) -> Callable[..., Future[Any]]:
        def mark_and_submit(operation: Any, *arguments: Any) -> Future[Any]:
            if operation is not receive_records:
                return submit(operation, *arguments)
            (batch,) = arguments
            news = process.bank.writer.submit(mark_seen, batch.records).result(WAIT_S)
            return submit(operation, replace(batch, records=tuple(news)))

        return mark_and_submit

    wrap(process.post.consumer, "_submit", marking)


def mark_seen(books: Books, _now_us: int, _ids: object, records: Sequence[Incoming]) -> list[Incoming]:
    """What is left to do: what was not marked before, and what has its answer already."""
    return [one for one in records if isinstance(one, Unreadable) or _is_news(books, one.message)]


def _is_news(books: Books, message: Any) -> bool:
    if message.type not in QUESTIONS:
        return True
    name = f"seen/{message.from_bank}/{message.transaction_id}"
    fresh = books.unit.change(MARK, {"name": name}) == 1
    return fresh or books.inbox.decision(message.from_bank, message.transaction_id) is not None
