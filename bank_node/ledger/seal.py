"""The seal of a month, pure: one hash over all that was booked in it, and over the seal before it.

It is SHA-256 over the JSON array `[previous, month, up_to_entry, entries, postings]`, UTF-8, no spaces: entries in the
order of their numbers, `[id, kind, currency, transaction_id, text, actor, at_us]`; postings by account, then by entry,
`[account_id, entry_id, amount, balance_after]`. `previous` is the hash of the month sealed before, in hexadecimal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson

BEGINNING = "0" * 64  # what the first month is hashed over

Rows = Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Span:
    """What a month is made of: the entries after one and up to another. `previous` is the hash of the seal before."""

    month: str  # YYYY-MM
    after_entry: int = 0
    up_to_entry: int = 0
    previous: str = BEGINNING


@dataclass(frozen=True, slots=True)
class Seal:
    """`moved` is what was booked on each account in this month, `standing` its balance after the last of it."""

    span: Span
    hash: str
    postings: int
    moved: dict[int, int]
    standing: dict[int, int]


def seal_of(span: Span, entries: Iterable[Rows], postings: Iterable[Rows]) -> Seal:
    """Reads both in pieces, in their order, and remembers one number or two for each account."""
    said = sha256(orjson.dumps((span.previous, span.month, span.up_to_entry))[:-1])
    moved: dict[int, int] = {}
    standing: dict[int, int] = {}
    count = 0
    for lists, kept in ((entries, False), (postings, True)):
        said.update(b",[")
        between = b""
        for rows in lists:
            said.update(between + orjson.dumps(rows)[1:-1])
            between = b","
            if kept:
                count += len(rows)
                for account_id, own in groupby(rows, itemgetter(0)):
                    booked = list(own)
                    moved[account_id] = moved.get(account_id, 0) + sum(row[2] for row in booked)
                    standing[account_id] = booked[-1][3]
        said.update(b"]")
    said.update(b"]")
    return Seal(span, said.hexdigest(), count, moved, standing)
