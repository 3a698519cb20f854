"""The world: who banks where, with how much, and who works there. From hash(seed, bank id), the same whatever N is.

Nothing here opens an account: a bank reads its own entry (SEED_FILE) at its first start and seeds itself.
The dice are SHA-256 over a counter, not `random`: every Python throws the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from federation.spec import FederationSpec

CUSTOMERS = 12
FIRST_SERIAL = 2001
OPENING_MINOR_MAX = 50_000_00
OPEN, DEBIT_FROZEN, BLOCKED, CLOSED = "open", "debit_frozen", "blocked", "closed"
STAFF_ROLES = ("teller", "teller", "supervisor", "auditor", "admin")

# type, currency, state of the accounts. Each customer has one of the first twelve; the rest go to some of them.
# The first two are open EUR accounts with money: every lesson starts from them.
ACCOUNTS = (
    ("current", "EUR", OPEN),
    ("current", "EUR", OPEN),
    ("current", "EUR", OPEN),
    ("business", "EUR", OPEN),
    ("current", "EUR", DEBIT_FROZEN),
    ("current", "EUR", OPEN),
    ("business", "EUR", OPEN),
    ("current", "EUR", BLOCKED),
    ("current", "EUR", OPEN),
    ("savings", "EUR", OPEN),
    ("current", "EUR", CLOSED),
    ("current", "USD", OPEN),
    ("savings", "EUR", OPEN),
    ("savings", "EUR", OPEN),
    ("business", "EUR", OPEN),
    ("current", "EUR", OPEN),
    ("savings", "EUR", OPEN),
    ("current", "USD", OPEN),
    ("business", "USD", OPEN),
    ("current", "JPY", OPEN),
)

T = TypeVar("T")


class Dice:
    """Throws that depend on their name only."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._count = 0

    def below(self, limit: int) -> int:
        self._count += 1
        digest = hashlib.sha256(f"{self._name}/{self._count}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % limit

    def one_of(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]

    def some_of(self, choices: Sequence[T], count: int) -> list[T]:
        """`count` different ones, in the order drawn."""
        left = list(choices)
        return [left.pop(self.below(len(left))) for _ in range(count)]


def make_world(spec: FederationSpec) -> dict[str, Any]:
    """The world file: federation, seed, and one entry per bank."""
    banks = [make_bank(spec.seed, bank.id, bank.url) for bank in spec.banks]
    return {"federation_id": spec.federation_id, "seed": spec.seed, "banks": banks}


def make_bank(seed: int, bank_id: str, url: str, password_salt: str = "") -> dict[str, Any]:
    """One bank's entry. Without a salt the passwords come from the seed alone: for a lab world on loopback only."""
    customers = _customers(Dice(f"bankfed/{seed}/{bank_id}/customers"))
    return {
        "id": bank_id,
        "name": bank_name(bank_id),
        "url": url,
        "staff": _staff(Dice(f"bankfed/{seed}/{bank_id}/staff"), Dice(f"bankfed/{seed}/{bank_id}/keys{password_salt}")),
        "customers": customers,
        "accounts": _accounts(Dice(f"bankfed/{seed}/{bank_id}/accounts"), bank_id, [c["name"] for c in customers]),
    }


def bank_name(bank_id: str) -> str:
    """The name over the door; banks past the alphabet go by their number."""
    return _bank_names().get(bank_id) or f"Bank {bank_id[1:].lstrip('0')}"


def _customers(dice: Dice) -> list[dict[str, str]]:
    given = dice.some_of(words("given"), CUSTOMERS)
    family = dice.some_of(words("family"), CUSTOMERS)
    return [
        {
            "name": f"{first} {last}",
            "phone": f"+99 {dice.below(900) + 100} {dice.below(9000) + 1000}",
            "born": f"{1940 + dice.below(66)}-{dice.below(12) + 1:02d}-{dice.below(28) + 1:02d}",
            "since": f"{2008 + dice.below(17)}-{dice.below(12) + 1:02d}-{dice.below(28) + 1:02d}",
        }
        for first, last in zip(given, family, strict=True)
    ]


def _staff(dice: Dice, keys: Dice) -> list[dict[str, str]]:
    given = dice.some_of(words("given"), len(STAFF_ROLES))
    family = dice.some_of(words("family"), len(STAFF_ROLES))
    tellers = 0
    staff = []
    for role, first, last in zip(STAFF_ROLES, given, family, strict=True):
        tellers += role == "teller"
        username = f"teller{tellers}" if role == "teller" else role
        staff.append({"username": username, "name": f"{first} {last}", "password": _password(keys), "role": role})
    return staff


def _password(dice: Dice) -> str:
    one, two = dice.some_of(words("plain"), 2)
    return f"{one}-{two}-{dice.below(9000) + 1000}"


def _accounts(dice: Dice, bank_id: str, owners: Sequence[str]) -> list[dict[str, Any]]:
    more = dice.some_of(range(CUSTOMERS), len(ACCOUNTS) - CUSTOMERS)
    return [
        {
            "number": _number(bank_id, FIRST_SERIAL + i),
            "owner": owners[i if i < CUSTOMERS else more[i - CUSTOMERS]],
            "type": kind,
            "currency": currency,
            "state": state,
            "opening_minor": _opening(dice, i, state),
        }
        for i, (kind, currency, state) in enumerate(ACCOUNTS)
    ]


def _number(bank_id: str, serial: int) -> str:
    """XF, two check digits (mod 97), bank, ten digits. Said again here: the core of a bank is not ours to import."""
    body = f"{bank_id}{serial:010d}"
    check = 98 - int("".join(str(int(c, 36)) for c in f"{body}XF00")) % 97
    return f"XF{check:02d}{body}"


def _opening(dice: Dice, position: int, state: str) -> int:
    drawn = dice.below(OPENING_MINOR_MAX + 1)
    cents = drawn if dice.below(3) else drawn // 10_000 * 10_000  # a third are round sums, as in life
    if state == CLOSED:
        return 0
    if position < 2:
        return min(OPENING_MINOR_MAX, 2_500_00 + cents)
    return 0 if position == 15 else cents


@cache
def _sections() -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in Path(__file__).with_name("words.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            lines = sections.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            lines.append(line)
    return sections


@cache
def words(section: str) -> tuple[str, ...]:
    return tuple(word for line in _sections()[section] for word in line.split())


@cache
def _bank_names() -> dict[str, str]:
    pairs = (item.partition("=") for line in _sections()["bank"] for item in line.split("|"))
    return {bank_id: name for bank_id, _, name in pairs}
