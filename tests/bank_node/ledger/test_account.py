from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank_node.ledger.account import bank_of, group, make_number, read_number
from bank_node.ledger.errors import Refusal

SERIALS = st.integers(0, 9_999_999_999)


@given(SERIALS, st.sampled_from(["ALFA", "BRVO", "B027"]))
def test_a_number_carries_its_bank_and_reads_back_however_it_is_typed(serial: int, bank: str) -> None:
    number = make_number(bank, serial)
    assert len(number) == 18
    assert bank_of(number) == bank
    assert read_number(f"  {group(number).lower()} ") == number


@given(SERIALS, st.integers(8, 17), st.integers(1, 9))
def test_one_mistyped_digit_is_noticed(serial: int, place: int, change: int) -> None:
    number = make_number("ALFA", serial)
    wrong = number[:place] + str((int(number[place]) + change) % 10) + number[place + 1 :]
    with pytest.raises(Refusal):
        read_number(wrong)


@pytest.mark.parametrize("text", ["", "XF", "DE89370400440532013000", "XF50ALFA00000020177", "XF５0ALFA0000002017"])
def test_other_shapes_are_refused(text: str) -> None:
    with pytest.raises(Refusal):
        read_number(text)
