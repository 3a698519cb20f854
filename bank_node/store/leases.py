"""Leases: which process of the bank may do what only one may do. The fence tells a holder from those before it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from bank_node.store import schema
from bank_node.store.statements import Hot, ask, insert
from bank_node.store.unit import UnitOfWork

FENCE = Hot("SELECT fence FROM leases WHERE name = :name")
HELD = Hot("SELECT holder, fence, until_us FROM leases WHERE name = :name")
FIRST = insert(schema.leases, ["name", "holder", "fence", "until_us"], "ON CONFLICT (name) DO NOTHING RETURNING fence")
TAKE = Hot(
    "UPDATE leases SET holder = :holder, fence = fence + 1, until_us = :until_us"
    " WHERE name = :name AND fence = :fence AND until_us = :seen_until_us RETURNING fence"
)
RENEW = Hot("UPDATE leases SET until_us = :until_us WHERE name = :name AND fence = :fence")
RELEASE = Hot("UPDATE leases SET holder = '', until_us = 0 WHERE name = :name AND fence = :fence")


@dataclass(frozen=True, slots=True)
class Held:
    """A lease as somebody saw it. `holder` is empty once it was given back."""

    holder: str
    fence: int
    until_us: int  # by the holder's own clock; each renewal moves it


class Leases:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit
        self._fences: dict[str, int] = {}  # read in this unit of work, which nobody else's can overlap

    def begin(self) -> None:
        self._fences.clear()

    def fence(self, name: str) -> int:
        """The number of the present holder's tenure; 0 where there was never one."""
        fence = self._fences.get(name)
        if fence is None:
            row = self._unit.one(FENCE, {"name": name})
            fence = self._fences[name] = 0 if row is None else int(row[0])
        return fence

    def take(self, name: str, holder: str, until_us: int, seen: Held | None) -> int | None:
        """The new fence; None where the lease is no longer as it was seen."""
        self._fences.clear()
        lease = {"name": name, "holder": holder, "until_us": until_us}
        if seen is None:
            row = self._unit.change_one(FIRST, {**lease, "fence": 1})
        else:
            row = self._unit.change_one(TAKE, {**lease, "fence": seen.fence, "seen_until_us": seen.until_us})
        return None if row is None else int(row[0])

    def renew(self, name: str, fence: int, until_us: int) -> bool:
        """False where somebody else has taken it."""
        return self._unit.change(RENEW, {"name": name, "fence": fence, "until_us": until_us}) == 1

    def release(self, name: str, fence: int) -> None:
        self._unit.change(RELEASE, {"name": name, "fence": fence})


def held(connection: Connection, name: str) -> Held | None:
    """Who holds a lease, as it stands; None where nobody ever has."""
    found = ask(connection, HELD, {"name": name}).first()
    return None if found is None else Held(*found)
