"""The types of accounts and their rules: how little may be on one, how far it may be overdrawn, what it is used for.

Rules are asked when an account is opened or changed, and become its `floor`, which guards every debit from then on.
Accounts that were opened otherwise keep the floor they have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import AMOUNT_MAX, exponent_of, format_amount

CASH_IN: Final = "cash_in"
CASH_OUT: Final = "cash_out"
PAYMENT: Final = "payment"
CARD: Final = "card"
OPERATIONS: Final = (CASH_IN, CASH_OUT, PAYMENT, CARD)

_HUNDREDTHS = 2  # the rules are written in units of a hundred; where a unit has no hundredths, a hundred of it count


@dataclass(frozen=True, slots=True)
class Product:
    """`minimum` and `overdraft_max` are in units: 10 is 10.00 EUR, 10.000 KWD, 1,000 JPY."""

    type: str
    name: str
    minimum: int
    overdraft_max: int
    allows: frozenset[str]

    def minimum_minor(self, currency: str) -> int:
        return self.minimum * _unit(currency)

    def overdraft_max_minor(self, currency: str) -> int:
        return self.overdraft_max * _unit(currency)


_COUNTER = frozenset({CASH_IN, CASH_OUT, PAYMENT})
PRODUCTS: Final = {
    product.type: product
    for product in (
        Product("current", "current account", 0, 5_000, _COUNTER | {CARD}),
        Product("savings", "savings account", 10, 0, _COUNTER),
        Product("business", "business account", 0, 50_000, _COUNTER | {CARD}),
    )
}


def product_of(type_: str, field: str = "type") -> Product:
    """Raises Refusal FF01 for a type there is not."""
    try:
        return PRODUCTS[type_]
    except KeyError:
        raise Refusal("FF01", f"an account is one of {', '.join(PRODUCTS)}", field) from None


def check_allowed(type_: str, operation: str, field: str = "account") -> None:
    """Raises Refusal AG01 where accounts of this type are not used so."""
    product = product_of(type_)
    if operation not in product.allows:
        raise Refusal("AG01", f"a {product.name} has no {operation.replace('_', ' ')}", field)


def opening_floor(type_: str, currency: str, opening_minor: int) -> int:
    """The floor of a new account. Raises Refusal where its opening deposit is below its minimum balance."""
    product = product_of(type_)
    minimum = product.minimum_minor(currency)
    if opening_minor < minimum:
        least = f"{format_amount(minimum, currency)} {currency}"
        raise Refusal("AM02", f"a {product.name} begins with at least {least}", "opening_minor")
    return minimum


def check_floor(type_: str, currency: str, floor_minor: int) -> None:
    """Raises Refusal where accounts of this type may not be overdrawn so far, or no balance is that high."""
    product = product_of(type_)
    furthest = product.overdraft_max_minor(currency)
    if floor_minor < -furthest:
        most = f"by at most {format_amount(furthest, currency)} {currency}" if furthest else "not at all"
        raise Refusal("AM02", f"a {product.name} may be overdrawn {most}", "floor_minor")
    if floor_minor > AMOUNT_MAX:
        raise Refusal("AM12", "the minimum balance is too large", "floor_minor")


def floor_after(type_: str, currency: str, floor_minor: int) -> int:
    """The floor of an account with this one when it becomes another type: an overdraft stays where it may.

    Raises Refusal where it may not.
    """
    check_floor(type_, currency, floor_minor)
    return floor_minor if floor_minor < 0 else product_of(type_).minimum_minor(currency)


def _unit(currency: str) -> int:
    return int(10 ** max(_HUNDREDTHS, exponent_of(currency)))
