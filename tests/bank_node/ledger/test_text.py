from __future__ import annotations

import pytest

from bank_node.ledger.text import is_plain, plain


@pytest.mark.parametrize("text", ["Zoë Ünal", "李小龍", "عائشة", "12 % – “net”", "👩‍🌾", ""])
def test_letters_of_any_script_are_plain(text: str) -> None:
    assert is_plain(text)


@pytest.mark.parametrize("text", ["a\nb", "a\tb", "\x00", "\x1b[31m", "\u202e00.05", "\u2066x", "\u200f", "\ufeffa"])
def test_what_commands_a_terminal_or_turns_the_writing_is_not(text: str) -> None:
    assert not is_plain(text)


def test_every_character_is_judged_alone_as_it_is_taken_out() -> None:
    for number in range(0x10000):
        assert is_plain(chr(number)) == bool(plain(chr(number))), hex(number)
