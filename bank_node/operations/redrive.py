"""The sweeper's work: an open transfer that has been quiet for its time is sent again, the same message, attempt + 1;
an unanswered recall likewise.

SENT is no proof of delivery, so SENT ones are swept too. A repeat is harmless: the stored decision answers it. Past
its expiry the other bank is asked to refuse a transfer it has not seen: the sender never refunds on its own clock.
"""

from __future__ import annotations

from zlib import crc32

from bank_node.clock import Ids
from bank_node.operations.cancel_transfer import ask_to_cancel
from bank_node.store.books import Books
from bank_node.store.recalls import AskedRecall
from bank_node.store.transfers import SenderRow, too_far_us
from bank_node.transfers.states import CANCELLING


def is_time(moments: tuple[int, int] | None, now_us: int, redrive_after_ms_max: int) -> bool:
    """Whether `redrive_due` would find something to do; `moments` are the earliest and the latest that are due."""
    return moments is not None and (moments[0] <= now_us or moments[1] > too_far_us(now_us, redrive_after_ms_max))


def redrive_due(books: Books, now_us: int, ids: Ids, limit: int) -> int:
    """How many transfers and recalls were said again."""
    charter = books.charter
    books.transfers.clamp_due(now_us, charter.redrive_after_ms_max)
    said = 0
    for row in books.transfers.due(now_us, limit):
        ask_us = _ask_to_cancel_at(books, row)
        if ask_us is not None and now_us >= ask_us:
            said += int(ask_to_cancel(books, now_us, ids, row, "expired"))
        else:
            said += _say_again(books, now_us, row)
    books.recalls.clamp_due(now_us, charter.redrive_after_ms_max)
    return said + sum(_ask_again(books, now_us, asked) for asked in books.recalls.due(now_us, limit))


def hasten(books: Books, now_us: int, _ids: Ids) -> int:
    """The broker is heard again: every open transfer is due within the shortest back-off. How many were moved up."""
    quiet_ms = books.charter.redrive_after_ms
    return _hasten(books, now_us + quiet_ms * 1000, quiet_ms)


def start_over(books: Books, now_us: int, _ids: Ids, noticed: str) -> int:
    """The broker forgot: everything open is due at once, and somebody is told. How many were moved up."""
    books.quarantine.incident(now_us, "broker_forgot", noticed)
    return _hasten(books, now_us, books.charter.redrive_after_ms // 2)  # the next back-off is the shortest one


def _hasten(books: Books, due_us: int, quiet_ms: int) -> int:
    return books.transfers.hasten(due_us, quiet_ms) + books.recalls.hasten(due_us, quiet_ms)


def _say_again(books: Books, now_us: int, row: SenderRow) -> int:
    """1 where the message was queued once more, 0 where its row still waits in the outbox."""
    quiet_ms = min(max(row.quiet_ms, 1) * 2, books.charter.redrive_after_ms_max)
    due_us = now_us + _jittered(quiet_ms, row.transaction_id) * 1000
    due_us = min(due_us, _ask_to_cancel_at(books, row) or due_us)
    waits = books.outbox.waits(row.outbox_seq)
    message = None if waits else books.outbox.message(row.outbox_seq)
    if message is None:
        books.transfers.due_next(row.transaction_id, due_us, row.quiet_ms, attempted=False)
        return 0
    body, type_, published_us, partition, offset = message
    again = books.outbox.queue_again(row.outbox_seq, type_, row.transaction_id, body)
    books.transfers.due_next(row.transaction_id, due_us, quiet_ms, attempted=again)
    if again:
        earlier = {"published_us": published_us, "partition": partition, "offset": offset}
        books.transfers.happened(now_us, row.transaction_id, "sent_again", quiet_ms=row.quiet_ms, **earlier)
    return int(again)


def _ask_again(books: Books, now_us: int, asked: AskedRecall) -> int:
    """As `_say_again`, for a recall; it never expires."""
    quiet_ms = min(max(asked.quiet_ms, 1) * 2, books.charter.redrive_after_ms_max)
    due_us = now_us + _jittered(quiet_ms, asked.recall_id) * 1000
    message = None if books.outbox.waits(asked.outbox_seq) else books.outbox.message(asked.outbox_seq)
    if message is None:
        books.recalls.due_next(asked.recall_id, due_us, asked.quiet_ms, attempted=False)
        return 0
    again = books.outbox.queue_again(asked.outbox_seq, message[1], asked.recall_id, message[0])
    books.recalls.due_next(asked.recall_id, due_us, quiet_ms, attempted=again)
    return int(again)


def _ask_to_cancel_at(books: Books, row: SenderRow) -> int | None:
    """When an expiring transfer turns into a question; None where it never does, or has already."""
    if row.expires_us is None or row.state == CANCELLING:
        return None
    return row.expires_us + books.charter.cancel_grace_ms * 1000


def _jittered(quiet_ms: int, transaction_id: str) -> int:
    """Up to a fifth more, the same for the same transfer and back-off, so that a crowd spreads out."""
    return quiet_ms + crc32(f"{transaction_id}/{quiet_ms}".encode()) % (quiet_ms // 5 + 1)
