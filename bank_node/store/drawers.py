"""Drawers: who holds which, since when, what was counted at the end. The cash is on the account `drawer:<number>`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, select

from bank_node.ledger.chart import DRAWER, drawer
from bank_node.store import schema
from bank_node.store.statements import Hot, insert
from bank_node.store.unit import UnitOfWork

HELD_BY = Hot("SELECT id, number, teller, date FROM drawers WHERE teller = :teller AND closed_us IS NULL")
AT = Hot("SELECT id, number, teller, date FROM drawers WHERE number = :number AND closed_us IS NULL")
BY_ID = Hot("SELECT id, number, teller, date, closed_us FROM drawers WHERE id = :id")
CLAIM = insert(schema.drawers, ["number", "teller", "date", "opened_us", "floats"], "RETURNING id")
CASH = Hot("SELECT currency, balance FROM accounts WHERE code = :code ORDER BY currency")
OPEN_COUNT = Hot("SELECT count(*) FROM drawers WHERE closed_us IS NULL")
CLOSE = Hot(
    "UPDATE drawers SET closed_us = :now_us, expected = :expected, counted = :counted, variance = :variance,"
    " reason = :reason, supervisor = :supervisor WHERE id = :id AND closed_us IS NULL"
)

Amounts = Mapping[str, int]  # currency to minor units


@dataclass(frozen=True, slots=True)
class HeldDrawer:
    """A drawer that somebody holds."""

    id: int
    number: int
    teller: str
    date: str


@dataclass(frozen=True, slots=True)
class DrawerRow:
    """A teller's time with a drawer, from claim to close. Cash is positive here, as it lies there."""

    id: int
    number: int
    teller: str
    date: str
    opened_us: int
    floats: dict[str, int]
    closed_us: int | None
    expected: dict[str, int]
    counted: dict[str, dict[str, int]]
    variance: dict[str, int]
    reason: str | None
    supervisor: str | None


class DrawerBook:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    def held_by(self, teller: str) -> HeldDrawer | None:
        row = self._unit.one(HELD_BY, {"teller": teller})
        return None if row is None else HeldDrawer(*row)

    def at(self, number: int) -> HeldDrawer | None:
        """Who holds the drawer with this number now."""
        row = self._unit.one(AT, {"number": number})
        return None if row is None else HeldDrawer(*row)

    def get(self, drawer_id: int) -> tuple[HeldDrawer, bool] | None:
        """That time with a drawer, and whether it is over."""
        row = self._unit.one(BY_ID, {"id": drawer_id})
        return None if row is None else (HeldDrawer(*row[:4]), row[4] is not None)

    def claim(self, now_us: int, number: int, teller: str, date: str, floats: Amounts) -> int:
        row = {"number": number, "teller": teller, "date": date, "opened_us": now_us}
        return int(self._unit.change_one(CLAIM, {**row, "floats": _json(floats)})[0])

    def currencies(self, number: int) -> list[str]:
        """In which this drawer ever had cash."""
        return [row[0] for row in self._unit.all(CASH, {"code": drawer(number)})]

    def open_count(self) -> int:
        return int(self._unit.one(OPEN_COUNT, {})[0])

    def close(self, now_us: int, drawer_id: int, **counted: Any) -> None:
        """`expected`, `counted`, `variance`, `reason`, `supervisor`."""
        for name in ("expected", "counted", "variance"):
            counted[name] = _json(counted[name])
        self._unit.change(CLOSE, {"id": drawer_id, "now_us": now_us, **counted})


_D = schema.drawers.c
_ROWS = select(
    _D.id,
    _D.number,
    _D.teller,
    _D.date,
    _D.opened_us,
    _D.floats,
    _D.closed_us,
    _D.expected,
    _D.counted,
    _D.variance,
    _D.reason,
    _D.supervisor,
)


def open_drawers(connection: Connection) -> list[DrawerRow]:
    """By their numbers."""
    return [_row(row) for row in connection.execute(_ROWS.where(_D.closed_us.is_(None)).order_by(_D.number))]


def drawer_of(connection: Connection, teller: str) -> DrawerRow | None:
    """The one this teller holds."""
    row = connection.execute(_ROWS.where(_D.teller == teller, _D.closed_us.is_(None))).first()
    return None if row is None else _row(row)


def drawer_time(connection: Connection, drawer_id: int) -> DrawerRow | None:
    row = connection.execute(_ROWS.where(_D.id == drawer_id)).first()
    return None if row is None else _row(row)


def closed_drawers(connection: Connection, limit: int = 20) -> list[DrawerRow]:
    """The newest first."""
    found = connection.execute(_ROWS.where(_D.closed_us.is_not(None)).order_by(_D.id.desc()).limit(limit))
    return [_row(row) for row in found]


def cash_in(connection: Connection, number: int) -> dict[str, int]:
    """What should lie in it now: currency to minor units."""
    a = schema.accounts.c
    found = connection.execute(
        select(a.currency, a.balance).where(a.code == drawer(number), a.kind == DRAWER).order_by(a.currency)
    )
    return {currency: -balance for currency, balance in found}


def _row(row: Any) -> DrawerRow:
    id_, number, teller, date, opened_us, floats, closed_us, expected, counted, variance, reason, supervisor = row
    sums, counts, odd = (orjson.loads(said) if said else {} for said in (expected, counted, variance))
    taken = orjson.loads(floats)
    return DrawerRow(id_, number, teller, date, opened_us, taken, closed_us, sums, counts, odd, reason, supervisor)


def _json(facts: object) -> str:
    return orjson.dumps(facts).decode()
