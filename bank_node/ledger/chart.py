"""The chart of accounts: the bank's own accounts beside those of its customers, one set per currency."""

from __future__ import annotations

CUSTOMER = "customer"
VAULT = "vault"
DRAWER = "drawer"
VARIANCE = "cash_over_and_short"
SUSPENSE_OUT = "suspense:out"
UNCLAIMED = "unclaimed"
CLEARING = "clearing"
RESERVE = "reserve:head"  # money at the head bank; clearing is settled against it, and nothing else is

CASH = frozenset({VAULT, DRAWER, VARIANCE})  # what deposits and withdrawals are booked against
BOTTOM = -(10**18)  # floor of accounts that may go below zero; far from the edge of 64 bits


def clearing(peer: str) -> str:
    """The nostro/vostro account with another bank."""
    return f"{CLEARING}:{peer}"


def peer_of(code: str) -> str:
    """The bank that a clearing account is with."""
    return code.removeprefix(f"{CLEARING}:")


def drawer(number: int) -> str:
    """The account with the cash of one drawer."""
    return f"{DRAWER}:{number}"


def kind_of(code: str) -> str:
    """The kind of a chart code: `clearing` for `clearing:BRVO`, `drawer` for `drawer:2`, else the code itself."""
    kind = code.partition(":")[0]
    return kind if kind in (CLEARING, DRAWER) else code


def floor_of(code: str) -> int:
    """The lowest balance the account may have, credit-positive."""
    return 0 if kind_of(code) in (SUSPENSE_OUT, UNCLAIMED) else BOTTOM
