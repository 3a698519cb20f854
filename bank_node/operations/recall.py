"""Calling a transfer back: an open one is cancelled as far as it is unseen; for a completed one its receiver is asked.

Asking moves no money. The other bank's staff decide; what they agree to comes back as a return.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bank_node.clock import Ids
from bank_node.ledger.errors import Refusal
from bank_node.operations.cancel_transfer import Question, cancel_by_hand
from bank_node.operations.claims import Claim, Receipt, once
from bank_node.operations.conclude_transfer import answer_to_another, answer_to_nothing
from bank_node.operations.outcomes import Outcome
from bank_node.operations.standing import check_sound
from bank_node.operations.wording import check_text
from bank_node.store.books import Books
from bank_node.store.transfers import SenderRow
from bank_node.transfers.messages import Message
from bank_node.transfers.reading import Source
from bank_node.transfers.recall import ASKED, RECALL_REQUESTED, REFUSED, VERDICTS, recall
from bank_node.transfers.states import INSIDE, PAYMENT, REJECTED
from bank_node.transfers.states import OPEN as OPEN_STATES
from bank_node.transfers.topics import EXTERNAL_TRANSFERS

KIND = "recall"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RecallOrder:
    """Somebody at the desk wants a transfer back; `reason` is read by the other bank's staff."""

    transaction_id: str
    reason: str | None = None
    actor: str = ""
    claim: Claim | None = None


def recall_transfer(books: Books, now_us: int, ids: Ids, order: RecallOrder) -> Receipt:
    """The receipt is the transfer's, CANCELLING, where it was open; a recall's (KIND), ASKED, where it was completed.

    A transfer has one recall without an answer at a time: who asks again gets the same.
    """

    def act() -> Receipt:
        check_sound(books)
        check_text(order.reason, "reason")
        row = books.transfers.get(order.transaction_id)
        if row is not None and row.state in OPEN_STATES:
            return cancel_by_hand(books, now_us, ids, Question(order.transaction_id, order.actor))
        return _ask(books, now_us, ids, order, _completed(books, row))

    return once(books, now_us, order.claim, act)


def conclude_recall(books: Books, now_us: int, message: Message, source: Source) -> Outcome:
    """Applies `recall.answered`; called again with the same answer it changes nothing, and never any money."""
    asked = books.recalls.asked(message.transaction_id)
    if asked is None:
        return answer_to_nothing(books, now_us, message, source)
    if message.fields["answers_hash"] != asked.content_hash or message.from_bank != asked.to_bank:
        return answer_to_another(books, now_us, message, source)
    verdict = VERDICTS[message.fields["verdict"]]
    if asked.state == verdict:
        return Outcome.SAME
    facts = {"recall": asked.recall_id, "by": asked.to_bank}
    if asked.state == ASKED:
        why = _reason(message) if verdict == REFUSED else None
        books.recalls.conclude(now_us, asked.recall_id, verdict, why)
        books.transfers.happened(now_us, asked.transaction_id, f"recall_{verdict.lower()}", **facts)
        noted = {**facts, "verdict": verdict, "return": message.fields.get("return_transaction_id"), "text": why}
        books.audit.note("recall_answered", asked.transaction_id, asked.to_bank, noted)
        books.unit.ring("attention")
        return Outcome.RECALL_ANSWERED
    log.error("a recall was answered twice", extra={"transfer": asked.transaction_id, "peer": asked.to_bank})
    books.audit.note("recall_contradicted", asked.transaction_id, asked.to_bank, {**facts, "said": verdict})
    books.quarantine.incident(
        now_us,
        "recall_contradicted",
        f"{asked.to_bank} answered that the recall is {verdict.lower()}, after it was {asked.state.lower()}",
        peer=asked.to_bank,
        transaction_id=asked.transaction_id,
    )
    return Outcome.CONFLICT


def _completed(books: Books, row: SenderRow | None) -> SenderRow:
    """The row, if it can be asked back. Raises Refusal."""
    if row is None or row.kind == INSIDE:
        raise Refusal("not_found", "this bank sent no such transfer to another bank", "transaction_id")
    if row.kind != PAYMENT:
        raise Refusal("AG01", "money that was sent back is not called back", "transaction_id")
    if row.state == REJECTED:
        raise Refusal("final", "the other bank refused the transfer; its money is back", "transaction_id")
    _, returned_minor = books.transfers.original(row.transaction_id)
    if returned_minor >= row.amount_minor:
        raise Refusal("AM02", "all of it has come back", "transaction_id")
    return row


def _ask(books: Books, now_us: int, ids: Ids, order: RecallOrder, row: SenderRow) -> Receipt:
    earlier = books.recalls.still_asked(row.transaction_id)
    if earlier is not None:
        return Receipt(KIND, earlier.recall_id, "pending", earlier.created_us, state=ASKED)
    recall_id, quiet_ms = ids.new(), books.charter.redrive_after_ms
    body, digest = recall(
        now_us=now_us,
        event_id=ids.new(),
        federation_id=books.charter.federation_id,
        recall_id=recall_id,
        original=(row.transaction_id, row.content_hash),
        from_bank=books.charter.bank_id,
        to_bank=row.to_bank,
        reason=order.reason,
    )
    seq = books.outbox.queue(
        now_us,
        topic=EXTERNAL_TRANSFERS,
        key=row.to_bank,
        type_=RECALL_REQUESTED,
        transaction_id=recall_id,
        body=body,
    )
    books.recalls.ask(
        {
            "recall_id": recall_id,
            "transaction_id": row.transaction_id,
            "to_bank": row.to_bank,
            "reason": order.reason,
            "state": ASKED,
            "content_hash": digest,
            "outbox_seq": seq,
            "actor": order.actor,
            "created_us": now_us,
            "quiet_ms": quiet_ms,
            "due_us": now_us + quiet_ms * 1000,
        }
    )
    books.transfers.happened(now_us, row.transaction_id, "recall_asked", recall=recall_id, by=order.actor)
    noted = {"recall": recall_id, "of": row.to_bank, "hash": digest, "reason": order.reason}
    books.audit.note("recall_asked", row.transaction_id, order.actor, noted)
    return Receipt(KIND, recall_id, "pending", now_us, state=ASKED)


def _reason(message: Message) -> str:
    reason = message.fields.get("reason")
    return (reason.get("text") if isinstance(reason, dict) else None) or "no reason was given"
