"""Whether the business dates are what the audit log says was opened, closed and opened again, in that order."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

import orjson
from sqlalchemy import Connection, select

from bank_node.store import schema
from bank_node.store.audit_report import ChainReport
from bank_node.store.audit_rows import ABOUT_DAYS, Said
from bank_node.store.business_dates import CLOSED, OPENED, REOPENED

B = schema.business_dates.c
Day = tuple[str, str, str, int, int | None, Any]  # date, act, by whom, when, from which entry on, facts


class DayCheck:
    def __init__(self, connection: Connection, report: ChainReport) -> None:
        self._connection, self._report = connection, report
        self._said: list[tuple[Day, str]] = []  # one or two a day

    def take(self, said: list[Said]) -> None:
        for one in said:
            if one.row.action in ABOUT_DAYS:
                self._said += [(day, one.where) for day in _days(one)]

    def finish(self) -> None:
        """Names the first that differs: those after it are not where they belong."""
        rows = self._connection.execute(
            select(B.id, B.date, B.act, B.actor, B.at_us, B.from_entry, B.facts).order_by(B.id)
        )
        for said, row in zip_longest(self._said, rows):
            if said is None:
                self._report.found("business_dates", row[0], "the audit log does not know it")
                return
            day, where = said
            if row is None:
                self._report.found("business_dates", day[0], f"it is gone; {where} speaks of it")
                return
            id_, *stands, from_entry, facts = row
            noted_from = from_entry if day[4] is None else day[4]
            if (*day[:4], noted_from, day[5]) != (*stands, from_entry, _json(facts)):
                self._report.found("business_dates", id_, f"it is not what {where} says")
                return


def _days(one: Said) -> list[Day]:
    """What a row says of days; a log from before it said so names no entry."""
    row, facts = one.row, dict(one.facts)
    date, from_entry = row.subject.partition("/")[2], facts.pop("from_entry", None)
    match row.action:
        case "day_opened":
            return [(date, OPENED, row.actor, row.at_us, from_entry, None)]
        case "day_closed":
            after = facts.pop("next")
            closed: Day = (date, CLOSED, row.actor, row.at_us, from_entry, facts)
            return [closed, (after, OPENED, row.actor, row.at_us, from_entry, None)]
        case _:
            facts.pop("from")
            return [(date, REOPENED, row.actor, row.at_us, from_entry, facts)]


def _json(text: str | None) -> Any:
    """What is no JSON is itself: no row of the log says that."""
    try:
        return orjson.loads(text) if text else None
    except orjson.JSONDecodeError:
        return text
