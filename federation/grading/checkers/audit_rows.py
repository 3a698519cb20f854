"""Q17, level 2: every change of money has its row in the audit log, and the hash chain of that log holds."""

from __future__ import annotations

from collections.abc import Iterator

from federation.grading.books import AuditRow, Books
from federation.grading.checkers.finding import DIAGNOSIS, Checker, Finding
from federation.grading.evidence import Evidence

BEGINNING = "00" * 32


def audit_rows(evidence: Evidence) -> Iterator[Finding]:
    for bank, books in (evidence.books or {}).items():
        if books.audit is not None:
            yield from _broken_chain(bank, books.audit)
            yield from _untold(bank, books)


def _broken_chain(bank: str, rows: tuple[AuditRow, ...]) -> Iterator[Finding]:
    previous, seq = BEGINNING, 0
    for row in rows:
        if row.seq != seq + 1 or not row.follows(previous):
            yield _finding(
                f"{bank}'s audit log does not hold: row {row.seq} is not what was written after row {seq}.",
                "an unbroken chain",
                f"broken at row {row.seq}",
            )
            return
        previous, seq = row.hash, row.seq


def _untold(bank: str, books: Books) -> Iterator[Finding]:
    told = {row.entry_id for row in books.audit or ()}
    for entry in books.entries:
        if entry.entry_id not in told:
            yield _finding(f"{bank}'s audit log says nothing of entry {entry.entry_id}.", "a row", "none")


def _finding(sentence: str, expected: str, seen: str) -> Finding:
    return Finding(CHECKER.id, sentence, expected, seen, weight=DIAGNOSIS)


CHECKER = Checker("Q17", "A", "The audit log is whole", audit_rows, level=2)
