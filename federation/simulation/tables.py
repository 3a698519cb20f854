"""The rows of the protocol's three tables (design 20) by name, each with what it says."""

from __future__ import annotations

SENDER = {
    "create.payment": "money leaves: the row, its posting and its message in one unit of work",
    "create.return": "received money is sent back; its original is reserved",
    "mark.SENT": "the relay's mark on a PENDING row",
    "redrive.payment": "an open payment is quiet: the same message again",
    "redrive.return": "an open return is quiet: the same message again",
    "redrive.inquiry": "a CANCELLING one is quiet: the inquiry again",
    "cancel.expired": "past expiry and grace: CANCELLING, and the inquiry that cancels the unseen",
    "cancel.by_hand": "taken back at the desk: CANCELLING",
    "ask.by_hand": "asked at the desk: an inquiry, no change",
    "completed.PENDING": "accepted before the relay's mark",
    "completed.SENT": "accepted",
    "completed.CANCELLING": "accepted while being cancelled: it was seen",
    "rejected.PENDING": "rejected before the relay's mark",
    "rejected.SENT": "rejected",
    "rejected.CANCELLING": "rejected, or cancelled unseen",
    "refund.open": "the money goes back to the payer",
    "refund.debit_frozen": "also to one frozen for debits",
    "refund.blocked": "also to a blocked one",
    "refund.closed": "the payer's account is closed: unclaimed",
    "refund.return": "a rejected return releases what it had reserved",
    "hear_unknown": "the other bank has not seen it: said again at once, never a refusal",
    "same.COMPLETED": "accepted once more: nothing changes",
    "same.REJECTED": "rejected once more: nothing changes",
    "other.COMPLETED": "rejected after it was completed: a conflict",
    "other.REJECTED": "accepted after it was rejected: a conflict",
    "answer.other_hash": "an answer to other content: an incident",
    "answer.other_bank": "an answer from a bank it was not sent to: an incident",
    "answer.to_nothing": "an answer to an id never sent: set aside, an incident",
}
RECEIVER = {
    "payment.ACCEPTED": "credited, and said so",
    **{
        f"payment.REJECTED.{code}": f"refused: {why}"
        for code, why in {
            "AC01": "no such account",
            "AC04": "closed",
            "AC06": "blocked",
            "AM02": "above the ceiling",
            "AM03": "other currency",
            "AB05": "expired at my clock",
            "FF01": "bad fields",
            "AM12": "bad amount",
        }.items()
    },
    "tombstone.payment": "an inquiry that cancels: refused for ever, unseen",
    "tombstone.return": "the same for a return",
    "say_unknown": "a question about what was never seen: nothing is stored",
    "repeat.ACCEPTED": "the stored answer once more",
    "repeat.REJECTED": "the stored refusal once more",
    "repeat.CANCELLED": "a late request meets the tombstone",
    "reused.ACCEPTED": "a known id with other content, after a credit: AM05",
    "reused.REJECTED": "the same after a refusal",
    "reused.CANCELLED": "the same after a tombstone",
}
RETURNS = {
    "return.MS03.unknown": "it returns what was never sent",
    "return.MS03.rejected": "it returns what was refunded already",
    "return.MS03.other_bank": "it returns what was sent to another bank",
    "return.MS03.other_hash": "it returns other content",
    "return.MS03.itself_a_return": "it returns a return",
    "return.FF01": "bad fields",
    "return.AM12": "bad amount",
    "return.AM03": "other currency",
    "return.ACCEPTED.OPEN": "the original is open: concluded first",
    "return.ACCEPTED.COMPLETED": "the original is completed",
    "return.AM02.OPEN": "more than the original, which stays open",
    "return.AM02.COMPLETED": "more than what is left",
    **{
        f"concluded_by_return.{state}": f"a {state} original is completed by its return"
        for state in ("PENDING", "SENT", "CANCELLING")
    },
}
RECALLS = {
    "recall.ASKED": "a completed payment is asked back",
    "redrive.recall": "no answer yet: asked again",
    "recall.AGREED": "the other bank agrees; the money comes as a return",
    "recall.REFUSED": "the other bank refuses",
    "recalled.OPEN": "another bank asks: an item for the desk",
    "recalled.AGREED": "agreed, with exactly one return",
    "recalled.REFUSED": "refused, or there is nothing to return",
    "unclaimed.paid_out": "money of a closed account is paid out, once",
}
BEFORE_ANY = {
    "held.unreadable": "no message: quarantine",
    "held.no_id": "no readable id: quarantine",
    "held.schema": "an unknown major version: quarantine",
    "held.content_hash": "its hash is not that of its content: quarantine",
    "held.wrong_key": "the key names this bank, the message another: quarantine",
    "held.not_believed": "its mac is not that bank's: quarantine, an incident",
    "held.unknown_bank": "from a bank nobody knows: quarantine, no answer",
}
ALL: dict[str, str] = {**SENDER, **RECEIVER, **RETURNS, **RECALLS, **BEFORE_ANY}
