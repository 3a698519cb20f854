"""A recall on the wire: "please return it", and the other bank's answer. No money moves by either.

A recall has an id of its own, in `transaction_id` like every message's; the payment it speaks of is the original. What
follows an agreement is a `transfer.returned` like any other. Reading both from the topic is in `reading`.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import orjson

from bank_node.ledger.dates import rfc3339
from bank_node.transfers.messages import SCHEMA
from bank_node.transfers.reasons import quoted

RECALL_REQUESTED = "recall.requested"
RECALL_ANSWERED = "recall.answered"

# Of the bank that asks; the bank that is asked calls a recall OPEN until its staff have decided
ASKED = "ASKED"
OPEN = "OPEN"
AGREED = "AGREED"
REFUSED = "REFUSED"
VERDICTS = {"agreed": AGREED, "refused": REFUSED}  # as the answer says it
WORDS = {state: word for word, state in VERDICTS.items()}

CALLED_BACK, REFUSAL, ID_REUSED = "FOCR", "MS03", "AM05"  # codes of the one list of reasons

_HASHED = ("federation_id", "transaction_id", "original_transaction_id", "original_hash", "from_bank", "to_bank")


def recall_hash(fields: dict[str, Any]) -> str:
    """What identifies a recall: hex SHA-256 over the canonical form of who asks whom for which payment.

    The reason is not part of it: a recall is not another one because it is explained better.
    """
    asked = {name: value for name in _HASHED if (value := fields.get(name)) is not None}
    asked["family"] = "recall"
    return sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()


def recall(
    *,
    now_us: int,
    event_id: str,
    federation_id: str,
    recall_id: str,
    original: tuple[str, str],
    from_bank: str,
    to_bank: str,
    reason: str | None,
) -> tuple[bytes, str]:
    """The body of a `recall.requested` and its hash; `original` is (id, hash) of the payment."""
    fields: dict[str, Any] = {
        "schema": SCHEMA,
        "federation_id": federation_id,
        "type": RECALL_REQUESTED,
        "event_id": event_id,
        "transaction_id": recall_id,
        "original_transaction_id": original[0],
        "original_hash": original[1],
        "from_bank": from_bank,
        "to_bank": to_bank,
        "created_at": rfc3339(now_us),
    }
    if reason:
        fields["reason"] = {"code": CALLED_BACK, "text": reason}
    digest = fields["content_hash"] = recall_hash(fields)
    return orjson.dumps(fields), digest


def recall_answer(
    *,
    event_id: str,
    federation_id: str,
    recall_id: str,
    original_id: str,
    from_bank: str,
    to_bank: str,
    answers_hash: str,
    verdict: str,
    reason: tuple[str, str] | None,
    return_id: str | None,
    read_us: int,
    decided_us: int,
) -> bytes:
    """The body of a `recall.answered`; `return_id` names the return that an agreement made."""
    fields: dict[str, Any] = {
        "schema": SCHEMA,
        "federation_id": federation_id,
        "type": RECALL_ANSWERED,
        "event_id": event_id,
        "transaction_id": recall_id,
        "original_transaction_id": original_id,
        "from_bank": from_bank,
        "to_bank": to_bank,
        "answers_hash": answers_hash,
        "verdict": verdict,
        "read_at": rfc3339(read_us),
        "decided_at": rfc3339(decided_us),
        "created_at": rfc3339(decided_us),
    }
    if reason:
        fields["reason"] = {"code": reason[0], "text": reason[1]}
    if return_id:
        fields["return_transaction_id"] = return_id
    return orjson.dumps(fields)


def asked_words(state: str, to_bank: str, answer: str | None) -> str:
    """What became of a recall this bank asked for, in plain words."""
    if state == ASKED:
        return f"{to_bank} was asked for the money and has not answered yet."
    if state == AGREED:
        return f"{to_bank} agreed; the money comes back as a return."
    return f"{to_bank} refused. {quoted(answer)}"


def request_words(state: str, from_bank: str, reason: str | None, answer: str | None) -> str:
    """What another bank asks, and what became of it, in plain words."""
    why = quoted(reason, nothing="It gives no reason." if state == OPEN else "It gave no reason.")
    if state == OPEN:
        return f"{from_bank} asks for the money back. {why}"
    done = "It was agreed to, and a return made." if state == AGREED else f"It was refused. {quoted(answer)}"
    return f"{from_bank} asked for the money back. {why} {done}"
