"""Answers on their way out: the first one of a decision, the same once more, and those that decide nothing."""

from __future__ import annotations

from typing import Any

from bank_node.clock import Ids
from bank_node.operations.outcomes import Outcome
from bank_node.store.books import Books
from bank_node.store.inbox import Decision
from bank_node.transfers import messages
from bank_node.transfers.messages import Message
from bank_node.transfers.reading import Source
from bank_node.transfers.states import ACCEPTED
from bank_node.transfers.topics import EXTERNAL_TRANSFERS


def answer_again(books: Books, now_us: int, message: Message, earlier: Decision) -> Outcome:
    """A repeat: the stored answer once more, unless it still waits to be sent."""
    seq = earlier.answer_seq
    if not books.outbox.waits(seq):
        type_ = messages.ACCEPTED if earlier.decision == ACCEPTED else messages.REJECTED
        body = _answer_body(
            books,
            message,
            type_=type_,
            event_id=earlier.answer_event_id,
            answers_hash=earlier.content_hash,
            reason=earlier.reason,
            read_us=earlier.read_us,
            decided_us=earlier.decided_us,
            repeats_ignored=earlier.repeats_ignored + 1,
        )
        if not books.outbox.queue_again(seq, type_, message.transaction_id, body):
            seq = _queue(books, now_us, message, type_, body)
    books.inbox.repeated(message.from_bank, message.transaction_id, seq)
    return Outcome.REPEAT


def refuse_reused_id(books: Books, now_us: int, ids: Ids, message: Message, source: Source) -> Outcome:
    """The id is decided with other content: that decision stands; this content never was and never will be credited."""
    books.quarantine.incident(
        now_us,
        "id_reused",
        "the same transaction_id came with other content",
        peer=message.from_bank,
        transaction_id=message.transaction_id,
    )
    queue_answer(
        books,
        now_us,
        message,
        type_=messages.REJECTED,
        event_id=ids.new(),
        answers_hash=message.hash,
        reason=("AM05", "the transaction_id was used before with other content"),
        read_us=source.read_us,
        decided_us=now_us,
    )
    return Outcome.CONFLICT


def _answer_body(books: Books, message: Message, **answer: Any) -> bytes:
    return messages.answer(
        federation_id=books.charter.federation_id,
        transaction_id=message.transaction_id,
        from_bank=books.charter.bank_id,
        to_bank=message.from_bank,
        **answer,
    )


def queue_answer(books: Books, now_us: int, message: Message, **answer: Any) -> int:
    body = _answer_body(books, message, repeats_ignored=0, **answer)
    return _queue(books, now_us, message, answer["type_"], body)


def _queue(books: Books, now_us: int, message: Message, type_: str, body: bytes) -> int:
    return books.outbox.queue(
        now_us,
        topic=EXTERNAL_TRANSFERS,
        key=message.from_bank,
        type_=type_,
        transaction_id=message.transaction_id,
        body=body,
    )


def say_unknown(books: Books, now_us: int, ids: Ids, message: Message, source: Source) -> Outcome:
    """Not seen, not refused: nothing is stored, or it would stand in the way of the tombstone."""
    queue_answer(
        books,
        now_us,
        message,
        type_=messages.UNKNOWN,
        event_id=ids.new(),
        answers_hash=message.hash,
        reason=None,
        read_us=source.read_us,
        decided_us=now_us,
    )
    return Outcome.UNKNOWN
