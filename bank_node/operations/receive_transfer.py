"""Taking in what the topic brought. The first committed decision on (from_bank, transaction_id) is the commit point.

One poll is one unit of work: all effects of its records and the reader's position are committed together.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from bank_node.clock import Ids
from bank_node.ledger.chart import clearing
from bank_node.ledger.dates import read_rfc3339
from bank_node.ledger.entry import move
from bank_node.operations.answer_recall import receive_recall
from bank_node.operations.answering import answer_again, queue_answer, refuse_reused_id, say_unknown
from bank_node.operations.conclude_transfer import conclude_transfer, hear_unknown
from bank_node.operations.outcomes import Outcome, Verdict, as_noted
from bank_node.operations.payee import answer_lookup, hear_payee
from bank_node.operations.recall import conclude_recall
from bank_node.operations.receive_return import judge_return
from bank_node.operations.set_aside import set_aside
from bank_node.operations.standing import hold_against_known_heads
from bank_node.store.books import Books
from bank_node.transfers import messages
from bank_node.transfers.messages import Message
from bank_node.transfers.payee import FOUND, LOOKUP
from bank_node.transfers.reading import Batch, Incoming, Source, Unreadable
from bank_node.transfers.recall import RECALL_ANSWERED, RECALL_REQUESTED
from bank_node.transfers.states import ACCEPTED, CANCELLED, PAYMENT, REJECTED, TOMBSTONE


def receive_records(books: Books, now_us: int, ids: Ids, batch: Batch) -> Counter[Outcome]:
    """How often each outcome came of the batch."""
    outcomes: Counter[Outcome] = Counter()
    hold_against_known_heads(books, now_us, ids, batch.records)
    for incoming in batch.records:
        if books.suspect is not None:
            return outcomes  # without a position: what is not decided now is read again when the bank is repaired
        outcomes[receive(books, now_us, ids, incoming)] += 1
    again = outcomes[Outcome.REPEAT] + outcomes[Outcome.SAME]
    if again:
        books.inbox.count_repeats(again)
    if batch.position is not None:
        at = batch.position
        books.inbox.stand_at(at.cluster_id, at.topic_id, at.topic, at.next_offsets)
    return outcomes


def receive(books: Books, now_us: int, ids: Ids, incoming: Incoming) -> Outcome:
    """One record, whatever it is. Called again with the same record it changes no money."""
    if isinstance(incoming, Unreadable):
        return set_aside(books, now_us, incoming)
    message, source = incoming.message, incoming.source
    if message.type in messages.QUESTIONS:
        return _receive_question(books, now_us, ids, message, source)
    if message.type in (messages.ACCEPTED, messages.REJECTED):
        return conclude_transfer(books, now_us, message, source)
    if message.type == RECALL_REQUESTED:
        return receive_recall(books, now_us, ids, message, source)
    if message.type == RECALL_ANSWERED:
        return conclude_recall(books, now_us, message, source)
    if message.type == LOOKUP:
        return answer_lookup(books, now_us, ids, message)
    if message.type == FOUND:
        return hear_payee(books, now_us, message)
    return hear_unknown(books, now_us, message, source)


def _receive_question(books: Books, now_us: int, ids: Ids, message: Message, source: Source) -> Outcome:
    """A request, a return or an inquiry: the decision there is, or the first; a flagless inquiry never makes one."""
    earlier = books.inbox.decision(message.from_bank, message.transaction_id)
    if earlier is None:
        if message.type != messages.INQUIRY:
            return _decide(books, now_us, ids, message, source)
        if message.fields.get("cancel_if_unknown") is True:
            return _bury(books, now_us, ids, message, source)
        return say_unknown(books, now_us, ids, message, source)
    if earlier.content_hash != message.hash:
        return refuse_reused_id(books, now_us, ids, message, source)
    return answer_again(books, now_us, message, earlier)


def _decide(books: Books, now_us: int, ids: Ids, message: Message, source: Source) -> Outcome:
    """A fault refuses; else a payment looks at the payee's account, a return at the payment it belongs to."""
    if message.type == messages.RETURNED:
        verdict = judge_return(books, now_us, message)
    else:
        account_id, reason = _credit(books, now_us, message)
        verdict = Verdict(PAYMENT, REJECTED if reason else ACCEPTED, reason, account_id)
    _store(books, now_us, ids, message, source, verdict)
    return Outcome.REFUSED if verdict.reason else Outcome.CREDITED


def _bury(books: Books, now_us: int, ids: Ids, message: Message, source: Source) -> Outcome:
    """The tombstone: refused for ever, before it was seen. A late request meets it and is refused."""
    reason = ("AB05", "cancelled before it was seen")
    _store(books, now_us, ids, message, source, Verdict(TOMBSTONE, CANCELLED, reason, None))
    return Outcome.BURIED


def _store(books: Books, now_us: int, ids: Ids, message: Message, source: Source, verdict: Verdict) -> None:
    """The first committed decision, and its answer in the outbox."""
    reason, event_id = verdict.reason, ids.new()
    seq = queue_answer(
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
    if verdict.decision != ACCEPTED:  # what was accepted was noted with its entry
        noted = as_noted(message, verdict.kind, verdict.decision, amount=fields.get("amount_minor"), code=code)
        books.audit.note(f"{verdict.kind}_refused", message.transaction_id, message.from_bank, noted)
    books.inbox.decide(
        {
            "from_bank": message.from_bank,
            "transaction_id": message.transaction_id,
            "kind": verdict.kind,
            "decision": verdict.decision,
            "reason_code": code,
            "reason_text": text,
            "content_hash": message.hash,
            "original_transaction_id": fields.get("original_transaction_id"),
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
    books.ledger.book(entry, now_us, {account.id: balance}, as_noted(message, PAYMENT, ACCEPTED))
    return account.id, None
