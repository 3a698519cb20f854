"""Taking in what the topic brought. The first committed decision on (from_bank, transaction_id) is the commit point.

One poll is one unit of work: all effects of its records and the reader's position are committed together.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from bank_node.clock import Ids
from bank_node.ledger.chart import clearing
from bank_node.ledger.dates import read_rfc3339
from bank_node.ledger.entry import move
from bank_node.operations.conclude_transfer import conclude_transfer, hear_unknown
from bank_node.operations.outcomes import Outcome
from bank_node.operations.set_aside import set_aside
from bank_node.store.books import Books
from bank_node.store.inbox import Decision
from bank_node.transfers import messages
from bank_node.transfers.messages import Message
from bank_node.transfers.reading import Batch, Incoming, Source, Unreadable
from bank_node.transfers.states import ACCEPTED, CANCELLED, PAYMENT, REJECTED, TOMBSTONE
from bank_node.transfers.topics import EXTERNAL_TRANSFERS


@dataclass(frozen=True, slots=True)
class Verdict:
    """A first decision: what kind of row, what was decided, why not, and the account credited."""

    kind: str
    decision: str
    reason: tuple[str, str] | None
    account_id: int | None


def receive_records(books: Books, now_us: int, ids: Ids, batch: Batch) -> Counter[Outcome]:
    """How often each outcome came of the batch."""
    outcomes: Counter[Outcome] = Counter()
    for incoming in batch.records:
        outcomes[receive(books, now_us, ids, incoming)] += 1
    if batch.position is not None:
        at = batch.position
        books.inbox.stand_at(at.cluster_id, at.topic_id, at.topic, at.next_offsets)
    return outcomes


def receive(books: Books, now_us: int, ids: Ids, incoming: Incoming) -> Outcome:
    """One record, whatever it is. Called again with the same record it changes no money."""
    if isinstance(incoming, Unreadable):
        return set_aside(books, now_us, incoming)
    message, source = incoming.message, incoming.source
    if message.type in (messages.REQUESTED, messages.INQUIRY):
        return _receive_question(books, now_us, ids, message, source)
    if message.type in (messages.ACCEPTED, messages.REJECTED):
        return conclude_transfer(books, now_us, message, source)
    if message.type == messages.UNKNOWN:
        return hear_unknown(books, now_us, message, source)
    unknown = Unreadable(
        source, "FF01", f"{message.type} is not answered here", message.transaction_id, message.from_bank
    )
    return set_aside(books, now_us, unknown)


def _receive_question(books: Books, now_us: int, ids: Ids, message: Message, source: Source) -> Outcome:
    """A request or an inquiry: the decision there is, or the first one; a flagless inquiry never makes one."""
    earlier = books.inbox.decision(message.from_bank, message.transaction_id)
    if earlier is None:
        if message.type == messages.REQUESTED:
            return _decide(books, now_us, ids, message, source)
        if message.fields.get("cancel_if_unknown") is True:
            return _bury(books, now_us, ids, message, source)
        return _say_unknown(books, now_us, ids, message, source)
    if earlier.content_hash != message.hash:
        return _refuse_reused_id(books, now_us, ids, message, source)
    return _answer_again(books, now_us, message, earlier)


def _decide(books: Books, now_us: int, ids: Ids, message: Message, source: Source) -> Outcome:
    account_id, reason = _credit(books, now_us, message)
    verdict = Verdict(PAYMENT, REJECTED if reason else ACCEPTED, reason, account_id)
    _store(books, now_us, ids, message, source, verdict)
    return Outcome.REFUSED if reason else Outcome.CREDITED


def _bury(books: Books, now_us: int, ids: Ids, message: Message, source: Source) -> Outcome:
    """The tombstone: refused for ever, before it was seen. A late request meets it and is refused."""
    reason = ("AB05", "cancelled before it was seen")
    _store(books, now_us, ids, message, source, Verdict(TOMBSTONE, CANCELLED, reason, None))
    return Outcome.BURIED


def _say_unknown(books: Books, now_us: int, ids: Ids, message: Message, source: Source) -> Outcome:
    """Not seen, not refused: nothing is stored, or it would stand in the way of the tombstone."""
    _queue_answer(
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


def _store(books: Books, now_us: int, ids: Ids, message: Message, source: Source, verdict: Verdict) -> None:
    """The first committed decision, and its answer in the outbox."""
    reason, event_id = verdict.reason, ids.new()
    seq = _queue_answer(
        books,
        now_us,
        message,
        type_=messages.REJECTED if reason else messages.ACCEPTED,
        event_id=event_id,
        answers_hash=message.hash,
        reason=reason,
        read_us=source.read_us,
        decided_us=now_us,
    )
    fields: dict[str, Any] = message.fields if message.fault is None else {}
    code, text = reason or (None, None)
    books.inbox.decide(
        {
            "from_bank": message.from_bank,
            "transaction_id": message.transaction_id,
            "kind": verdict.kind,
            "decision": verdict.decision,
            "reason_code": code,
            "reason_text": text,
            "content_hash": message.hash,
            "original_transaction_id": None,
            "account_id": verdict.account_id,
            "to_account": fields.get("to_account"),
            "from_account": fields.get("from_account"),
            "from_name": fields.get("from_name"),
            "amount": fields.get("amount_minor"),
            "currency": fields.get("currency"),
            "reference": fields.get("reference"),
            "answer_event_id": event_id,
            "answer_seq": seq,
            "read_us": source.read_us,
            "decided_us": now_us,
        }
    )


def _credit(books: Books, now_us: int, message: Message) -> tuple[int | None, tuple[str, str] | None]:
    """Debit clearing, credit the payee; (account id, None), or (None, reason) and nothing was booked."""
    if message.fault is not None:
        return None, message.fault
    fields = message.fields
    expires_at = fields.get("expires_at")
    if expires_at is not None and read_rfc3339(expires_at) <= now_us:
        return None, ("AB05", "the payment expired before it was seen")
    account = books.ledger.facts(fields["to_account"])
    if account is None:
        return None, ("AC01", "there is no such account")
    if account.currency != fields["currency"]:
        return None, ("AM03", f"the account is kept in {account.currency}")
    amount = fields["amount_minor"]
    balance = books.ledger.credit(account.id, amount)
    if balance is None:
        return None, books.ledger.credit_refusal(account)
    nostro = books.ledger.own(clearing(message.from_bank), account.currency, now_us)
    entry = move(
        "transfer_in",
        account.currency,
        nostro,
        account.id,
        amount,
        transaction_id=message.transaction_id,
        text=fields.get("reference"),
        actor=message.from_bank,
    )
    books.ledger.book(entry, now_us, {account.id: balance})
    return account.id, None


def _answer_again(books: Books, now_us: int, message: Message, earlier: Decision) -> Outcome:
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


def _refuse_reused_id(books: Books, now_us: int, ids: Ids, message: Message, source: Source) -> Outcome:
    """The id is decided with other content: that decision stands; this content never was and never will be credited."""
    books.quarantine.incident(
        now_us,
        "id_reused",
        "the same transaction_id came with other content",
        peer=message.from_bank,
        transaction_id=message.transaction_id,
    )
    _queue_answer(
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


def _queue_answer(books: Books, now_us: int, message: Message, **answer: Any) -> int:
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
