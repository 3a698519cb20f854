"""Texts that people type: names and references, at most 140 characters, nothing a terminal could trip over."""

from __future__ import annotations

from bank_node.ledger.errors import Refusal
from bank_node.ledger.text import TEXT_MAX, is_plain


def check_text(text: str | None, field: str) -> None:
    """Raises Refusal FF01."""
    if text is None:
        return
    if len(text) > TEXT_MAX:
        raise Refusal("FF01", f"at most {TEXT_MAX} characters; these are {len(text)}", field)
    if not is_plain(text):
        raise Refusal("FF01", "line breaks, control characters and marks of direction are not allowed here", field)


def one_line(text: str | None) -> str | None:
    """What was typed, blanks tidied; None where nothing was."""
    return " ".join(text.split()) or None if text is not None else None
