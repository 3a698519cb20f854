"""Answers to recalls on their way out: of a decision, the same once more, and one that decides nothing."""

from __future__ import annotations

from dataclasses import replace

from bank_node.clock import Ids
from bank_node.operations.outcomes import Outcome
from bank_node.store.books import Books
from bank_node.store.recalls import RecallRequest
from bank_node.transfers.messages import Message
from bank_node.transfers.recall import (
    ID_REUSED,
    OPEN,
    RECALL_ANSWERED,
    REFUSAL,
    REFUSED,
    WORDS,
    recall_answer,
)
from bank_node.transfers.topics import EXTERNAL_TRANSFERS


def decide_recall(
    books: Books,
    now_us: int,
    ids: Ids,
    request: RecallRequest,
    state: str,
    actor: str,
    *,
    text: str | None = None,
    return_id: str | None = None,
) -> None:
    """The one decision on a recall, and its answer in the outbox."""
    decided = replace(
        request, state=state, answer_text=text, return_id=return_id, answer_event_id=ids.new(), decided_us=now_us
    )
    seq = _queue(books, now_us, decided, _answer(books, decided))
    books.recalls.decide(replace(decided, answer_seq=seq), actor)
    noted = {"recall": request.recall_id, "from": request.from_bank, "return": return_id, "text": text}
    books.audit.note(f"recall_{WORDS[state]}", request.transaction_id, actor, noted)


def meet_again(books: Books, now_us: int, ids: Ids, message: Message, earlier: RecallRequest) -> Outcome:
    """A repeat: known while the desk has not decided, then the stored answer, unless it still waits to be sent."""
    if earlier.content_hash != message.hash:
        return _refuse_reused_id(books, now_us, ids, message)
    if earlier.state == OPEN:
        return Outcome.SAME
    if not books.outbox.waits(earlier.answer_seq):
        body = _answer(books, earlier)
        if not books.outbox.queue_again(earlier.answer_seq, RECALL_ANSWERED, earlier.recall_id, body):
            books.recalls.answered_again(earlier, _queue(books, now_us, earlier, body))
    return Outcome.REPEAT


def _refuse_reused_id(books: Books, now_us: int, ids: Ids, message: Message) -> Outcome:
    """The id stands for another recall, which is as it was; nobody will ever agree to this one."""
    words = "The recall's id was used before for another one."
    books.quarantine.incident(now_us, "id_reused", words, peer=message.from_bank, transaction_id=message.transaction_id)
    refused = RecallRequest(
        from_bank=message.from_bank,
        recall_id=message.transaction_id,
        transaction_id=message.fields["original_transaction_id"],
        content_hash=message.hash,
        reason=None,
        state=REFUSED,
        received_us=now_us,
        decided_us=now_us,
        answer_text=words,
        answer_event_id=ids.new(),
    )
    _queue(books, now_us, refused, _answer(books, refused, ID_REUSED))
    return Outcome.CONFLICT


def _answer(books: Books, decided: RecallRequest, code: str = REFUSAL) -> bytes:
    return recall_answer(
        event_id=decided.answer_event_id or "",
        federation_id=books.charter.federation_id,
        recall_id=decided.recall_id,
        original_id=decided.transaction_id,
        from_bank=books.charter.bank_id,
        to_bank=decided.from_bank,
        answers_hash=decided.content_hash,
        verdict=WORDS[decided.state],
        reason=(code, decided.answer_text or "") if decided.state == REFUSED else None,
        return_id=decided.return_id,
        read_us=decided.received_us,
        decided_us=decided.decided_us or decided.received_us,
    )


def _queue(books: Books, now_us: int, decided: RecallRequest, body: bytes) -> int:
    return books.outbox.queue(
        now_us,
        topic=EXTERNAL_TRANSFERS,
        key=decided.from_bank,
        type_=RECALL_ANSWERED,
        transaction_id=decided.recall_id,
        body=body,
    )
