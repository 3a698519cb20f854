"""The accounts of every simulated bank, one of each kind that a table of the protocol tells from the others."""

from __future__ import annotations

from typing import Any

from bank_node.ledger.account import make_number
from bank_node.ledger.money import AMOUNT_MAX

LIAR = "LIAR"  # a bank of the directory, certified like the others, that is none of them and says what it likes
BANKS = ("ALFA", "BRVO", "CHRL", "DLTA", "ECHO", "FOXT", "GOLF", "HOTL")
OPENING = 1_000_00
RICH = (1, 2, 3, 4)
FULL, DOLLARS, BLOCKED, FROZEN, CLOSED, POOR = 5, 6, 7, 8, 9, 10
NOBODY = 99
ROOM_LEFT = 5_00  # until the account at the ceiling is full


def number_of(bank_id: str, account: int) -> str:
    return make_number(bank_id, account)


def entry_of(bank_id: str) -> list[dict[str, Any]]:
    """A bank's accounts, as its entry of a world file lists them."""
    opening = {**dict.fromkeys(RICH, OPENING), FULL: AMOUNT_MAX - ROOM_LEFT, DOLLARS: OPENING, POOR: 3_00}
    opening |= {BLOCKED: 50_00, FROZEN: 50_00}
    states = {BLOCKED: "blocked", FROZEN: "debit_frozen", CLOSED: "closed"}
    return [
        {
            "number": number_of(bank_id, account),
            "owner": f"Customer {account} of {bank_id}",
            "type": "current",
            "currency": "USD" if account == DOLLARS else "EUR",
            "state": states.get(account, "open"),
            "opening_minor": opening.get(account, 0),
        }
        for account in (*RICH, FULL, DOLLARS, BLOCKED, FROZEN, CLOSED, POOR)
    ]
