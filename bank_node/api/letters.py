"""Letters that no database takes: NUL, and half of a surrogate pair. Where one stands in a request, it is refused.

SQLite takes NUL in a text and PostgreSQL does not; a bank answers the same on both. Fields of the pages' forms are only
rid of it, by the pages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from bank_node.api.problems import FieldError, Problem, Stop

FORM = "application/x-www-form-urlencoded"

_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
_WORDS = "A text has a letter that cannot be kept: NUL, or half of a surrogate pair."
_SAID = "has a letter that cannot be kept"


def check_address(path: str, query: bytes) -> None:
    """Raises Stop: 404 for a path, 422 for a query. Neither has surrogates: their bytes are read as UTF-8."""
    if "\x00" in path:
        raise Stop(Problem("not_found", "There is nothing at this address: it has a NUL in it."))
    if b"%00" in query or b"\x00" in query:
        raise Stop(Problem("invalid", "The query has a NUL in it."))


def check_body(content: bytes, content_type: str) -> None:
    """Raises Stop (422). What is no JSON at all is left to whoever reads it."""
    if content_type.lower().startswith(FORM):
        if b"%00" in content or b"\x00" in content:
            raise Stop(Problem("invalid", _WORDS))
    # an escape, UTF-16, a surrogate as if it were UTF-8: all it can come of, and rare
    elif b"\\u" in content or b"\x00" in content or b"\xed" in content:
        try:
            said = json.loads(content)
        except (ValueError, RecursionError):
            return
        for pointer, text in _texts(said):
            if _UNWRITABLE.search(text):
                raise Stop(Problem("invalid", _WORDS, [FieldError(pointer, _SAID)]))


def _texts(said: Any) -> Iterator[tuple[str, str]]:
    """Each text with where it stands; the name of a member with where its object does."""
    waiting = [("", said)]
    for pointer, value in waiting:
        if isinstance(value, str):
            yield pointer, value
        elif isinstance(value, dict):
            for name, inner in value.items():
                yield pointer, name
                waiting.append((f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}", inner))
        elif isinstance(value, list):
            waiting += ((f"{pointer}/{place}", inner) for place, inner in enumerate(value))
