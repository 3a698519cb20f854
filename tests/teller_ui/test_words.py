"""Amounts in words: what is read to a customer before money moves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teller_ui.words import amount_in_words, number_in_words


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [
        (12_50, "EUR", "twelve euros and fifty cents"),
        (1_01, "EUR", "one euro and one cent"),
        (1_00, "USD", "one dollar"),
        (7, "GBP", "seven pence"),
        (1, "GBP", "one penny"),
        (0, "CHF", "zero francs"),
        (1_234_567, "JPY", "one million two hundred and thirty-four thousand five hundred and sixty-seven yen"),
        (1_001, "KWD", "one dinar and one fils"),
        (2_000_05, "EUR", "two thousand euros and five cents"),
        (1_099_00, "EUR", "one thousand and ninety-nine euros"),
        (-12_50, "EUR", "minus twelve euros and fifty cents"),
    ],
)
def test_an_amount_is_said_as_a_person_says_it(minor: int, currency: str, words: str) -> None:
    assert amount_in_words(minor, currency) == words


@given(st.integers(0, 10**16), st.integers(0, 10**16))
def test_two_numbers_never_share_their_words(one: int, other: int) -> None:
    assert (number_in_words(one) == number_in_words(other)) == (one == other)
