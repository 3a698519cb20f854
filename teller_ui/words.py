"""Amounts in words, English only: the second reading of a sum on review steps and receipts."""

from __future__ import annotations

from bank_node.ledger.money import exponent_of

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("-", "-", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ((10**15, "quadrillion"), (10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"))
# unit and hundredth (or thousandth), each as one and as many
_NAMES = {
    "EUR": (("euro", "euros"), ("cent", "cents")),
    "USD": (("dollar", "dollars"), ("cent", "cents")),
    "GBP": (("pound", "pounds"), ("penny", "pence")),
    "CHF": (("franc", "francs"), ("centime", "centimes")),
    "JPY": (("yen", "yen"), ("", "")),
    "KWD": (("dinar", "dinars"), ("fils", "fils")),
}


def number_in_words(number: int) -> str:
    """`one thousand two hundred and thirty-four`; not below zero."""
    for size, name in _SCALES:
        if number >= size:
            head, rest = divmod(number, size)
            glue = " and " if 0 < rest < 100 else " "
            return f"{number_in_words(head)} {name}" + (f"{glue}{number_in_words(rest)}" if rest else "")
    if number >= 100:
        head, rest = divmod(number, 100)
        return f"{_ONES[head]} hundred" + (f" and {number_in_words(rest)}" if rest else "")
    if number >= 20:
        head, rest = divmod(number, 10)
        return _TENS[head] + (f"-{_ONES[rest]}" if rest else "")
    return _ONES[number]


def amount_in_words(minor: int, currency: str) -> str:
    """`twelve euros and fifty cents`. Raises Refusal AM03 for a currency the bank does not keep."""
    whole, part = divmod(abs(minor), 10 ** exponent_of(currency))
    unit, fraction = _NAMES[currency]
    said = [f"{number_in_words(whole)} {unit[whole != 1]}"] if whole or not part else []
    if part:
        said.append(f"{number_in_words(part)} {fraction[part != 1]}")
    return ("minus " if minor < 0 else "") + " and ".join(said)
