"""Text that a submission can influence, for people to read: nothing in it acts, and it ends somewhere.

Escaping for HTML or XML is the template's and the serializer's; here goes what escaping leaves alone: what a terminal
obeys, what turns a line around, what XML may not have, and length.
"""

from __future__ import annotations

from collections.abc import Iterable

ID_WHOLE, ID_SHOWN = 16, 8  # a UUID in a sentence hides what it says
NAME, SENTENCE, RECORD, LOG_LINE = 80, 600, 1_500, 400  # characters that are shown of each


def shown(text: object, most: int = SENTENCE) -> str:
    """On one line."""
    said = str(text)
    head = said[:most]
    if not head.isprintable():  # also half surrogate pairs, and marks that change the direction of what follows
        head = "".join(one if one.isprintable() else _named(one) for one in head)
    return head + (f"… ({len(said) - most:,} more characters)" if len(said) > most else "")


def brief(text: str, ids: Iterable[str]) -> str:
    """A sentence in which long names of transfers are cut to their end: those made by a clock begin alike."""
    for id_ in ids:
        if len(id_) > ID_WHOLE:
            text = text.replace(id_, f"…{id_[-ID_SHOWN:]}")
    return text


def lines_of(text: str, most: int, each: int = LOG_LINE) -> list[str]:
    """The last lines of a text; the first of them says how many are left out."""
    lines = text.splitlines()
    left_out = [f"… {len(lines) - most:,} lines before"] if len(lines) > most else []
    return left_out + [shown(line, each) for line in lines[-most:]]


def _named(character: str) -> str:
    if character.isspace() and character not in "\n\r\t\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029":
        return " "
    return character.encode("unicode_escape").decode("ascii")
