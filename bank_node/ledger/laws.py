"""The laws of one bank's books, over a snapshot of its accounts. Those between banks are in `transfers.laws`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AccountLine:
    """`code` is an account number or a code of the chart; amounts are credit-positive minor units."""

    code: str
    kind: str
    currency: str
    balance_minor: int
    held_minor: int
    floor_minor: int
    posted_minor: int  # the sum of its postings


def postings_balance(accounts: Iterable[AccountLine], unbalanced_entries: Iterable[int]) -> Iterator[str]:
    """I1: the postings sum to zero in each currency, and each entry balances."""
    totals: dict[str, int] = defaultdict(int)
    for account in accounts:
        totals[account.currency] += account.posted_minor
    for currency, total in sorted(totals.items()):
        if total:
            yield f"all postings in {currency} sum to {total}, not to 0"
    for entry_id in unbalanced_entries:
        yield f"entry {entry_id} does not balance"


def balances_are_sums(accounts: Iterable[AccountLine]) -> Iterator[str]:
    """I2: a stored balance is the sum of its postings, and none is below its floor."""
    for account in accounts:
        if account.balance_minor != account.posted_minor:
            words = f"says {account.balance_minor}, its postings sum to {account.posted_minor}"
            yield f"account {account.code} ({account.currency}) {words}"
        if account.balance_minor < account.floor_minor:
            words = f"stands at {account.balance_minor}, below its floor of {account.floor_minor}"
            yield f"account {account.code} ({account.currency}) {words}"
