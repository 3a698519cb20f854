"""Card numbers: sixteen digits under a test range, the last one a check digit (Luhn); and how long a card is good.

The range begins with 9 and 999, the country code that is free for users: no real card can have such a number.
"""

from __future__ import annotations

from datetime import date
from typing import Final

TEST_RANGE: Final = "9999"
DIGITS: Final = 16
YEARS_GOOD: Final = 4

ACTIVE: Final = "active"
BLOCKED: Final = "blocked"
EXPIRED: Final = "expired"  # never written down: it is what the calendar says of an active card


def with_check_digit(digits: str) -> str:
    """The number of which these are all digits but the last."""
    return digits + str(-_luhn_sum(digits + "0") % 10)


def is_number(number: str) -> bool:
    """Whether it is sixteen digits of the test range, and the check digit fits."""
    right = number.isascii() and number.isdigit() and len(number) == DIGITS and number.startswith(TEST_RANGE)
    return right and _luhn_sum(number) % 10 == 0


def masked(number: str) -> str:
    """`9999 41•• •••• 0017`: the first six digits and the last four."""
    return grouped(number[:6] + "•" * (DIGITS - 10) + number[-4:])


def grouped(number: str) -> str:
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))


def expiry_of(issued: date) -> str:
    """YYYY-MM, the last month in which a card issued that day is good."""
    return f"{issued.year + YEARS_GOOD}-{issued.month:02d}"


def state_on(state: str, expires: str, today: date) -> str:
    """The card's state that day; a blocked card stays blocked when it expires."""
    return EXPIRED if state == ACTIVE and f"{today:%Y-%m}" > expires else state


def _luhn_sum(number: str) -> int:
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number)))
    return sum(value - 9 if value > 9 else value for value in doubled)
