"""Notes and coins: which there are of a currency, and what a count of them comes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import AMOUNT_MAX, format_amount

COUNT_MAX = 1_000_000  # of one note or coin: more are no count, but a slip

_CENTS = (50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1)
DENOMINATIONS: Final[dict[str, tuple[int, ...]]] = {
    "EUR": _CENTS,
    "USD": (10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 25, 10, 5, 1),
    "GBP": (5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1),
    "CHF": (100_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5),
    "JPY": (10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10, 5, 1),
    "KWD": (20_000, 10_000, 5_000, 1_000, 500, 250, 100, 50, 20, 10, 5),
}

Count = Mapping[str, int]  # minor units of one piece, as text, to how many: `{"5000": 2}` is two notes of 50.00 EUR


def total_of(count: Count, currency: str, field: str = "denominations") -> int:
    """Minor units of so many notes and coins. Raises Refusal AM12 for what is no such note, or no such number."""
    known = DENOMINATIONS.get(currency, ())
    total = 0
    for piece, many in count.items():
        if not (piece.isascii() and piece.isdigit() and len(piece) < 10 and int(piece) in known):
            listed = ", ".join(str(value) for value in known)
            raise Refusal("AM12", f"{currency} has notes and coins of {listed} minor units, not of {piece!r}", field)
        if type(many) is not int or not 0 <= many <= COUNT_MAX:
            raise Refusal("AM12", f"a count is a whole number from 0 to {COUNT_MAX:,}", field)
        total += int(piece) * many
    if total > AMOUNT_MAX:
        raise Refusal("AM12", "so much cash there is not", field)
    return total


def check_adds_up(count: Count | None, amount_minor: int, currency: str) -> None:
    """Raises Refusal AM12 where notes and coins were counted and are not the amount."""
    if not count:
        return
    total = total_of(count, currency)
    if total != amount_minor:
        words = f"the notes and coins come to {format_amount(total, currency)} {currency}"
        raise Refusal("AM12", f"{words}, the amount is {format_amount(amount_minor, currency)}", "denominations")
