"""The laws of one bank's books, over what a snapshot says of them. Those between banks are in `transfers.laws`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bank_node.transfers.snapshot import BankSnapshot


def postings_balance(bank: BankSnapshot) -> Iterator[str]:
    """I1: the postings sum to zero in each currency, and each entry balances."""
    totals: dict[str, int] = defaultdict(int)
    for account in bank.accounts:
        totals[account.currency] += account.posted_minor
    for currency, total in sorted(totals.items()):
        if total:
            yield f"{bank.bank_id}: all postings in {currency} sum to {total}, not to 0"
    for entry_id in bank.unbalanced_entries:
        yield f"{bank.bank_id}: entry {entry_id} does not balance"


def balances_are_sums(bank: BankSnapshot) -> Iterator[str]:
    """I2: a stored balance is the sum of its postings, and none is below its floor."""
    for account in bank.accounts:
        if account.balance_minor != account.posted_minor:
            words = f"says {account.balance_minor}, its postings sum to {account.posted_minor}"
            yield f"{bank.bank_id}: account {account.code} ({account.currency}) {words}"
        if account.balance_minor < account.floor_minor:
            words = f"stands at {account.balance_minor}, below its floor of {account.floor_minor}"
            yield f"{bank.bank_id}: account {account.code} ({account.currency}) {words}"
