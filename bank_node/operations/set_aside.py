"""A record that cannot be believed: kept with its reason, copied to the dead letters, and the next one flows."""

from __future__ import annotations

from bank_node.operations.outcomes import Outcome
from bank_node.store.books import Books
from bank_node.store.outbox import NEWS
from bank_node.transfers import messages
from bank_node.transfers.reading import Unreadable
from bank_node.transfers.topics import DEAD_LETTERS


def _known(books: Books, from_bank: str | None) -> str | None:
    """A stranger's name is whatever the stranger says, another one each time."""
    known = from_bank in books.charter.directory and from_bank != books.charter.bank_id
    return from_bank if known else None


def set_aside(books: Books, now_us: int, record: Unreadable) -> Outcome:
    """Keeps the record and copies it to the dead letters, once however often it is read."""
    source = record.source
    fresh = books.quarantine.hold(
        now_us,
        record.code,
        record.text,
        topic=source.topic,
        partition=source.partition,
        offset=source.offset,
        key=source.key,
        value=source.value,
        from_bank=record.from_bank,
        transaction_id=record.transaction_id,
    )
    if fresh and record.doubted:
        books.quarantine.not_believed(now_us, record.text, _known(books, record.from_bank), record.transaction_id)
    if fresh:
        books.outbox.queue(
            now_us,
            topic=DEAD_LETTERS,
            key=record.from_bank or "",
            type_="dead.letter",
            transaction_id=record.transaction_id,
            body=messages.dead_letter(
                now_us,
                books.charter.bank_id,
                record.code,
                record.text,
                source.topic,
                source.partition,
                source.offset,
                source.value,
            ),
            lane=NEWS,
        )
    return Outcome.QUARANTINED
