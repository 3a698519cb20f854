"""Amounts as nodes write them: whole minor units, a decimal text, or a float; here always whole minor units.

A float is taken for the cent it is nearest to, as long as it means that one: 0.30000000000000004 is 30, 0.305 is none.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from federation.grading.misfit import Misfit

Form = Literal["minor", "text", "float"]
CENT = Decimal(100)
MOST = 10**30  # beyond it numbers only serve to be too long for somebody
NEAR = Decimal("0.001")  # of a cent


def written(minor: int, form: Form) -> int | str | float:
    """As the node wants it."""
    match form:
        case "minor":
            return minor
        case "text":
            return str(Decimal(minor).scaleb(-2))
        case "float":
            return minor / 100


def read(value: Any, form: Form, what: str) -> int:
    """Minor units. Raises Misfit for what is no amount."""
    if form == "minor":
        if type(value) is not int:
            raise Misfit(f"{what} is {value!r}, not a whole number of minor units", "set amounts.http in the adapter")
        return _sane(value, what)
    wanted = (str,) if form == "text" else (int, float)
    if isinstance(value, bool) or not isinstance(value, wanted):
        raise Misfit(f"{what} is {value!r}, not a {'decimal text' if form == 'text' else 'number'}")
    try:
        exact = Decimal(str(value)) * CENT
        cents = exact.to_integral_value()
    except ArithmeticError:
        raise Misfit(f"{what} is {value!r}, which is no amount") from None
    if exact.is_finite() and abs(exact) > MOST:
        raise Misfit(f"{what} is more money than there is")
    if not exact.is_finite() or abs(exact - cents) > NEAR:
        raise Misfit(f"{what} is {value!r}, which is no whole number of cents")
    return int(cents)


def _sane(minor: int, what: str) -> int:
    if abs(minor) > MOST:
        raise Misfit(f"{what} is more money than there is")
    return minor
