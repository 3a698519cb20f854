"""Texts that people type: names and references, at most 140 characters, nothing a terminal could trip over."""

from __future__ import annotations

import re

from bank_node.ledger.errors import Refusal

TEXT_MAX = 140
_CONTROL = re.compile("[\x00-\x1f\x7f]")


def check_text(text: str | None, field: str) -> None:
    """Raises Refusal FF01."""
    if text is None:
        return
    if len(text) > TEXT_MAX:
        raise Refusal("FF01", f"at most {TEXT_MAX} characters; these are {len(text)}", field)
    if _CONTROL.search(text):
        raise Refusal("FF01", "line breaks and control characters are not allowed here", field)
