"""Taking an open transfer back: the other bank is asked, and asked to refuse for ever what it has not seen.

Whichever comes first there, the request or the question, decides; the sender follows the answer. So a refund can never
meet a late credit, whatever the order of arrival.
"""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.clock import Ids
from bank_node.ledger.errors import Refusal
from bank_node.operations.claims import Claim, Receipt, once
from bank_node.operations.standing import check_sound
from bank_node.store.books import Books
from bank_node.store.transfers import SenderRow
from bank_node.transfers import messages
from bank_node.transfers.states import CANCELLING, INSIDE, OPEN
from bank_node.transfers.topics import EXTERNAL_TRANSFERS


@dataclass(frozen=True, slots=True)
class Question:
    """Somebody at the desk asks what became of a transfer."""

    transaction_id: str
    actor: str = ""
    claim: Claim | None = None


def ask_to_cancel(books: Books, now_us: int, ids: Ids, row: SenderRow, why: str) -> bool:
    """CANCELLING, and the inquiry that cancels the unseen; False where the transfer is past that."""
    seq = _ask(books, now_us, ids, row, cancel_if_unknown=True)
    quiet_ms = books.charter.redrive_after_ms
    cancelled = books.transfers.cancel(row.transaction_id, seq, now_us + quiet_ms * 1000, quiet_ms)
    books.transfers.happened(now_us, row.transaction_id, "asked_to_cancel", why=why)
    if cancelled:
        books.audit.note("transfer_cancelling", row.transaction_id, books.charter.bank_id, {"why": why})
    return cancelled


def cancel_by_hand(books: Books, now_us: int, ids: Ids, question: Question) -> Receipt:
    """A teller takes an open transfer back; its money returns when the other bank confirms that it never credited."""

    def act() -> Receipt:
        row = _open_row(books, question)
        if row.state != CANCELLING:
            ask_to_cancel(books, now_us, ids, row, f"asked by {question.actor}")
        return Receipt("transfer", row.transaction_id, "pending", now_us, state=CANCELLING)

    return once(books, now_us, question.claim, act)


def ask_again(books: Books, now_us: int, ids: Ids, question: Question) -> Receipt:
    """Asks what became of an open transfer, once more and at once; changes no state."""

    def act() -> Receipt:
        row = _open_row(books, question)
        _ask(books, now_us, ids, row, cancel_if_unknown=row.state == CANCELLING)
        books.transfers.happened(now_us, row.transaction_id, "asked", by=question.actor)
        return Receipt("transfer", row.transaction_id, "pending", now_us, state=row.state)

    return once(books, now_us, question.claim, act)


def _open_row(books: Books, question: Question) -> SenderRow:
    check_sound(books)
    row = books.transfers.get(question.transaction_id)
    if row is None or row.kind == INSIDE:
        raise Refusal("not_found", "this bank sent no such transfer to another bank", "transaction_id")
    if row.state not in OPEN:
        raise Refusal("final", f"the transfer is {row.state.lower()} and stays so", "transaction_id")
    return row


def _ask(books: Books, now_us: int, ids: Ids, row: SenderRow, *, cancel_if_unknown: bool) -> int:
    question = books.outbox.message(row.outbox_seq)
    return books.outbox.queue(
        now_us,
        topic=EXTERNAL_TRANSFERS,
        key=row.to_bank,
        type_=messages.INQUIRY,
        transaction_id=row.transaction_id,
        body=messages.inquiry(question[0], now_us=now_us, event_id=ids.new(), cancel_if_unknown=cancel_if_unknown),
    )
