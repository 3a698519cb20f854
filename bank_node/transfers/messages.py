"""The envelope: what travels between banks. One flat JSON object, at most 64 KiB; unknown fields are ignored, unless
they are nested more than 200 deep.

Writing a message is here, and its hash; reading one from the topic is in `reading`. The mac is put on when a message is
published, not here: keys change between writing and sending.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from bank_node.ledger.dates import rfc3339

SCHEMA = "bankfed/1.0"
MAJOR = "bankfed/1."
BYTES_MAX = 64 * 1024
LEVELS_MAX = 200  # of nesting; JSON is read deeper than it can be written again

REQUESTED = "transfer.requested"
ACCEPTED = "transfer.accepted"
REJECTED = "transfer.rejected"
INQUIRY = "transfer.inquiry"
UNKNOWN = "transfer.unknown"
RETURNED = "transfer.returned"
QUESTIONS = (REQUESTED, RETURNED, INQUIRY)
ANSWERS = (ACCEPTED, REJECTED, UNKNOWN)

_HASHED = (
    "federation_id",
    "transaction_id",
    "original_transaction_id",
    "from_bank",
    "to_bank",
    "from_account",
    "to_account",
    "amount_minor",
    "currency",
    "reference",
    "expires_at",
    "original_hash",
)


def is_shallow(value: Any, levels: int) -> bool:
    """Whether objects and arrays stand at most so many deep in each other."""
    layer = [value] if type(value) is dict or type(value) is list else []
    for _ in range(levels):
        if not layer:
            return True
        layer = [
            inner
            for outer in layer
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) is dict or type(inner) is list
        ]
    return not layer


def content_hash(fields: dict[str, Any]) -> str:
    """Hex SHA-256 over the canonical (RFC 8785) business fields, absent and null ones left out."""
    business = {name: value for name in _HASHED if (value := fields.get(name)) is not None}
    business["family"] = "return" if "original_transaction_id" in business else "payment"
    return sha256(orjson.dumps(business, option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(slots=True)
class Message:
    """A question or an answer as read from the topic, its `from_bank` and `transaction_id` already believed readable.

    `hash` is computed from what was received, never the claimed one; an answer has none, it names its question's.
    `fault` is set where the business fields can not be right ({code, text}): such a request gets its rejection.
    `sealed`: its mac was verified, so it is of who it says.
    """

    type: str
    transaction_id: str
    from_bank: str
    to_bank: str
    hash: str
    fields: dict[str, Any]
    fault: tuple[str, str] | None = None
    sealed: bool = False


def request(
    *,
    now_us: int,
    event_id: str,
    federation_id: str,
    transaction_id: str,
    from_bank: str,
    to_bank: str,
    from_account: str,
    to_account: str,
    from_name: str,
    to_name: str | None,
    amount_minor: int,
    currency: str,
    reference: str | None,
    expires_at: str | None,
    original: tuple[str, str] | None = None,
) -> tuple[bytes, str]:
    """The body of a `transfer.requested` and its content hash; with `original` (id, hash) of a `transfer.returned`."""
    fields: dict[str, Any] = {
        "schema": SCHEMA,
        "federation_id": federation_id,
        "type": RETURNED if original else REQUESTED,
        "event_id": event_id,
        "transaction_id": transaction_id,
        "from_bank": from_bank,
        "to_bank": to_bank,
        "from_account": from_account,
        "to_account": to_account,
        "from_name": from_name,
        "amount_minor": amount_minor,
        "currency": currency,
        "created_at": rfc3339(now_us),
    }
    if to_name:
        fields["to_name"] = to_name
    if reference:
        fields["reference"] = reference
    if expires_at:
        fields["expires_at"] = expires_at
    if original:
        fields["original_transaction_id"], fields["original_hash"] = original
    digest = fields["content_hash"] = content_hash(fields)
    return orjson.dumps(fields), digest


def inquiry(question: bytes, *, now_us: int, event_id: str, cancel_if_unknown: bool) -> bytes:
    """The body that asks what became of a question; it repeats the business fields, so the hash stays the same.

    With `cancel_if_unknown` it also says: if you do not know it, refuse it for ever.
    """
    fields = orjson.loads(question) | {"type": INQUIRY, "event_id": event_id, "created_at": rfc3339(now_us)}
    fields.pop("cancel_if_unknown", None)
    if cancel_if_unknown:
        fields["cancel_if_unknown"] = True
    return orjson.dumps(fields)


def answer(
    *,
    type_: str,
    event_id: str,
    federation_id: str,
    transaction_id: str,
    from_bank: str,
    to_bank: str,
    answers_hash: str,
    reason: tuple[str, str] | None,
    read_us: int,
    decided_us: int,
    repeats_ignored: int,
) -> bytes:
    """The body of the answer to a question with the hash `answers_hash`; `from_bank` is the answering bank."""
    fields: dict[str, Any] = {
        "schema": SCHEMA,
        "federation_id": federation_id,
        "type": type_,
        "event_id": event_id,
        "transaction_id": transaction_id,
        "from_bank": from_bank,
        "to_bank": to_bank,
        "answers_hash": answers_hash,
        "read_at": rfc3339(read_us),
        "decided_at": rfc3339(decided_us),
        "repeats_ignored": repeats_ignored,
        "created_at": rfc3339(decided_us),
    }
    if reason:
        fields["reason"] = {"code": reason[0], "text": reason[1]}
    return orjson.dumps(fields)


def dead_letter(
    now_us: int, bank_id: str, code: str, text: str, topic: str, partition: int, offset: int, value: bytes | None
) -> bytes:
    """The body of a dead letter: where it was read, why it was not believed, and at most 64 KiB of its bytes."""
    original = value or b""
    fields = {
        "schema": SCHEMA,
        "type": "dead.letter",
        "bank": bank_id,
        "reason": {"code": code, "text": text},
        "source": {"topic": topic, "partition": partition, "offset": offset},
        "bytes": len(original),
        "sha256": sha256(original).hexdigest(),
        "value_base64": b64encode(original[:BYTES_MAX]).decode(),
        "created_at": rfc3339(now_us),
    }
    return orjson.dumps(fields)
