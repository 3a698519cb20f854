"""The books of a bank of level 2, as its `GET /lab/ledger` shows them: entries, decisions, outbox, audit log.

They add diagnosis, never points. What the answer does not have is empty here; unknown members are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Posting:
    account: str
    amount_minor: int  # signed: the postings of an entry add up to 0


@dataclass(frozen=True, slots=True)
class Entry:
    entry_id: str
    transaction_id: str
    postings: tuple[Posting, ...]


@dataclass(frozen=True, slots=True)
class OutboxRow:
    transaction_id: str
    published: bool


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Its hash: SHA-256 over the 32 bytes of the hash before it (zeros at first) and the JSON array of its words."""

    seq: int
    at_us: int
    actor: str
    action: str
    subject: str
    facts: str
    hash: str  # hexadecimal
    entry_id: str = ""  # of the change of money it tells of

    def follows(self, previous: str) -> bool:
        said = orjson.dumps((self.seq, self.at_us, self.actor, self.action, self.subject, self.facts))
        return sha256(bytes.fromhex(previous) + said).hexdigest() == self.hash


@dataclass(frozen=True, slots=True)
class Books:
    entries: tuple[Entry, ...] = ()
    outbox: tuple[OutboxRow, ...] = ()
    audit: tuple[AuditRow, ...] | None = None  # None: it keeps no such log, or does not show it
    quarantined: int | None = None  # records set aside for an operator to see


def read_books(said: Mapping[str, Any]) -> Books:
    """The books from the JSON of `/lab/ledger`. Raises ValueError in words."""
    try:
        return Books(
            tuple(_entry(one) for one in said.get("entries", ())),
            tuple(OutboxRow(str(one["transaction_id"]), bool(one["published"])) for one in said.get("outbox", ())),
            tuple(_audit_row(one) for one in said["audit"]) if said.get("audit") is not None else None,
            int(said["quarantined"]) if said.get("quarantined") is not None else None,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"/lab/ledger is not as the contract says: {type(error).__name__} {error}") from error


def _entry(said: Mapping[str, Any]) -> Entry:
    postings = tuple(Posting(str(one["account"]), int(one["amount_minor"])) for one in said["postings"])
    return Entry(str(said["entry_id"]), str(said.get("transaction_id") or ""), postings)


def _audit_row(said: Mapping[str, Any]) -> AuditRow:
    return AuditRow(
        int(said["seq"]),
        int(said["at_us"]),
        str(said["actor"]),
        str(said["action"]),
        str(said["subject"]),
        str(said["facts"]),
        str(said["hash"]),
        str(said.get("entry_id") or ""),
    )
