"""Another bank asks for a payment back. The question waits on the desk until somebody agrees or refuses.

Agreeing makes exactly one return, in the unit of work of the answer. What was never credited is refused at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.clock import Ids
from bank_node.ledger.errors import Refusal
from bank_node.operations.claims import Claim, Receipt, once
from bank_node.operations.outcomes import Outcome
from bank_node.operations.recall_answers import decide_recall, meet_again
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.operations.standing import check_sound
from bank_node.operations.wording import check_text
from bank_node.store.books import Books
from bank_node.store.recalls import RecallRequest
from bank_node.transfers.messages import Message
from bank_node.transfers.reading import Source
from bank_node.transfers.reasons import REASONS
from bank_node.transfers.recall import AGREED, CALLED_BACK, OPEN, REFUSED, WORDS
from bank_node.transfers.states import ACCEPTED, PAYMENT


@dataclass(frozen=True, slots=True)
class Agreement:
    """`amount_minor` None is all that is left of the payment."""

    from_bank: str
    recall_id: str
    amount_minor: int | None = None
    actor: str = ""
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class RecallRefusal:
    from_bank: str
    recall_id: str
    reason: str
    actor: str = ""
    claim: Claim | None = None


def receive_recall(books: Books, now_us: int, ids: Ids, message: Message, source: Source) -> Outcome:
    """One item for the desk, however often it is asked; once decided, a repeat gets the stored answer."""
    earlier = books.recalls.request(message.from_bank, message.transaction_id)
    if earlier is not None:
        return meet_again(books, now_us, ids, message, earlier)
    fields, reason = message.fields, message.fields.get("reason")
    request = RecallRequest(
        from_bank=message.from_bank,
        recall_id=message.transaction_id,
        transaction_id=fields["original_transaction_id"],
        content_hash=message.hash,
        reason=(reason.get("text") if isinstance(reason, dict) else None) or None,
        state=OPEN,
        received_us=source.read_us,
    )
    books.recalls.receive(request)
    why = _why_not(books, request, fields["original_hash"])
    noted: dict[str, object] = {"recall": request.recall_id, "from": request.from_bank}
    noted |= {"hash": request.content_hash, "reason": request.reason, "read_us": request.received_us}
    books.audit.note("recall_received", request.transaction_id, request.from_bank, noted)
    if why is None:
        return Outcome.RECALL_KEPT
    decide_recall(books, now_us, ids, request, REFUSED, books.charter.bank_id, text=why)
    return Outcome.RECALL_REFUSED


def agree_to_recall(books: Books, now_us: int, ids: Ids, agreement: Agreement) -> Receipt:
    """The receipt is the return's. Where the money is not there nothing happens, and the question stays open."""

    def act() -> Receipt:
        request = _open(books, agreement.from_bank, agreement.recall_id)
        words = REASONS[CALLED_BACK].customer
        order = ReturnOrder(request.from_bank, request.transaction_id, agreement.amount_minor, words, agreement.actor)
        receipt = return_transfer(books, now_us, ids, order)
        decide_recall(books, now_us, ids, request, AGREED, agreement.actor, return_id=receipt.id)
        return receipt

    return once(books, now_us, agreement.claim, act)


def refuse_recall(books: Books, now_us: int, ids: Ids, refusal: RecallRefusal) -> Receipt:
    """The receipt's id is the recall's."""

    def act() -> Receipt:
        if not refusal.reason.strip():
            raise Refusal("FF01", "say why: the other bank's staff will read it", "reason")
        check_text(refusal.reason, "reason")
        request = _open(books, refusal.from_bank, refusal.recall_id)
        decide_recall(books, now_us, ids, request, REFUSED, refusal.actor, text=refusal.reason)
        return Receipt("recall", request.recall_id, "completed", now_us, state=REFUSED)

    return once(books, now_us, refusal.claim, act)


def _why_not(books: Books, request: RecallRequest, original_hash: str) -> str | None:
    """Why nobody need decide: there is nothing that could be returned."""
    payment = books.inbox.received(request.from_bank, request.transaction_id)
    credited = payment is not None and payment.kind == PAYMENT and payment.decision == ACCEPTED
    if payment is None or not credited or payment.content_hash != original_hash:
        return "This bank credited no such payment."
    return "Nothing is left of it to return." if payment.reserved_minor >= (payment.amount_minor or 0) else None


def _open(books: Books, from_bank: str, recall_id: str) -> RecallRequest:
    """The question, if it can be answered. Raises Refusal."""
    check_sound(books)
    request = books.recalls.request(from_bank, recall_id)
    if request is None:
        raise Refusal("not_found", "no bank asked this one for such a recall", "recall_id")
    if request.state != OPEN:
        raise Refusal("final", f"the recall is {WORDS[request.state]} and stays so", "recall_id")
    return request
