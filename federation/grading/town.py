"""The town of a graded run: a few banks with eight accounts each, each account for one purpose. From the seed.

It is what every node gets as its SEED_FILE, and what the checkers know of the beginning. One currency: money that may
not be added up proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bank_node.ledger.account import make_number
from federation.roster import Staff
from federation.spec import bank_ids
from federation.world import Dice

CURRENCY = "EUR"
FIRST_SERIAL = 1001
PLAIN, RICH, FINGERPRINT, CONTENDED, CLOSED = "plain", "rich", "fingerprint", "contended", "closed"
PURPOSES = (PLAIN, PLAIN, PLAIN, PLAIN, RICH, FINGERPRINT, CONTENDED, CLOSED)
PLAIN_MINOR_MIN, PLAIN_MINOR_MAX = 1_000_00, 5_000_00
RICH_MINOR = 2 * 10**14  # pays every fingerprint there is; as a float it still has exact cents
CONTENDED_MINOR = 500_00  # pays for about half of what is asked of it at once
TELLERS = ("teller1", "teller2")
AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Account:
    number: str
    bank: str
    purpose: str
    opening_minor: int
    floor_minor: int = 0  # the lowest balance it may have

    @property
    def is_open(self) -> bool:
        return self.purpose != CLOSED


@dataclass(frozen=True, slots=True)
class Bank:
    id: str
    accounts: tuple[Account, ...]
    staff: tuple[Staff, ...]

    def account(self, purpose: str, place: int = 0) -> Account:
        """The account for this purpose; of the plain ones the one at this place."""
        return [account for account in self.accounts if account.purpose == purpose][place]

    def person(self, username: str) -> Staff:
        return next(person for person in self.staff if person.username == username)

    def seed_entry(self, url: str = "") -> dict[str, Any]:
        """What stands in the bank's SEED_FILE; the shape is that of a bank in `bankfed up`'s world file."""
        return {
            "id": self.id,
            "name": f"Bank {self.id}",
            "url": url,
            "staff": [
                {"username": p.username, "name": p.username.title(), "password": p.password, "role": p.role}
                for p in self.staff
            ],
            "customers": [{"name": f"Customer {place}"} for place in range(1, len(self.accounts) + 1)],
            "accounts": [
                {
                    "number": account.number,
                    "owner": f"Customer {place}",
                    "type": "current",
                    "currency": CURRENCY,
                    "state": "open" if account.is_open else "closed",
                    "opening_minor": account.opening_minor,
                }
                for place, account in enumerate(self.accounts, 1)
            ],
        }


@dataclass(frozen=True, slots=True)
class Town:
    banks: tuple[Bank, ...]

    def bank(self, bank_id: str) -> Bank:
        return next(bank for bank in self.banks if bank.id == bank_id)

    def accounts(self) -> Iterator[Account]:
        for bank in self.banks:
            yield from bank.accounts

    def find(self, number: str) -> Account | None:
        """The account with this number; None: nobody keeps it."""
        return next((account for account in self.accounts() if account.number == number), None)

    @property
    def issued_minor(self) -> int:
        return sum(account.opening_minor for account in self.accounts())

    def label(self, number: str) -> str:
        """A short name for a report: `ALFA/3` is the third account of ALFA."""
        for bank in self.banks:
            for place, account in enumerate(bank.accounts, 1):
                if account.number == number:
                    return f"{bank.id}/{place}"
        return number

    def as_json(self) -> dict[str, Any]:
        return {"banks": [bank.seed_entry() | {"purposes": [a.purpose for a in bank.accounts]} for bank in self.banks]}


def make_town(seed: int | str, banks: int = 3) -> Town:
    """The same town for the same seed; a bank does not change when others join."""
    return Town(tuple(_bank(seed, bank_id) for bank_id in bank_ids(banks)))


def read_town(said: dict[str, Any]) -> Town:
    """A town from its JSON."""
    return Town(tuple(_read_bank(bank) for bank in said["banks"]))


def _bank(seed: int | str, bank_id: str) -> Bank:
    dice = Dice(f"bankfed grade/{seed}/{bank_id}")
    accounts = tuple(
        Account(make_number(bank_id, FIRST_SERIAL + place), bank_id, purpose, _opening(dice, purpose))
        for place, purpose in enumerate(PURPOSES)
    )
    roles = (*((name, "teller") for name in TELLERS), (AUDITOR, AUDITOR))
    staff = tuple(Staff(name, f"open-{role}-{dice.below(10**8):08d}", role) for name, role in roles)
    return Bank(bank_id, accounts, staff)


def _opening(dice: Dice, purpose: str) -> int:
    if purpose == PLAIN:
        return PLAIN_MINOR_MIN + dice.below(PLAIN_MINOR_MAX - PLAIN_MINOR_MIN)
    return {RICH: RICH_MINOR, CONTENDED: CONTENDED_MINOR}.get(purpose, 0)


def _read_bank(said: dict[str, Any]) -> Bank:
    rows = zip(said["accounts"], said["purposes"], strict=True)
    accounts = tuple(Account(row["number"], said["id"], purpose, row["opening_minor"]) for row, purpose in rows)
    staff = tuple(Staff(one["username"], one["password"], one["role"]) for one in said["staff"])
    return Bank(said["id"], accounts, staff)
