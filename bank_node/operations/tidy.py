"""Letting go of what has served its time: keys and sent messages. Never money, never decisions."""

from __future__ import annotations

from bank_node.clock import Ids
from bank_node.operations.payee import KEPT_US
from bank_node.store.books import Books

ROWS_MAX = 2_000  # of each kind in one unit of work: nobody waits behind a great cleaning


def tidy(books: Books, now_us: int, _ids: Ids) -> int:
    """How many rows went; call again while it is as many as it may take."""
    charter = books.charter
    books.payees.forget_before(now_us - KEPT_US)
    gone = books.claims.forget_before(now_us - charter.idempotency_keep_ms * 1000, ROWS_MAX)
    return gone + books.outbox.forget_before(now_us - charter.outbox_keep_ms * 1000, ROWS_MAX)
