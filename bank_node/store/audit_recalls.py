"""Whether each recall, asked for here or by another bank, is what the audit log says of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from bank_node.store import schema
from bank_node.store.audit_queries import rows_about
from bank_node.store.audit_report import ChainReport
from bank_node.store.audit_rows import ABOUT_RECALLS, Key, Said
from bank_node.transfers.recall import ASKED, OPEN

TABLES = {"recalls": schema.recalls, "recall_requests": schema.recall_requests}
BEGINS_AS = {"recalls": ASKED, "recall_requests": OPEN}


class RecallCheck:
    def __init__(self, connection: Connection, report: ChainReport) -> None:
        self._connection, self._report = connection, report
        self._noted: Counter[tuple[str, str]] = Counter()  # how many of each table ended in each state

    def take(self, said: list[Said]) -> None:
        spoken_of = [one for one in said if one.recall is not None]
        if not spoken_of:
            return
        stand = self._standing({one.recall[:2] for one in spoken_of if one.recall})
        for one in spoken_of:
            assert one.recall is not None
            table, key, columns = one.recall
            row = stand.get((table, key))
            if row is None:
                self._report.found(table, "/".join(key), f"it is gone; {one.where} speaks of it")
            elif any(row[name] != value for name, value in columns.items()):
                self._report.found(table, "/".join(key), f"it is not what {one.where} says")
            self._noted[table, columns.get("state", BEGINS_AS[table])] += 1
            if "state" in columns:
                self._noted[table, BEGINS_AS[table]] -= 1

    def finish(self) -> None:
        """Names those of which the log never heard, or not that they were answered."""
        stands: Counter[tuple[str, str]] = Counter()
        for name, table in TABLES.items():
            for state, count in self._connection.execute(select(table.c.state, func.count()).group_by(table.c.state)):
                stands[name, state] = count
        if stands != +self._noted:
            self._name()

    def _name(self) -> None:
        left_in: dict[tuple[str, Key], str] = {}
        for row in rows_about(self._connection, ABOUT_RECALLS):
            recall = Said.read(row).recall
            if recall is not None:
                left_in[recall[:2]] = recall[2].get("state", BEGINS_AS[recall[0]])
        for name, table in TABLES.items():
            primary: list[Any] = [column for column in table.c if column.primary_key]
            for *key, state in self._connection.execute(select(*primary, table.c.state).order_by(*primary)):
                known = left_in.get((name, tuple(key)))
                if known is None:
                    self._report.found(name, "/".join(key), "the audit log does not know it")
                elif known == BEGINS_AS[name] != state:
                    self._report.found(name, "/".join(key), f"it is {state} past the log")

    def _standing(self, wanted: Iterable[tuple[str, Key]]) -> dict[tuple[str, Key], RowMapping]:
        keys: dict[tuple[str, Key], list[str]] = defaultdict(list)
        for name, (*banks, recall_id) in wanted:
            keys[name, tuple(banks)].append(recall_id)
        found: dict[tuple[str, Key], RowMapping] = {}
        for (name, asked_by), ids in keys.items():
            table = TABLES[name]
            query = select(table).where(table.c.recall_id.in_(ids))
            if asked_by:
                query = query.where(table.c.from_bank == asked_by[0])
            for row in self._connection.execute(query).mappings():
                found[name, (*asked_by, row["recall_id"])] = row
        return found
