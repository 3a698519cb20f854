"""Where card numbers are made: drawn at random under the test range, and hashed under a key of this bank alone.

The key is DATA_DIR/secrets/cards, made at the first card. A number is known in full only to whoever asked for the card.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from bank_node.ledger.cards import DIGITS, TEST_RANGE, masked, with_check_digit
from bank_node.people.tokens import load_secret

_LOST = "Put it back from a backup: without it no card that was issued can be told from its number."
_TRIES = 3  # of a thousand million numbers one is taken: three in a row are not


@dataclass(frozen=True, slots=True)
class CardNumber:
    """A number that was just drawn; `full` is for the eyes of one person, once."""

    full: str = field(repr=False)
    masked: str
    hash: str


@dataclass(frozen=True, slots=True)
class CardPress:
    bank_id: str
    key: bytes = field(repr=False)

    def draw(self, count: int = _TRIES) -> tuple[CardNumber, ...]:
        return tuple(self._one() for _ in range(count))

    def hash_of(self, number: str) -> str:
        return hmac.new(self.key, number.encode(), hashlib.sha256).hexdigest()

    def _one(self) -> CardNumber:
        bank = int.from_bytes(hashlib.sha256(self.bank_id.encode()).digest()[:4], "big") % 100
        free = DIGITS - len(TEST_RANGE) - 3
        number = with_check_digit(f"{TEST_RANGE}{bank:02d}{secrets.randbelow(10**free):0{free}d}")
        return CardNumber(number, masked(number), self.hash_of(number))


@lru_cache(maxsize=64)
def card_press(data_dir: Path, bank_id: str) -> CardPress:
    """The press of the bank with this folder; its key is read, or made, at the first question."""
    return CardPress(bank_id, load_secret(data_dir / "secrets", "cards", _LOST))
