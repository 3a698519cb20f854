"""A sum said once more before it moves: from whom, to whom, in figures and in words. Payments and returns share it."""

from __future__ import annotations

from dataclasses import dataclass

from bank_node.transfers.states import Chip


@dataclass(frozen=True, slots=True)
class ReviewView:
    """`path` is where the form is posted, `edit_path` where it can be changed."""

    amount: str
    currency: str
    words: str
    from_bank: str
    from_name: str
    from_account: str
    left_says: str
    to_bank: str
    to_name: str
    to_account: str
    payee_says: str
    reference: str
    how: str
    deed: str
    seen: Chip | None = None  # of another bank that it goes to: when it was last heard of
    path: str = "/payment"
    edit_path: str = "/payment/edit"
