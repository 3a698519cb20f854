"""Which accounts an entry moved. Postings have no index by entry, every payment would pay for it: the audit log knows.

Each entry has its row there, in the order of their numbers; between them stand the rows of what moved no money. So an
entry's row is at least as many rows beyond that of an earlier one as its number is higher, and a few such steps find it
among millions. A log that was begun later than the books does not know their first entries.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import orjson

from bank_node.store.statements import Hot

BOOKED_FROM = Hot(
    "SELECT seq, facts FROM audit_log WHERE seq >= :seq AND substr(facts, 1, 8) = '{\"entry\"' ORDER BY seq LIMIT 1"
)
STEPS_MAX: Final = 64

Look = Callable[[dict[str, Any]], Any]  # the one row of BOOKED_FROM, or None


def accounts_moved(look: Look, entry_id: int) -> tuple[int, ...] | None:
    """By their ids; None where the log does not say."""
    return _walk(look, entry_id, entry_id) or _walk(look, entry_id, 1)


def _walk(look: Look, entry_id: int, seq: int) -> tuple[int, ...] | None:
    for _ in range(STEPS_MAX):
        row = look({"seq": seq})
        found, accounts = _read(row[1]) if row is not None else (0, ())
        if found == entry_id:
            return accounts
        if not 0 < found < entry_id:
            return None
        seq = row[0] + entry_id - found
    return None


def _read(facts: str) -> tuple[int, tuple[int, ...]]:
    """The entry's number and its accounts; 0 of a row that somebody has spoilt."""
    try:
        said = orjson.loads(facts)
        return int(said["entry"]), tuple(int(posting[0]) for posting in said["postings"])
    except (ValueError, TypeError, KeyError, IndexError):
        return 0, ()
