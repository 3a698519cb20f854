"""The roster: what the world file says of banks, staff and accounts. Read only; the launcher writes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from federation.failure import ExitCode, Failure

WORLD_FILE = "world.json"


@dataclass(frozen=True, slots=True)
class Staff:
    username: str
    password: str
    role: str


@dataclass(frozen=True, slots=True)
class SeededAccount:
    number: str
    owner: str
    currency: str
    state: str


@dataclass(frozen=True, slots=True)
class Member:
    """One bank of the federation, as everybody outside knows it."""

    id: str
    name: str
    url: str
    staff: tuple[Staff, ...]
    accounts: tuple[SeededAccount, ...]

    def person(self, role: str) -> Staff:
        """The first of the staff with this role. Raises Failure."""
        for person in self.staff:
            if person.role == role:
                return person
        raise Failure(
            f"{self.id} has no {role}", why="the world file names none", do="bankfed up --fresh makes a new world"
        )


@dataclass(frozen=True, slots=True)
class Roster:
    data: Path
    federation_id: str
    members: Mapping[str, Member]

    def member(self, bank_id: str) -> Member:
        """Raises Failure for a bank that is not of this federation."""
        try:
            return self.members[bank_id.upper()]
        except KeyError:
            known = ", ".join(self.members)
            raise Failure(
                f"there is no bank {bank_id!r}", why=f"this federation has {known}", code=ExitCode.USAGE
            ) from None


def read_roster(data: Path) -> Roster:
    """The roster of the federation in this data folder. Raises Failure where there is none."""
    file = data / WORLD_FILE
    try:
        world: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        members = {bank["id"]: _member(bank) for bank in world["banks"]}
        return Roster(data, str(world["federation_id"]), members)
    except FileNotFoundError:
        raise Failure(
            "there is no federation here",
            why=f"{file} does not exist",
            do="bankfed up starts one; --data DIR says where another one is",
            code=ExitCode.NOT_RUNNING,
        ) from None
    except (ValueError, LookupError, TypeError) as error:
        raise Failure(
            f"{file} cannot be understood", why=repr(error), do="bankfed up --fresh makes a new world"
        ) from error


def _member(bank: Mapping[str, Any]) -> Member:
    staff = tuple(Staff(p["username"], p["password"], p["role"]) for p in bank.get("staff", ()))
    accounts = tuple(
        SeededAccount(a["number"], a["owner"], a["currency"], a["state"]) for a in bank.get("accounts", ())
    )
    return Member(bank["id"], bank.get("name", bank["id"]), bank["url"], staff, accounts)
