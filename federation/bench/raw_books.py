"""The yardstick of the store: raw sqlite3 running the very SQL of one sent transfer, and nothing else.

Eight statements: look for the key, debit the payer, the entry, its two postings, the message, the transfer, the key,
the audit row, one by one as anybody would write them. Every parameter that can be known before is made before the clock
runs, what the audit row says included; only its hash over the row before is made in the loop, with one real SHA-256.
The loop is that, `execute` and `fetchone`.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from bank_node.ledger.chart import SUSPENSE_OUT
from bank_node.operations.send_transfer import send_transfer
from bank_node.store import claims, ledger, transfers
from federation.bench.ledger_desk import open_desk

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-16384", "mmap_size=67108864")


def _named(table: str, columns: str, tail: str = "") -> str:
    """An INSERT with a parameter of its own name for each column."""
    names = columns.split()
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)}) {tail}"


ENTER = _named("entries", "kind currency transaction_id text actor at_us", "RETURNING id")
POST_TWO = (
    "INSERT INTO postings (account_id, entry_id, amount, balance_after)"
    " VALUES (:a, :entry, :amount_a, :after_a), (:b, :entry, :amount_b, :after_b)"
)
QUEUE = _named("outbox", "lane topic key type transaction_id body created_us", "RETURNING seq")
ADD = _named("transfers", " ".join(transfers.COLUMNS))
STORE = _named("claims", "scope key request_hash answer at_us")
NOTE = _named("audit_log", "seq at_us actor action subject facts hash")


@dataclass(frozen=True, slots=True)
class Sample:
    """One transfer as the project wrote it: its rows are the model of the yardstick's."""

    claim: dict[str, Any]
    entry: dict[str, Any]
    message: dict[str, Any]
    transfer: dict[str, Any]
    audit: dict[str, Any]


class RawBooks:
    """A database with the bank's own schema, written by hand."""

    def __init__(self, database: Path) -> None:
        self.connection = sqlite3.connect(database, isolation_level=None)
        for pragma in PRAGMAS:
            self.connection.execute(f"PRAGMA {pragma}")
        self.sample = _sample(self.connection)
        self.payers = [row[0] for row in self.connection.execute("SELECT id FROM accounts WHERE kind = 'customer'")]
        row = self.connection.execute("SELECT id, balance FROM accounts WHERE code = ?", (SUSPENSE_OUT,)).fetchone()
        self.suspense, self.in_flight = int(row[0]), int(row[1])
        self.last_hash, self.noted = self.sample.audit["hash"], int(self.sample.audit["seq"])
        self.made = 0

    def round(self, count: int, per_commit: int) -> float:
        """Transfers a second over `count` of them, `per_commit` in each unit of work."""
        orders = [self._order(self.sample, self.made + i) for i in range(count)]
        self.made += count
        began = time.perf_counter()
        for start in range(0, count, per_commit):
            self._commit(orders[start : start + per_commit])
        return count / (time.perf_counter() - began)

    def _commit(self, orders: list[tuple[Any, ...]]) -> None:
        execute = self.connection.execute
        execute("BEGIN IMMEDIATE")
        for key, debit, entry, legs, message, transfer, claim, audit, said in orders:
            execute(claims.FETCH.sqlite, key).fetchone()
            legs["after_a"] = execute(ledger.DEBIT.sqlite, debit).fetchone()[0]
            legs["entry"] = execute(ENTER, entry).fetchone()[0]
            self.in_flight += legs["amount_b"]
            legs["after_b"] = self.in_flight
            execute(POST_TWO, legs)
            transfer["outbox_seq"] = execute(QUEUE, message).fetchone()[0]
            execute(ADD, transfer)
            execute(STORE, claim)
            audit["hash"] = self.last_hash = sha256(self.last_hash + said).digest()
            execute(NOTE, audit)
        execute(ledger.SETTLE.sqlite, {"id": self.suspense, "balance": self.in_flight})
        execute("COMMIT")

    def _order(self, sample: Sample, number: int) -> tuple[Any, ...]:
        payer = self.payers[number % len(self.payers)]
        id_ = f"019f0000-0000-7000-8000-{number:012x}"
        key = {"scope": sample.claim["scope"], "key": f"raw-{number:032x}"}
        legs = {"a": payer, "amount_a": -1, "b": self.suspense, "amount_b": 1}
        self.noted += 1
        audit = sample.audit | {"seq": self.noted, "subject": id_}
        columns = ("seq", "at_us", "actor", "action", "subject", "facts")
        return (
            key,
            {"id": payer, "amount": 1},
            sample.entry | {"transaction_id": id_},
            legs,
            sample.message | {"transaction_id": id_},
            sample.transfer | {"transaction_id": id_, "account_id": payer},
            sample.claim | key,
            audit,
            orjson.dumps([audit[column] for column in columns]),
        )

    def close(self) -> None:
        self.connection.close()


def _sample(connection: sqlite3.Connection) -> Sample:
    """The rows of the one transfer that the project wrote here."""

    def row(sql: str) -> dict[str, Any]:
        cursor = connection.execute(sql)
        return dict(zip((column[0] for column in cursor.description), cursor.fetchone(), strict=True))

    return Sample(
        claim=row("SELECT * FROM claims ORDER BY at_us DESC LIMIT 1"),
        entry=row("SELECT * FROM entries ORDER BY id DESC LIMIT 1"),
        message=row("SELECT * FROM outbox ORDER BY seq DESC LIMIT 1"),
        transfer=row("SELECT * FROM transfers LIMIT 1"),
        audit=row("SELECT * FROM audit_log ORDER BY seq DESC LIMIT 1"),
    )


@contextmanager
def open_raw_books(folder: Path, customers: int) -> Iterator[RawBooks]:
    """A bank opened and used once by the project, so that the yardstick has its schema and a transfer to copy."""
    with open_desk(folder, customers, per_commit=1) as desk:
        desk.does(send_transfer, desk.orders(1)[0])
    raw = RawBooks(desk.database)
    try:
        yield raw
    finally:
        raw.close()


def durable_commits(database: Path, count: int) -> list[float]:
    """Seconds of each of `count` commits of one row, WAL and synchronous=FULL: what the disk asks for a promise."""
    connection = sqlite3.connect(database, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS promises (id INTEGER PRIMARY KEY, text TEXT)")
        return [_one_commit(connection) for _ in range(count)]
    finally:
        connection.close()


def _one_commit(connection: sqlite3.Connection) -> float:
    began = time.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO promises (text) VALUES ('paid')")
    connection.execute("COMMIT")
    return time.perf_counter() - began
