"""Account numbers and account states.

A number is `XF` (a user-assigned country code: no real IBAN can appear), two check digits (mod 97, as IBAN), the bank's
id and ten digits: 18 characters, shown in groups of four.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bank_node.ledger.errors import Refusal

OPEN = "open"
DEBIT_FROZEN = "debit_frozen"  # accepts credits, refuses debits
BLOCKED = "blocked"  # refuses both; a refund still comes back to it
CLOSED = "closed"
STATES = (OPEN, DEBIT_FROZEN, BLOCKED, CLOSED)
TYPES = ("current", "savings", "business")

_SHAPE = re.compile(r"XF[0-9]{2}[A-Z][A-Z0-9]{3}[0-9]{10}")


def make_number(bank_id: str, serial: int) -> str:
    """The account number of this bank with this serial, check digits included."""
    body = f"{bank_id}{serial:010d}"
    check = 98 - _as_digits(f"{body}XF00") % 97
    return f"XF{check:02d}{body}"


@lru_cache(maxsize=65536)
def read_number(text: str, field: str = "account") -> str:
    """The canonical form of a number typed with or without spaces, in any case. Raises Refusal BE04."""
    number = "".join(text.split()).upper()
    if not _SHAPE.fullmatch(number):
        raise Refusal("BE04", "an account number has 18 characters, like XF50 ALFA 0000 0020 17", field)
    if _as_digits(number[4:] + number[:4]) % 97 != 1:
        raise Refusal("BE04", f"{group(number)} is mistyped: its check digits do not fit", field)
    return number


def bank_of(number: str) -> str:
    """The id of the bank that keeps this account."""
    return number[4:8]


def group(number: str) -> str:
    """`XF50 ALFA 0000 0020 17`."""
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))


def _as_digits(text: str) -> int:
    return int("".join(str(int(c, 36)) for c in text))
