"""Money is a whole number of minor units and a currency. Text becomes money here, and money becomes text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bank_node.ledger.errors import Refusal

EXPONENTS = {"EUR": 2, "USD": 2, "GBP": 2, "CHF": 2, "JPY": 0, "KWD": 3}  # ISO 4217
AMOUNT_MAX = 10**15  # of one amount, and of |balance| on a customer's account

_BLANKS = re.compile("[\\s\u00a0\u202f'’]")
_NUMBER = re.compile(r"([0-9]*)(?:\.([0-9]*))?")
_GROUPED = r"\d{1,3}(?:#\d{3})+"


@dataclass(frozen=True, slots=True)
class Money:
    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in EXPONENTS:
            raise Refusal("AM03", f"{self.currency!r} is not a currency of this bank", "currency")

    def __str__(self) -> str:
        return f"{format_amount(self.minor, self.currency)} {self.currency}"


def exponent_of(currency: str) -> int:
    """Number of decimals of a currency. Raises Refusal AM03."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        known = ", ".join(EXPONENTS)
        raise Refusal("AM03", f"{currency!r} is not a currency of this bank; it keeps {known}", "currency") from None


def check_amount(minor: int, field: str = "amount_minor") -> None:
    """Raises Refusal AM12 for what can never be an amount of money to move."""
    if type(minor) is not int or not 1 <= minor <= AMOUNT_MAX:
        raise Refusal("AM12", "the amount must be a whole number of minor units from 1 to 10^15", field)


def parse_amount(text: str, currency: str) -> int:
    """Minor units of `1,234.50`, `1234.5`, `1 234,50` or `1.234,50`. Raises Refusal AM12 or AM03."""
    decimals = exponent_of(currency)
    typed = text.strip()
    number = _NUMBER.fullmatch(_with_one_point(_BLANKS.sub("", typed), decimals))
    if number is None or not (number[1] or number[2]):
        raise Refusal("AM12", f"{typed or 'nothing'} is not an amount; write it like {_example(decimals)}", "amount")
    whole, fraction = number[1] or "0", (number[2] or "").rstrip("0")
    if len(fraction) > decimals:
        raise Refusal("AM12", f"{currency} has {decimals or 'no'} decimals; {typed} has more", "amount")
    minor = int(whole + fraction.ljust(decimals, "0")) if len(whole) <= 16 else AMOUNT_MAX + 1
    if minor > AMOUNT_MAX:
        raise Refusal("AM12", "the amount is too large", "amount")
    if minor == 0:
        raise Refusal("AM12", "the amount must be above zero", "amount")
    return minor


def format_amount(minor: int, currency: str) -> str:
    """`1,234.50`, with a true minus sign below zero."""
    decimals = EXPONENTS.get(currency, 0)
    whole, fraction = divmod(abs(minor), 10**decimals)
    sign = "−" if minor < 0 else ""
    return f"{sign}{whole:,}" + (f".{fraction:0{decimals}d}" if decimals else "")


def _with_one_point(raw: str, decimals: int) -> str:
    """The number with a decimal point and no grouping; the text as it was where that cannot be told."""
    mark = max(",.", key=raw.rfind)  # the last mark is the decimal one, unless it can only group
    if mark not in raw:
        return raw
    other = "." if mark == "," else ","
    head, _, tail = raw.rpartition(mark)
    grouped = _GROUPED.replace("#", re.escape(other))
    if other in raw:
        return f"{head.replace(other, '')}.{tail}" if re.fullmatch(grouped, head) else raw
    if re.fullmatch(_GROUPED.replace("#", re.escape(mark)), raw) and (mark in head or (mark == "," and decimals < 3)):
        return raw.replace(mark, "")
    return f"{head}.{tail}" if mark not in head else raw


def _example(decimals: int) -> str:
    return "1234" if decimals == 0 else "1234." + "50"[:decimals].ljust(decimals, "0")
