"""Reading a record of `external-transfers`: everything that can be judged without the database.

A record is for somebody else (None), unreadable (quarantine, no answer) or readable; a readable request with impossible
business fields carries a `fault` and will be answered with a rejection. Nothing here raises on any bytes whatever.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import orjson

from bank_node.ledger.account import read_number
from bank_node.ledger.dates import read_rfc3339
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import AMOUNT_MAX, EXPONENTS
from bank_node.ledger.text import TEXT_MAX, is_plain
from bank_node.transfers.messages import (
    ANSWERS,
    BYTES_MAX,
    INQUIRY,
    LEVELS_MAX,
    MAJOR,
    QUESTIONS,
    RETURNED,
    Message,
    content_hash,
    is_shallow,
)
from bank_node.transfers.payee import FOUND, LOOKUP
from bank_node.transfers.ports import Record
from bank_node.transfers.recall import RECALL_ANSWERED, RECALL_REQUESTED, VERDICTS, recall_hash

WIRE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(slots=True)
class Source:
    """Where a record was read, and its bytes."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    read_us: int


@dataclass(slots=True)
class Readable:
    message: Message
    source: Source


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Goes to the quarantine and the dead letters; nobody is answered.

    `doubted`: it may well be read, but not be of the bank it names; the registry may know better by now.
    """

    source: Source
    code: str
    text: str
    transaction_id: str | None = None
    from_bank: str | None = None
    doubted: bool = False


Incoming = Readable | Unreadable


@dataclass(frozen=True, slots=True)
class Position:
    """Where the reader stands after a batch: the next offset of each partition, in the log of this identity."""

    cluster_id: str
    topic_id: str
    topic: str
    next_offsets: dict[int, int]


@dataclass(frozen=True, slots=True)
class Batch:
    """One poll: what to take in, and the position to store with its effects."""

    records: tuple[Incoming, ...]
    position: Position | None = None


class Desk:
    """Reads records addressed to one bank of one federation; `directory` is the banks it knows.

    `doubt(from_bank, fields)` says why a message is not believed to be of that bank (`transfers.keyring`).
    """

    def __init__(
        self,
        bank_id: str,
        federation_id: str,
        directory: Collection[str],
        doubt: Callable[[str, dict[str, Any]], str | None] | None = None,
    ) -> None:
        self._bank_id = bank_id
        self._key = bank_id.encode()
        self._federation_id = federation_id
        self._directory = directory
        self._doubt = doubt

    def read(self, record: Record, now_us: int) -> Incoming | None:
        """None: addressed to another bank or another federation; skip it and count it."""
        if record.key and record.key != self._key:
            return None
        source = Source(record.topic, record.partition, record.offset, record.key, record.value, now_us)
        fields = _parse(record.value)
        if isinstance(fields, str):
            return Unreadable(source, "FF01", fields)
        if fields.get("federation_id", self._federation_id) != self._federation_id:
            return None
        if fields.get("to_bank") != self._bank_id:
            return Unreadable(source, "FF01", "the key names this bank, to_bank another") if record.key else None
        return self._judge(fields, source)

    def _judge(self, fields: dict[str, Any], source: Source) -> Incoming:
        transaction_id, from_bank = fields.get("transaction_id"), fields.get("from_bank")
        if not isinstance(transaction_id, str) or not WIRE_ID.fullmatch(transaction_id):
            return Unreadable(source, "FF01", "no readable transaction_id")
        if not isinstance(from_bank, str) or from_bank == self._bank_id or from_bank not in self._directory:
            claims = from_bank if isinstance(from_bank, str) and WIRE_ID.fullmatch(from_bank) else None
            words = "from_bank is not another bank of the directory"
            return Unreadable(source, "FF01", words, transaction_id, claims, doubted=claims is not None)
        doubt = self._doubt(from_bank, fields) if self._doubt is not None else None
        if doubt is not None:
            return Unreadable(source, "FF01", doubt, transaction_id, from_bank, doubted=True)
        unreadable = _broken_envelope(fields)
        if unreadable:
            return Unreadable(source, "FF01", unreadable, transaction_id, from_bank)
        type_, computed = fields["type"], ""
        if type_ not in (*ANSWERS, RECALL_ANSWERED):
            computed = recall_hash(fields) if type_ == RECALL_REQUESTED else content_hash(fields)
        if computed and fields.get("content_hash", computed) != computed:
            return Unreadable(source, "FF01", "content_hash does not fit the content", transaction_id, from_bank)
        fault = business_fault(fields) if type_ in QUESTIONS else None
        sealed = self._doubt is not None and fields.get("mac") is not None
        message = Message(type_, transaction_id, from_bank, self._bank_id, computed, fields, fault, sealed)
        return Readable(message, source)


def _parse(value: bytes | None) -> dict[str, Any] | str:
    if value is None:
        return "an empty record"
    if len(value) > BYTES_MAX:
        return f"{len(value)} bytes; at most {BYTES_MAX} are read"
    try:
        fields = orjson.loads(value)
    except (orjson.JSONDecodeError, RecursionError):
        return "not JSON"
    return fields if isinstance(fields, dict) else "not a JSON object"


def _broken_envelope(fields: dict[str, Any]) -> str | None:
    if not is_shallow(fields, LEVELS_MAX):  # before anything is hashed or quoted of it
        return f"nested more than {LEVELS_MAX} deep"
    schema, type_ = fields.get("schema", MAJOR), fields.get("type")
    if not isinstance(schema, str) or not schema.startswith(MAJOR):
        return f"schema {str(schema)[:40]!r} is not spoken here"
    if type_ in ANSWERS or type_ == RECALL_ANSWERED:
        answers_hash = fields.get("answers_hash")
        if not isinstance(answers_hash, str) or not _HASH.fullmatch(answers_hash):
            return "an answer without the hash of what it answers"
    if type_ in (RECALL_REQUESTED, RECALL_ANSWERED):
        return _broken_recall(fields)
    if type_ in (LOOKUP, FOUND):
        return _broken_lookup(fields)
    if type_ in ANSWERS:
        return None
    return None if type_ in QUESTIONS else f"type {str(type_)[:40]!r} is not known here"


def business_fault(fields: dict[str, Any]) -> tuple[str, str] | None:
    """Why the business fields of a question can never be right: (code, text), or None."""
    amount = fields.get("amount_minor")
    if type(amount) is not int or not 1 <= amount <= AMOUNT_MAX:
        return "AM12", "amount_minor is not a whole number from 1 to 10^15"
    currency = fields.get("currency")
    if not isinstance(currency, str) or currency not in EXPONENTS:
        return "AM03", "the currency is not known here"
    for name in ("from_account", "to_account"):
        if not _is_number(fields.get(name)):
            return ("AC01" if name == "to_account" else "FF01"), f"{name} is not an account number"
    for name in ("from_name", "to_name", "reference"):
        if not _is_text(fields.get(name)):
            return "FF01", f"{name} is not a text of at most {TEXT_MAX} characters"
    if not _is_moment(fields.get("expires_at")):
        return "FF01", "expires_at is not a moment in RFC 3339"
    if fields["type"] == RETURNED and not _is_return(fields):
        return "FF01", "a return names its original and its hash"
    if fields["type"] != INQUIRY and fields.get("cancel_if_unknown"):
        return "FF01", "only an inquiry may ask to cancel"
    return None


def _broken_recall(fields: dict[str, Any]) -> str | None:
    """A recall moves no money, so nobody is answered who cannot write one."""
    if fields["type"] == RECALL_REQUESTED and not _is_return(fields):
        return "a recall names the payment and its hash"
    if fields["type"] == RECALL_ANSWERED and fields.get("verdict") not in tuple(VERDICTS):
        return "a recall is agreed to or refused"
    reason, returned = fields.get("reason"), fields.get("return_transaction_id")
    if reason is not None and not (isinstance(reason, dict) and _is_text(reason.get("text"))):
        return f"the reason is not a text of at most {TEXT_MAX} characters"
    if returned is not None and not (isinstance(returned, str) and WIRE_ID.fullmatch(returned)):
        return "no readable return_transaction_id"
    return None


def _broken_lookup(fields: dict[str, Any]) -> str | None:
    if not _is_number(fields.get("account")):
        return "account is not an account number"
    if fields["type"] == LOOKUP:
        return None
    if type(fields.get("found")) is not bool or not _is_text(fields.get("name")):
        return f"found is not true or false, or name not a text of at most {TEXT_MAX} characters"
    return None


def _is_number(value: object) -> bool:
    """Foreign banks may number as they like; one of ours must fit its check digits."""
    if not isinstance(value, str) or not 1 <= len(value) <= 64 or not is_plain(value):
        return False
    if not value.startswith("XF"):
        return True
    try:
        return read_number(value) == value
    except Refusal:
        return False


def _is_text(value: object) -> bool:
    return value is None or (isinstance(value, str) and len(value) <= TEXT_MAX and is_plain(value))


def _is_moment(value: object) -> bool:
    if value is None:
        return True
    try:
        return isinstance(value, str) and read_rfc3339(value) > 0
    except (ValueError, OverflowError):
        return False


def _is_return(fields: dict[str, Any]) -> bool:
    original, digest = fields.get("original_transaction_id"), fields.get("original_hash")
    return (
        isinstance(original, str)
        and WIRE_ID.fullmatch(original) is not None
        and isinstance(digest, str)
        and _HASH.fullmatch(digest) is not None
    )
