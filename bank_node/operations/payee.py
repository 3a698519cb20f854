"""Asking another bank whose an account is, and answering such questions. No transfer ever waits for either.

Both are bounded, however many ask: no more than a share of a second's questions is asked or answered, none while many
wait to be sent, and what was sent leaves the outbox at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.clock import Ids
from bank_node.ledger.account import CLOSED
from bank_node.operations.outcomes import Outcome
from bank_node.store.books import Books
from bank_node.store.outbox import NEWS
from bank_node.store.payees import Payee
from bank_node.transfers.messages import Message
from bank_node.transfers.payee import FOUND, LOOKUP, payee_found, payee_lookup
from bank_node.transfers.topics import EXTERNAL_TRANSFERS

BELIEVED_US = 10 * 60 * 1_000_000  # an answer is as good as new for so long
ASKED_AGAIN_US = 10 * 1_000_000
KEPT_US = 3_600 * 1_000_000
WAITING_MAX = 200
ASKED_PER_S, ASKED_AT_ONCE = 10, 50
ANSWERED_PER_S, ANSWERED_AT_ONCE = 50, 250  # of each bank


@dataclass(frozen=True, slots=True)
class PayeeQuestion:
    """`account` in canonical form, or as that bank writes it."""

    bank_id: str
    account: str


def ask_payee(books: Books, now_us: int, ids: Ids, question: PayeeQuestion) -> Payee | None:
    """What is known of the payee, and the question on its way where that is old or nothing."""
    known = books.payees.get(question.bank_id, question.account)
    if is_believed(known, now_us) or (known is not None and 0 <= now_us - known.asked_us < ASKED_AGAIN_US):
        return known
    if books.suspect is None and _may_send(books) and books.payees.within_pace(now_us, "", ASKED_PER_S, ASKED_AT_ONCE):
        books.payees.asked(now_us, question.bank_id, question.account)
        body = payee_lookup(
            now_us=now_us,
            event_id=ids.new(),
            federation_id=books.charter.federation_id,
            lookup_id=(lookup_id := ids.new()),
            from_bank=books.charter.bank_id,
            to_bank=question.bank_id,
            account=question.account,
        )
        _queue(books, now_us, LOOKUP, question.bank_id, lookup_id, body)
    return known


def answer_lookup(books: Books, now_us: int, ids: Ids, message: Message) -> Outcome:
    """Says whose account it is, or that there is none; the same again to whoever asks again."""
    asker, number = message.from_bank, message.fields["account"]
    if not (_may_send(books) and books.payees.within_pace(now_us, asker, ANSWERED_PER_S, ANSWERED_AT_ONCE)):
        return Outcome.LOOKUP_DROPPED
    account = books.customers.standing(number)
    facts = books.ledger.facts(number) if account is not None and account.state != CLOSED else None
    body = payee_found(
        now_us=now_us,
        event_id=ids.new(),
        federation_id=books.charter.federation_id,
        lookup_id=message.transaction_id,
        from_bank=books.charter.bank_id,
        to_bank=asker,
        account=number,
        name=None if facts is None else facts.owner,
    )
    _queue(books, now_us, FOUND, asker, message.transaction_id, body)
    return Outcome.LOOKUP


def hear_payee(books: Books, now_us: int, message: Message) -> Outcome:
    """The answer to what was asked; what was not asked is not kept."""
    fields = message.fields
    name = (fields.get("name") or "") if fields["found"] else None
    books.payees.answered(now_us, message.from_bank, fields["account"], name)
    return Outcome.LOOKUP


def is_believed(known: Payee | None, now_us: int) -> bool:
    """Whether what is known was said lately."""
    return known is not None and known.answered_us is not None and 0 <= now_us - known.answered_us < BELIEVED_US


def _may_send(books: Books) -> bool:
    return books.outbox.waiting(NEWS, WAITING_MAX) < WAITING_MAX


def _queue(books: Books, now_us: int, type_: str, to_bank: str, lookup_id: str, body: bytes) -> None:
    books.outbox.queue(
        now_us, topic=EXTERNAL_TRANSFERS, key=to_bank, type_=type_, transaction_id=lookup_id, body=body, lane=NEWS
    )
