"""Idempotency-Key: a request that moves money names itself, so that sending it again is not doing it again.

Here the header becomes a `Claim`; that the claim and the money are kept in one unit of work is for the operations. A
refusal stores nothing, so the same key may be tried again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

import orjson

from bank_node.api.problems import FieldError, Problem, Stop
from bank_node.operations.claims import Claim, Receipt

HEADER = "Idempotency-Key"
REPLAYED = {"Idempotency-Replayed": "true"}
KEY_CHARS_MAX = 255

_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")
_DESCRIPTION = "names this request: the same key and the same content are done once, however often they are sent"

PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": True,
    "description": _DESCRIPTION,
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_CHARS_MAX},
    "example": "rent-2026-11",
}
OPTIONAL_PARAMETER = {**PARAMETER, "required": False}


def key_of(headers: Mapping[str, str]) -> str | None:
    """The key, without the quotes a structured header may have; None where there is none. Raises Stop (400).

    `headers` by lower-case name.
    """
    raw = headers.get("idempotency-key")
    if raw is None:
        return None
    key = raw[1:-1] if len(raw) >= 2 and raw[0] == raw[-1] == '"' else raw
    if not _KEY.fullmatch(key):
        words = f"An {HEADER} has 1 to {KEY_CHARS_MAX} visible ASCII characters."
        raise Stop(Problem("key_malformed", words, [FieldError(HEADER, "cannot be used as a key")]))
    return key


def needed_key(headers: Mapping[str, str]) -> str:
    """Raises Stop (400) where there is no key."""
    key = key_of(headers)
    if key is None:
        words = f"This moves money: send an {HEADER} of your own making, and the same one when you repeat the request."
        raise Stop(Problem("key_missing", words, [FieldError(HEADER, "is missing")]))
    return key


def claim(username: str, route: str, key: str, content: Sequence[object]) -> Claim:
    """`content` is what the request says, after reading: another order of its JSON members is the same request."""
    return Claim(f"{username}:{route}", key, hashlib.sha256(orjson.dumps(content)).hexdigest())


def replay_headers(receipt: Receipt) -> dict[str, str]:
    return REPLAYED if receipt.replayed else {}
