from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank_node.ledger.errors import Refusal
from bank_node.ledger.money import AMOUNT_MAX, EXPONENTS, Money, check_amount, format_amount, parse_amount


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1,234.50", "EUR", 123450),
        ("1234.5", "EUR", 123450),
        ("1 234,50", "EUR", 123450),
        ("1\u00a0234,50", "EUR", 123450),
        ("1.234,50", "EUR", 123450),
        ("1'234.50", "CHF", 123450),
        ("1,234,567", "EUR", 123456700),
        ("0.500", "EUR", 50),
        ("1 234 567.5", "EUR", 123456750),
        ("1,234", "JPY", 1234),
        ("12,5", "EUR", 1250),
        (".5", "EUR", 50),
        ("7.", "EUR", 700),
        ("1,234,567", "JPY", 1234567),
        ("1.234.567", "JPY", 1234567),
        ("1.234", "KWD", 1234),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "EUR"),
        ("0", "EUR"),
        ("0.00", "EUR"),
        ("-5", "EUR"),
        ("1e5", "EUR"),
        ("1,2,3", "EUR"),
        ("12,34.5", "EUR"),
        ("1,234", "EUR"),
        ("1.500", "EUR"),
        ("1,500", "KWD"),
        ("1 50", "EUR"),
        ("1'50", "CHF"),
        ("0 500", "EUR"),
        ("0,500,000", "EUR"),
        ("1 2345", "EUR"),
        ("1\n234", "EUR"),
        ("1.005", "EUR"),
        ("1.5", "JPY"),
        ("1.2345", "KWD"),
        ("nan", "EUR"),
        ("٣", "EUR"),
        ("1" * 17, "EUR"),
        ("10000000000001", "EUR"),
        ("5", "XXX"),
    ],
)
def test_what_is_no_amount_is_refused_in_words(text: str, currency: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_amount(text, currency)
    assert refused.value.code in ("AM12", "AM03")


@given(st.integers(1, AMOUNT_MAX), st.sampled_from(sorted(EXPONENTS)))
def test_what_is_printed_is_read_back(minor: int, currency: str) -> None:
    assert parse_amount(format_amount(minor, currency), currency) == minor


def test_below_zero_has_a_true_minus_sign() -> None:
    assert format_amount(-123450, "EUR") == "−1,234.50"
    assert str(Money(5, "JPY")) == "5 JPY"


@pytest.mark.parametrize("minor", [0, -1, AMOUNT_MAX + 1, True, 1.0, "1", None])
def test_only_whole_positive_numbers_are_amounts(minor: object) -> None:
    with pytest.raises(Refusal):
        check_amount(minor)  # type: ignore[arg-type]
