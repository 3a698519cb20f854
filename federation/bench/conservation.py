"""The end of every bench: do the books still balance? Read from the file, by plain sums of its own.

`bankfed verify` proves more, over a federation; this asks only what one bank's file can answer.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

CHECKS = {
    "every entry balances": "SELECT count(*) FROM (SELECT 1 FROM postings GROUP BY entry_id HAVING sum(amount) <> 0)",
    "a balance is the sum of its postings": (
        "SELECT count(*) FROM accounts a WHERE balance <>"
        " (SELECT coalesce(sum(amount), 0) FROM postings p WHERE p.account_id = a.id)"
    ),
    "no balance is below its floor": "SELECT count(*) FROM accounts WHERE balance < floor",
    "what is under way is what the open transfers say": (
        "SELECT count(*) FROM accounts a WHERE a.code = 'suspense:out' AND balance <> (SELECT coalesce(sum(amount), 0)"
        " FROM transfers t WHERE t.currency = a.currency AND t.state IN ('PENDING', 'SENT', 'CANCELLING'))"
    ),
}


def conserved(*databases: Path) -> bool:
    """True where every check finds nothing in every file."""
    return not [name for database in databases for name in broken(database)]


def broken(database: Path) -> list[str]:
    """The checks that found something."""
    connection = sqlite3.connect(database)
    try:
        return [name for name, sql in CHECKS.items() if connection.execute(sql).fetchone()[0]]
    finally:
        connection.close()
