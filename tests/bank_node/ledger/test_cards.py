from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank_node.ledger.cards import ACTIVE, BLOCKED, EXPIRED, expiry_of, is_number, masked, state_on, with_check_digit


def test_the_check_digit_is_that_of_luhn() -> None:
    assert with_check_digit("7992739871") == "79927398713"


@given(st.integers(0, 10**11 - 1))
def test_a_number_fits_and_no_single_digit_can_be_mistyped(serial: int) -> None:
    number = with_check_digit(f"9999{serial:011d}")
    assert is_number(number)
    for place in range(4, 16):
        wrong = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
        assert not is_number(wrong)


@pytest.mark.parametrize("number", ["", "9999", "4111111111111111", "9999 4100 0000 0017", "٩" * 16])
def test_what_is_no_number_of_the_range_is_none(number: str) -> None:
    assert not is_number(number)


def test_only_the_first_six_and_the_last_four_digits_are_shown() -> None:
    assert masked("9999412345678917") == "9999 41•• •••• 8917"


@pytest.mark.parametrize(
    ("state", "today", "expected"),
    [
        (ACTIVE, date(2030, 11, 30), ACTIVE),
        (ACTIVE, date(2030, 12, 1), EXPIRED),
        (BLOCKED, date(2030, 12, 1), BLOCKED),
    ],
)
def test_a_card_is_good_to_the_end_of_its_last_month(state: str, today: date, expected: str) -> None:
    expires = expiry_of(date(2026, 11, 21))
    assert expires == "2030-11"
    assert state_on(state, expires, today) == expected
