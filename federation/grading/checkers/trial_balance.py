"""Q03, level 2: the postings of every entry add up to nothing, and so do those of a whole bank."""

from __future__ import annotations

from collections.abc import Iterator

from federation.grading.checkers.finding import DIAGNOSIS, Checker, Finding
from federation.grading.evidence import Evidence
from federation.grading.telling import money


def trial_balance(evidence: Evidence) -> Iterator[Finding]:
    for bank, books in (evidence.books or {}).items():
        for entry in books.entries:
            total = sum(posting.amount_minor for posting in entry.postings)
            if total:
                about = f" of transfer {entry.transaction_id}" if entry.transaction_id else ""
                yield Finding(
                    CHECKER.id,
                    f"{bank}'s entry {entry.entry_id}{about} does not balance: its postings add up to {money(total)}.",
                    "0.00",
                    money(total),
                    (entry.transaction_id,) if entry.transaction_id else (),
                    DIAGNOSIS,
                )


CHECKER = Checker("Q03", "A", "Every entry balances", trial_balance, level=2)
