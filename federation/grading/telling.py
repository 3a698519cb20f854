"""Amounts, transfers and times as sentences have them: `2.50`, `transfer t17 of 2.50 from ALFA/3 to BRVO/1`."""

from __future__ import annotations

from federation.grading.history import Sent
from federation.grading.town import Town


def money(minor: int) -> str:
    """With two decimals: the town has one currency."""
    whole, cents = divmod(abs(minor), 100)
    return f"{'−' if minor < 0 else ''}{whole:,}.{cents:02d}"


def transfer(town: Town, sent: Sent) -> str:
    road = f"from {town.label(sent.from_account)} to {town.label(sent.to_account)}"
    return f"transfer {sent.transaction_id} of {money(sent.amount_minor)} {road}"


def seconds(us: int) -> str:
    return f"{us / 1_000_000:.1f} s"


def times(count: int) -> str:
    return {0: "not at all", 1: "once", 2: "twice"}.get(count, f"{count} times")
