"""Rows of the audit log as news for whoever listens: which topic, which key, and what is said.

The audit log is where the news wait to be told: it was written with what it tells of, and how far it has been told is
one number. Nothing here is needed by any bank.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bank_node.ledger.chain import Row
from bank_node.ledger.dates import rfc3339
from bank_node.transfers import topics
from bank_node.transfers.messages import BYTES_MAX, SCHEMA

AUDIT_LINES = "audit.lines"
_FUNDED = "account.funded"
# Of a transfer, at the bank that sends it: what an entry says, and on which topic; one inside the bank says both.
_OF_TRANSFER = {
    "transfer_out": ((topics.TRANSACTION_INITIATED, "transaction.initiated"),),
    "return_out": ((topics.TRANSACTION_INITIATED, "transaction.initiated"),),
    "transfer_inside": (
        (topics.TRANSACTION_INITIATED, "transaction.initiated"),
        (topics.TRANSACTION_COMPLETED, "transaction.completed"),
    ),
    "transfer_completed": ((topics.TRANSACTION_COMPLETED, "transaction.completed"),),
    "transfer_refunded": ((topics.TRANSACTION_FAILED, "transaction.failed"),),
}
ABOUT_TRANSFERS = frozenset(_OF_TRANSFER)
ABOUT = ("transaction.initiated", "transaction.completed", "transaction.failed", _FUNDED)  # what listeners are told of
FUNDING = frozenset({"deposit", "transfer_in", "return_in", "transfer_inside", "unclaimed_paid_out"})
_ENVELOPE_BYTES = 1_024  # of a record of audit lines, around its lines


@dataclass(frozen=True, slots=True)
class News:
    """A record of an informational topic, before it is sealed."""

    topic: str
    key: str
    type: str
    transaction_id: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class SentTransfer:
    """What the news say of a transfer."""

    transaction_id: str
    from_account: str
    to_bank: str
    to_account: str
    amount_minor: int
    currency: str
    reference: str | None
    reason: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Happened:
    """A row of the audit log with what must be looked up to tell of it: the transfer, and customers' accounts that
    got money, each with how much."""

    row: Row
    facts: dict[str, Any]
    transfer: SentTransfer | None = None
    funded: tuple[tuple[str, int], ...] = ()


class Herald:
    """Tells of what happens at one bank."""

    def __init__(self, bank_id: str, federation_id: str) -> None:
        self._bank_id, self._federation_id = bank_id, federation_id

    def tell(self, happened: Happened) -> Iterator[News]:
        """What listeners of accounts and transactions want to know of a row; of most rows nothing."""
        if happened.transfer is not None:
            for topic, type_ in _OF_TRANSFER.get(happened.row.action, ()):
                yield self._of_transfer(topic, type_, happened, happened.transfer)
        for account, amount in happened.funded:
            yield self._funding(happened, account, amount)

    def tell_lines(self, rows: Sequence[Row], previous: bytes) -> Iterator[News]:
        """All rows, as many as go into one record; `previous` is the hash of the row before the first one."""
        lines: list[bytes] = []
        size, first, before, newest = 0, rows[0], previous, previous
        for row in rows:
            line = orjson.dumps(_line(row))
            if lines and size + len(line) > BYTES_MAX - _ENVELOPE_BYTES:
                yield self._lines(first, lines, before)
                lines, size, first, before = [], 0, row, newest
            lines.append(line)
            size += len(line) + 1
            newest = row.hash
        yield self._lines(first, lines, before)

    def _of_transfer(self, topic: str, type_: str, happened: Happened, sent: SentTransfer) -> News:
        said = self._happening(type_, happened.row, sent.from_account, sent.amount_minor, sent.currency)
        said |= {"transaction_id": sent.transaction_id, "to_bank": sent.to_bank, "to_account": sent.to_account}
        if sent.reference:
            said["reference"] = sent.reference
        if topic == topics.TRANSACTION_FAILED:
            code, words = sent.reason or ("MS03", "no reason was given")
            said["reason"] = {"code": code, "text": words}
        return News(topic, sent.from_account, type_, sent.transaction_id, orjson.dumps(said))

    def _funding(self, happened: Happened, account: str, amount_minor: int) -> News:
        said = self._happening(_FUNDED, happened.row, account, amount_minor, happened.facts["currency"])
        said["by"] = happened.row.action
        of_entry = happened.row.subject.startswith("entry/")
        transaction_id = None if of_entry else happened.row.subject
        if transaction_id is not None:
            said["transaction_id"] = transaction_id
        return News(topics.ACCOUNT_FUNDED, account, _FUNDED, transaction_id, orjson.dumps(said))

    def _happening(self, type_: str, row: Row, account: str, amount_minor: int, currency: str) -> dict[str, Any]:
        return {
            **self._told(type_, f"{row.seq}.{type_}", row),
            "audit_seq": row.seq,
            "account": account,
            "amount_minor": amount_minor,
            "currency": currency,
            "actor": row.actor,
        }

    def _lines(self, first: Row, lines: Sequence[bytes], previous: bytes) -> News:
        said = orjson.dumps(
            {**self._told(AUDIT_LINES, f"{first.seq}.{AUDIT_LINES}", first), "previous_hash": previous.hex()}
        )
        body = b'%b,"lines":[%b]}' % (said[:-1], b",".join(lines))
        return News(topics.AUDIT_LOG, self._bank_id, AUDIT_LINES, None, body)

    def _told(self, type_: str, event_id: str, row: Row) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "federation_id": self._federation_id,
            "type": type_,
            "event_id": event_id,
            "bank": self._bank_id,
            "created_at": rfc3339(row.at_us),
        }


def _line(row: Row) -> dict[str, Any]:
    return {
        "seq": row.seq,
        "at_us": row.at_us,
        "actor": row.actor,
        "action": row.action,
        "subject": row.subject,
        "facts": row.facts,
        "hash": row.hash.hex(),
    }
