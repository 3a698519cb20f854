"""The hash chain of the audit log, pure. Which happenings have a row, and what it says, is for the operations.

Each row's hash covers the hash of the row before it and all of its own words: SHA-256 over the 32 bytes of the earlier
hash (zeros before the first row) and the JSON array `[seq, at_us, actor, action, subject, facts]`, UTF-8, no spaces,
`facts` as the text it is stored as. Whoever changes, takes out, puts in or swaps rows has to write anew every row
after them, and the newest hash is known elsewhere: in the registry and at every bank this one has spoken to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

import orjson

BEGINNING = bytes(32)  # what the first row is hashed over


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the audit log. `facts` is JSON as it is stored."""

    seq: int
    at_us: int
    actor: str
    action: str
    subject: str
    facts: str
    hash: bytes


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain does not hold: the row, and why in words."""

    seq: int
    why: str


def link(previous: bytes, seq: int, at_us: int, actor: str, action: str, subject: str, facts: str) -> bytes:
    """The hash of a row that follows the one with the hash `previous`."""
    return sha256(previous + orjson.dumps((seq, at_us, actor, action, subject, facts))).digest()


def breaks(rows: Iterable[Row], seq: int = 0, previous: bytes = BEGINNING) -> Iterator[Break]:
    """Each place where rows, in the order of their seq, do not follow from one another. `seq` and `previous` are those
    of the row before the first one."""
    for row in rows:
        if row.seq != seq + 1:
            gone = f"row {seq + 1} is" if row.seq == seq + 2 else f"rows {seq + 1} to {row.seq - 1} are"
            yield Break(seq + 1, f"{gone} missing")
        elif link(previous, row.seq, row.at_us, row.actor, row.action, row.subject, row.facts) != row.hash:
            yield Break(row.seq, f"row {row.seq} is not what was written after row {seq}")
        seq, previous = row.seq, row.hash


def first_broken(rows: Iterable[Row], seq: int = 0, previous: bytes = BEGINNING) -> Break | None:
    """Where the chain breaks first; None where it holds."""
    return next(breaks(rows, seq, previous), None)
