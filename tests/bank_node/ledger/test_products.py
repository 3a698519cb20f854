from __future__ import annotations

import pytest

from bank_node.ledger.account import TYPES
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import AMOUNT_MAX
from bank_node.ledger.products import (
    CARD,
    OPERATIONS,
    PRODUCTS,
    check_allowed,
    check_floor,
    floor_after,
    opening_floor,
    product_of,
)


def test_every_type_of_account_has_its_rules() -> None:
    assert tuple(PRODUCTS) == TYPES
    assert all(product.allows <= set(OPERATIONS) for product in PRODUCTS.values())
    with pytest.raises(Refusal) as no:
        product_of("loan")
    assert (no.value.code, no.value.field) == ("FF01", "type")


@pytest.mark.parametrize(("currency", "minimum"), [("EUR", 10_00), ("JPY", 1_000), ("KWD", 10_000)])
def test_a_savings_account_begins_with_its_minimum_balance(currency: str, minimum: int) -> None:
    assert opening_floor("savings", currency, minimum) == minimum
    with pytest.raises(Refusal, match="at least") as no:
        opening_floor("savings", currency, minimum - 1)
    assert (no.value.code, no.value.field) == ("AM02", "opening_minor")


@pytest.mark.parametrize("type_", ["current", "business"])
def test_other_accounts_begin_with_nothing(type_: str) -> None:
    assert opening_floor(type_, "EUR", 0) == 0


@pytest.mark.parametrize(
    ("type_", "floor", "fits"),
    [
        ("current", -5_000_00, True),
        ("current", -5_000_01, False),
        ("business", -50_000_00, True),
        ("business", -50_000_01, False),
        ("savings", -1, False),
        ("savings", 0, True),
        ("savings", AMOUNT_MAX, True),
        ("current", AMOUNT_MAX + 1, False),
    ],
)
def test_how_far_an_account_may_be_overdrawn_is_its_types_rule(type_: str, floor: int, fits: bool) -> None:
    if fits:
        check_floor(type_, "EUR", floor)
    else:
        with pytest.raises(Refusal) as no:
            check_floor(type_, "EUR", floor)
        assert no.value.field == "floor_minor"


def test_an_overdraft_goes_along_to_a_type_that_has_one_and_a_minimum_is_the_new_types() -> None:
    assert floor_after("business", "EUR", -200_00) == -200_00
    assert floor_after("current", "EUR", 10_00) == 0
    assert floor_after("savings", "EUR", 0) == 10_00
    with pytest.raises(Refusal, match="not at all"):
        floor_after("savings", "EUR", -1)


def test_a_savings_account_has_no_card() -> None:
    check_allowed("current", CARD)
    with pytest.raises(Refusal, match="has no card") as no:
        check_allowed("savings", CARD)
    assert no.value.code == "AG01"
