"""What a bug needs of a real process, or takes away of it so that it is not healed or refused at a second level. Each
is harmless by itself: a bank with nothing else must lose no point.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import orjson

from bank_node.operations.receive_transfer import receive_records
from bank_node.store.transfer_queries import transfer
from bank_node.store.transfers import SenderRow
from bank_node.transfers.messages import ANSWERS
from bank_node.transfers.ports import Record
from bank_node.transfers.reading import Incoming, Readable, Unreadable
from federation.simulation.mutants.process import Process, wrap

Read = Callable[[Record, int], Incoming | None]
Submit = Callable[..., Future[Any]]
HESITATES_S, NO_AMOUNT = 0.1, "AM12"
NOT_OF_LEVEL_1 = ("content_hash", "mac", "attempt", "expires_at")


def hears_level_1(process: Process) -> None:
    """Whoever names a transfer speaks of it: no hash and no signature ties a message to what was said before."""
    readers = process.bank.readers

    def bare(read: Read) -> Read:
        def read_bare(record: Record, now_us: int) -> Incoming | None:
            try:
                said = orjson.loads(record.value or b"")
            except orjson.JSONDecodeError:
                return read(record, now_us)
            if not isinstance(said, dict):
                return read(record, now_us)
            for name in NOT_OF_LEVEL_1:
                said.pop(name, None)
            if said.get("type") in ANSWERS and isinstance(said.get("transaction_id"), str):
                with readers.connection() as connection:
                    sent = transfer(connection, said["transaction_id"])
                if sent is not None:
                    said["answers_hash"] = sent.content_hash
            try:
                return read(replace(record, value=orjson.dumps(said)), now_us)
            except TypeError:  # nested too deep to be written again
                return read(record, now_us)

        return read_bare

    wrap(process.post.consumer._desk, "read", bare)


def decides_nothing_impossible(process: Process) -> None:
    """An amount that is none is no request: whoever writes one first under another bank's id has settled nothing."""

    def aside(read: Read) -> Read:
        def read_or_set_aside(record: Record, now_us: int) -> Incoming | None:
            one = read(record, now_us)
            if isinstance(one, Readable) and one.message.fault is not None and one.message.fault[0] == NO_AMOUNT:
                return Unreadable(one.source, *one.message.fault, one.message.transaction_id, one.message.from_bank)
            return one

        return read_or_set_aside

    wrap(process.post.consumer._desk, "read", aside)


def hesitates(process: Process) -> None:
    """What was read is booked a moment later: about as long as a broker takes to answer a commit of offsets."""

    def later(submit: Submit) -> Submit:
        def wait_and_submit(operation: Any, *arguments: Any) -> Future[Any]:
            if operation is receive_records and arguments[0].records:
                time.sleep(HESITATES_S)
            return submit(operation, *arguments)

        return wait_and_submit

    wrap(process.post.consumer, "_submit", later)


def calls_late_what_is_due(process: Process) -> None:
    """What was quiet for long enough to be said again has passed its time."""
    Due = Callable[[int, int], list[SenderRow]]

    def late(due: Due) -> Due:
        return lambda now_us, limit: [replace(row, expires_us=now_us) for row in due(now_us, limit)]

    wrap(process.books.transfers, "due", late)


def reads_what_was_answered(process: Process) -> None:
    """Before anybody reads, what was left open is committed: a process has more than the one connection."""
    bank, commits = process.bank, process.commits
    Opened = Callable[[], AbstractContextManager[Any]]

    def after_a_commit(connection: Opened) -> Opened:
        def opened() -> AbstractContextManager[Any]:
            if commits.connection.in_transaction:
                bank.submit_and_wait(_nothing)
            return connection()

        return opened

    wrap(bank.readers, "connection", after_a_commit)


def _nothing(*_: Any) -> None:
    """An operation: a unit of work begins, and ends."""
