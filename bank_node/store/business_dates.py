"""Business dates: which day the branch says it is, from which entry on. Its word, not the clock's.

Before its first word the clock's day stands (UTC).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Connection, func, select

from bank_node.ledger.dates import rfc3339
from bank_node.store import schema
from bank_node.store.statements import Hot, ask, insert
from bank_node.store.unit import UnitOfWork
from bank_node.transfers.messages import REQUESTED, RETURNED

OPENED: Final = "opened"
CLOSED: Final = "closed"
REOPENED: Final = "reopened"

NEWEST = Hot("SELECT date, act FROM business_dates ORDER BY id DESC LIMIT 1")
LAST_CLOSED = Hot("SELECT date FROM business_dates WHERE act = 'closed' ORDER BY id DESC LIMIT 1")
TODAY = Hot("SELECT date, act, at_us, actor FROM business_dates ORDER BY id DESC LIMIT 1")
ON_ENTRY = Hot("SELECT date FROM business_dates WHERE from_entry <= :entry_id ORDER BY id DESC LIMIT 1")
LAST_ENTRY = Hot("SELECT max(id) FROM entries")
SAY = insert(schema.business_dates, ["date", "act", "from_entry", "at_us", "actor", "facts"])
QUEUED = Hot(
    "SELECT count(*) FROM outbox WHERE lane = 'money' AND published_us IS NULL AND parked IS NULL"
    f" AND type IN ('{REQUESTED}', '{RETURNED}')"
)
TRIAL = Hot("SELECT currency, CAST(sum(balance) AS BIGINT) FROM accounts GROUP BY currency ORDER BY currency")


@dataclass(frozen=True, slots=True)
class BusinessDay:
    """`since_us` None: nobody has said anything yet, and the date is the clock's."""

    date: str
    act: str = ""
    since_us: int | None = None
    actor: str = ""


class DateBook:
    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    def today(self, now_us: int) -> str:
        row = self._unit.one(NEWEST, {})
        return day_of_clock(now_us) if row is None else str(row[0])

    def newest_act(self) -> str | None:
        row = self._unit.one(NEWEST, {})
        return None if row is None else str(row[1])

    def last_closed(self) -> str | None:
        row = self._unit.one(LAST_CLOSED, {})
        return None if row is None else str(row[0])

    def on_entry(self, entry_id: int, at_us: int) -> str:
        """The business date an entry was booked on."""
        row = self._unit.one(ON_ENTRY, {"entry_id": entry_id})
        return day_of_clock(at_us) if row is None else str(row[0])

    def say(self, now_us: int, date: str, act: str, actor: str, facts: dict[str, Any] | None = None) -> int:
        """From the next entry on; its number."""
        last = self._unit.one(LAST_ENTRY, {})[0] or 0
        row = {"date": date, "act": act, "from_entry": last + 1, "at_us": now_us, "actor": actor}
        self._unit.change(SAY, {**row, "facts": orjson.dumps(facts).decode() if facts else None})
        return int(last) + 1

    def queued(self) -> int:
        """How many payments and returns wait for the broker."""
        return int(self._unit.one(QUEUED, {})[0])

    def trial_balance(self) -> dict[str, int]:
        """Currency to the sum of all accounts, which is 0. Own accounts must be settled before."""
        return {currency: int(total) for currency, total in self._unit.all(TRIAL, {})}


_B = schema.business_dates.c


def day_of_clock(at_us: int) -> str:
    return rfc3339(at_us)[:10]


def business_day(connection: Connection, now_us: int) -> BusinessDay:
    """Which day it is."""
    row = ask(connection, TODAY).first()
    return BusinessDay(day_of_clock(now_us)) if row is None else BusinessDay(*row)


def last_days(connection: Connection, limit: int = 10) -> list[BusinessDay]:
    """What was said of days, the newest first."""
    found = connection.execute(select(_B.date, _B.act, _B.at_us, _B.actor).order_by(_B.id.desc()).limit(limit))
    return [BusinessDay(*row) for row in found]


def date_of_entry(connection: Connection, entry_id: int, at_us: int) -> str:
    return ask(connection, ON_ENTRY, {"entry_id": entry_id}).scalar() or day_of_clock(at_us)


def trial_balance(connection: Connection) -> dict[str, int]:
    """Currency to the sum of all accounts, which is 0."""
    a = schema.accounts.c
    return {
        currency: int(total)
        for currency, total in connection.execute(
            select(a.currency, func.sum(a.balance)).group_by(a.currency).order_by(a.currency)
        )
    }
