"""After the broker has answered: marks what it acknowledged, parks what can never be sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bank_node.clock import Ids
from bank_node.store.books import Books
from bank_node.store.news import TOLD
from bank_node.store.unit import OutboxRow
from bank_node.transfers.messages import REQUESTED, RETURNED
from bank_node.transfers.payee import FOUND, LOOKUP


@dataclass(slots=True)
class Published:
    row: OutboxRow
    partition: int
    offset: int


def mark_published(books: Books, now_us: int, _ids: Ids, acks: Sequence[Published]) -> int:
    """Rows marked; a transfer that was PENDING is SENT, one that has gone further stays where it is."""
    books.outbox.mark(now_us, [(ack.row.seq, ack.row.attempt, ack.partition, ack.offset) for ack in acks])
    books.outbox.drop([(ack.row.seq, ack.row.attempt) for ack in acks if ack.row.type in (LOOKUP, FOUND)])
    sent = [ack.row.transaction_id for ack in acks if ack.row.type in (REQUESTED, RETURNED) and ack.row.transaction_id]
    books.transfers.mark_sent(now_us, sent)
    return len(acks)


def mark_told(books: Books, _now_us: int, _ids: Ids, seq: int) -> None:
    """The news were told up to this row of the audit log; never back, for two processes may tell them."""
    if seq > int(books.customers.fact(TOLD) or 0):
        books.customers.set_fact(TOLD, str(seq))


def park(books: Books, now_us: int, _ids: Ids, row: OutboxRow, why: str) -> None:
    """Sets a message aside that can never be sent, and says so as an incident."""
    books.outbox.park(row.seq, why)
    books.quarantine.incident(now_us, "parked", f"{row.type}: {why}", transaction_id=row.transaction_id)
