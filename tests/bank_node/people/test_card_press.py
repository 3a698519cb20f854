from __future__ import annotations

from pathlib import Path

import pytest

from bank_node.ledger.cards import is_number, masked
from bank_node.people.card_press import card_press


def test_numbers_are_drawn_under_the_test_range_and_told_apart(tmp_path: Path) -> None:
    drawn = card_press(tmp_path, "ALFA").draw(50)
    assert all(is_number(number.full) and number.masked == masked(number.full) for number in drawn)
    assert len({number.full for number in drawn}) == 50
    assert {number.full[:6] for number in drawn} != {number.full[:6] for number in card_press(tmp_path, "BRVO").draw()}


def test_the_hash_is_under_a_key_that_stays_with_the_bank_and_no_other_has(tmp_path: Path) -> None:
    number = card_press(tmp_path / "one", "ALFA").draw(1)[0]
    card_press.cache_clear()
    assert card_press(tmp_path / "one", "ALFA").hash_of(number.full) == number.hash
    assert card_press(tmp_path / "two", "ALFA").hash_of(number.full) != number.hash
    key = tmp_path / "one" / "secrets" / "cards"
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_drawn_number_is_in_no_repr(tmp_path: Path) -> None:
    press = card_press(tmp_path, "ALFA")
    number = press.draw(1)[0]
    assert number.full not in repr(number)
    assert repr(press.key) not in repr(press)


def test_a_damaged_key_is_named(tmp_path: Path) -> None:
    card_press.cache_clear()
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "cards").write_bytes(b"short")
    with pytest.raises(ValueError, match=r"damaged\. Put it back from a backup"):
        card_press(tmp_path, "ALFA")
