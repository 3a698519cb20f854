"""What may stand in a name, a reference, an account number of somebody else: letters, not commands.

Control characters could trip a terminal or a log; marks that turn the direction of writing could make a page say
something else than it does.
"""

from __future__ import annotations

import re

TEXT_MAX = 140  # characters, as ISO 20022 has it

_NO_LETTERS = r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
PLAIN = rf"^[^{_NO_LETTERS}]*$"  # the same rule for schemas
_NO_LETTER = re.compile(f"[{_NO_LETTERS}]")


def is_plain(text: str) -> bool:
    """Whether nothing in it is a control character or turns the direction of writing."""
    return text.isprintable() or _NO_LETTER.search(text) is None  # the first is quicker, and sees more as no letter


def plain(text: str) -> str:
    """What is left of it without these: for what somebody else wrote, and cannot be asked to write better."""
    return _NO_LETTER.sub("", text)
