"""Seals a month: from then on its entries are in the archive, where they stand, under one hash."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bank_node.clock import Ids
from bank_node.ledger.seal import Seal
from bank_node.store.books import Books

ARCHIVIST = "archive"


def seal_month(
    books: Books, now_us: int, _ids: Ids, seal: Seal, balances: Mapping[int, int], actor: str = ARCHIVIST
) -> bool:
    """Whether it was sealed now: not, if it is already, or another month was meanwhile.

    What it is made of was read before, outside of any unit of work: nothing can change it any more.
    """
    span = seal.span
    if books.archive.end() != (span.after_entry, span.previous) or books.suspect:
        return False
    books.archive.seal(now_us, seal, balances, actor)
    facts: dict[str, Any] = {
        "after_entry": span.after_entry,
        "up_to_entry": span.up_to_entry,
        "postings": seal.postings,
    }
    facts |= {"previous": span.previous, "hash": seal.hash}
    books.audit.note("month_sealed", f"month/{span.month}", actor, facts)
    return True
