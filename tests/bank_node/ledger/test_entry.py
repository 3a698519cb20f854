from __future__ import annotations

import pytest

from bank_node.ledger.entry import JournalEntry, Posting, Unbalanced, move


def test_an_unbalanced_entry_cannot_be_built() -> None:
    with pytest.raises(Unbalanced):
        JournalEntry("deposit", "EUR", (Posting(1, -100), Posting(2, 99)))


def test_a_single_posting_is_no_entry() -> None:
    with pytest.raises(Unbalanced):
        JournalEntry("deposit", "EUR", (Posting(1, 0),))


def test_a_move_debits_one_and_credits_the_other() -> None:
    assert move("deposit", "EUR", 1, 2, 100).postings == (Posting(1, -100), Posting(2, 100))
