"""Money is a whole number of minor units and a currency. Text becomes money here, and money becomes text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bank_node.ledger.errors import Refusal

EXPONENTS = {"EUR": 2, "USD": 2, "GBP": 2, "CHF": 2, "JPY": 0, "KWD": 3}  # ISO 4217
AMOUNT_MAX = 10**15  # of one amount, and of |balance| on a customer's account

_BLANK = "[ \u00a0\u202f'’]"  # what groups thousands where comma and point are both taken
_NUMBER = re.compile(r"([0-9]*)(?:\.([0-9]*))?")
_GROUPS = "[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})+"


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
    number = _NUMBER.fullmatch(_with_one_point(_without_blanks(typed), decimals))
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


def _without_blanks(typed: str) -> str:
    """Blanks may only stand between thousands: `1 234,50`. `1 50` stays as it is, and is no number."""
    grouped = re.match(_GROUPS.format(mark=_BLANK) + "(?![0-9])", typed)
    return re.sub(_BLANK, "", grouped[0]) + typed[grouped.end() :] if grouped else typed


def _with_one_point(raw: str, decimals: int) -> str:
    """The number with a decimal point and no grouping; the text as it was where it is none. Raises Refusal."""
    mark = max(",.", key=raw.rfind)  # the last mark is the decimal one, unless it can only group
    if mark not in raw:
        return raw
    other = "." if mark == "," else ","
    head, _, tail = raw.rpartition(mark)
    if other in raw:
        return f"{head.replace(other, '')}.{tail}" if _is_grouped(head, other) else raw
    if not _is_grouped(raw, mark):
        return f"{head}.{tail}" if mark not in head else raw
    if mark in head or (mark == "," and decimals == 0):
        return raw.replace(mark, "")
    if mark == "." and decimals == 3:
        return raw
    # A thousand to one reader, a fraction to another: with money nobody guesses.
    words = f"{raw} can be read in two ways; write {raw.replace(mark, '')} or {head}.{tail[:decimals]}"
    raise Refusal("AM12", words, "amount")


def _is_grouped(raw: str, mark: str) -> bool:
    return re.fullmatch(_GROUPS.format(mark=re.escape(mark)), raw) is not None


def _example(decimals: int) -> str:
    return "1234" if decimals == 0 else "1234." + "50"[:decimals].ljust(decimals, "0")
