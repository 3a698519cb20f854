"""Notes and coins: what a count comes to, and what is none."""

from __future__ import annotations

import pytest

from bank_node.ledger.denominations import DENOMINATIONS, check_adds_up, total_of
from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import EXPONENTS


def test_every_currency_has_its_notes_largest_first() -> None:
    assert DENOMINATIONS.keys() == EXPONENTS.keys()
    for pieces in DENOMINATIONS.values():
        assert list(pieces) == sorted(set(pieces), reverse=True)


def test_a_count_comes_to_its_sum() -> None:
    assert total_of({"5000": 2, "1": 3, "200": 0}, "EUR") == 100_03
    check_adds_up({"5000": 2}, 100_00, "EUR")
    check_adds_up(None, 100_00, "EUR")


@pytest.mark.parametrize("count", [{"3": 1}, {"5000": -1}, {"5000": 1.5}, {"5000": True}, {"x": 1}, {"5000": 10**9}])
def test_what_is_no_count_is_refused(count: dict[str, int]) -> None:
    with pytest.raises(Refusal) as refused:
        total_of(count, "EUR")
    assert (refused.value.code, refused.value.field) == ("AM12", "denominations")


def test_notes_that_are_not_the_amount_are_refused() -> None:
    with pytest.raises(Refusal, match=r"come to 100.00 EUR, the amount is 90.00"):
        check_adds_up({"5000": 2}, 90_00, "EUR")
