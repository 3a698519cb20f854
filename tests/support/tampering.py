"""Somebody with the file in hand changes a bank's books past every trigger; and what the chain check names then."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from bank_node.bank import Bank
from bank_node.store.audit_check import check_chain
from bank_node.store.audit_report import ChainReport
from bank_node.store.triggers import TRIGGERS
from tests.support.cast import SmallBank


def checked(bank: SmallBank) -> ChainReport:
    report: ChainReport = bank.read(check_chain)
    return report


def found(bank: SmallBank) -> list[tuple[str, str]]:
    return [(finding.table, finding.row) for finding in checked(bank).findings]


def tamper(bank: SmallBank, sql: str, *parameters: Any) -> None:
    """Goes around every trigger."""
    _tamper(bank.connection, sql, parameters)


def tamper_file(bank: Bank, sql: str, *parameters: Any) -> None:
    """The same to a bank that runs."""
    with closing(sqlite3.connect(bank.settings.database_place)) as connection:
        _tamper(connection, sql, parameters)
        connection.commit()


def _tamper(connection: sqlite3.Connection, sql: str, parameters: tuple[Any, ...]) -> None:
    triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("PRAGMA foreign_keys = OFF")
    assert connection.execute(sql, parameters).rowcount > 0
    connection.execute("PRAGMA foreign_keys = ON")
    for trigger in TRIGGERS["sqlite"]:
        connection.execute(trigger)


def one(bank: SmallBank, sql: str) -> Any:
    return bank.connection.execute(sql).fetchone()[0]
