"""A journal entry: postings that sum to zero. An unbalanced one cannot be built."""

from __future__ import annotations

from dataclasses import dataclass


class Unbalanced(Exception):
    """A bug in the caller, never an input: no refusal."""


@dataclass(slots=True)
class Posting:
    """`amount_minor` is credit-positive."""

    account_id: int
    amount_minor: int


@dataclass(slots=True)
class JournalEntry:
    """`kind` is what happened in the bank's words; `transaction_id` ties the entry to a transfer."""

    kind: str
    currency: str
    postings: tuple[Posting, ...]
    transaction_id: str | None = None
    text: str | None = None
    actor: str = ""

    def __post_init__(self) -> None:
        if len(self.postings) < 2 or sum(p.amount_minor for p in self.postings) != 0:
            raise Unbalanced(f"{self.kind}: {self.postings}")


def move(kind: str, currency: str, debit: int, credit: int, amount_minor: int, **about: str | None) -> JournalEntry:
    """The entry that debits one account and credits another."""
    postings = (Posting(debit, -amount_minor), Posting(credit, amount_minor))
    return JournalEntry(kind, currency, postings, **about)  # type: ignore[arg-type]
