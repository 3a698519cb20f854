"""The yardstick of catching up: raw sqlite3 running the very SQL of one received payment, and nothing else.

Seven statements: look for a decision, credit the payee, the entry, its two postings, the answer, the decision, the
audit row; then, once for a batch, the clearing account and the reader's position. As in `raw_books`, whatever can be
known before is made before the clock runs. No record is read and nothing is verified: that is the bank's part.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from bank_node.ledger.account import make_number
from bank_node.ledger.chart import clearing
from bank_node.operations.receive_transfer import receive_records
from bank_node.store import inbox, ledger
from bank_node.transfers.messages import request
from bank_node.transfers.ports import Record
from bank_node.transfers.reading import Batch, Desk, Position
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from federation.bench.ledger_desk import AWAY, HOME, LedgerDesk, open_desk
from federation.bench.raw_books import ENTER, NOTE, POST_TWO, PRAGMAS, QUEUE, _named

DECIDE = _named("decisions", " ".join(inbox.COLUMNS))
LOG = {"cluster_id": "cluster", "topic_id": "topic", "topic": EXTERNAL_TRANSFERS, "partition": 0}


class RawInbox:
    """A database with the bank's own schema and one payment that the project received, as the model of all others."""

    def __init__(self, database: Path) -> None:
        self.connection = sqlite3.connect(database, isolation_level=None)
        for pragma in PRAGMAS:
            self.connection.execute(f"PRAGMA {pragma}")
        self._entry = self._newest("entries", "id")
        self._answer = self._newest("outbox", "seq")
        self._decision = self._newest("decisions", "decided_us")
        self._audit = self._newest("audit_log", "seq")
        self._payees = [row[0] for row in self.connection.execute("SELECT id FROM accounts WHERE kind = 'customer'")]
        own = "SELECT id, balance FROM accounts WHERE code = ?"
        self._nostro, self._owed = self.connection.execute(own, (clearing(AWAY),)).fetchone()
        self._hash, self._noted = self._audit["hash"], int(self._audit["seq"])
        self._received = 0

    def round(self, count: int, per_commit: int) -> float:
        """Payments a second over `count` of them, `per_commit` in each unit of work."""
        payments = [self._payment(self._received + number) for number in range(count)]
        self._received += count
        began = time.perf_counter()
        for start in range(0, count, per_commit):
            self._commit(payments[start : start + per_commit], self._received - count + start + per_commit)
        return count / (time.perf_counter() - began)

    def _commit(self, payments: list[tuple[Any, ...]], next_offset: int) -> None:
        execute = self.connection.execute
        execute("BEGIN IMMEDIATE")
        for key, credit, entry, legs, answer, decision, audit, said in payments:
            execute(inbox.FETCH.sqlite, key).fetchone()
            legs["after_b"] = execute(ledger.CREDIT.sqlite, credit).fetchone()[0]
            legs["entry"] = execute(ENTER, entry).fetchone()[0]
            self._owed += legs["amount_a"]
            legs["after_a"] = self._owed
            execute(POST_TWO, legs)
            decision["answer_seq"] = execute(QUEUE, answer).fetchone()[0]
            execute(DECIDE, decision)
            audit["hash"] = self._hash = sha256(self._hash + said).digest()
            execute(NOTE, audit)
        execute(ledger.SETTLE.sqlite, {"id": self._nostro, "balance": self._owed})
        execute(inbox.STAND.sqlite, {**LOG, "next_offset": next_offset})
        execute("COMMIT")

    def _payment(self, number: int) -> tuple[Any, ...]:
        payee = self._payees[number % len(self._payees)]
        id_ = f"019f0000-0000-7000-8000-{number:012x}"
        self._noted += 1
        audit = self._audit | {"seq": self._noted, "subject": id_}
        columns = ("seq", "at_us", "actor", "action", "subject", "facts")
        return (
            {"from_bank": AWAY, "transaction_id": id_},
            {"id": payee, "amount": 1},
            self._entry | {"transaction_id": id_},
            {"a": self._nostro, "amount_a": -1, "b": payee, "amount_b": 1},
            self._answer | {"transaction_id": id_},
            self._decision | {"transaction_id": id_, "account_id": payee},
            audit,
            orjson.dumps([audit[column] for column in columns]),
        )

    def _newest(self, table: str, order: str) -> dict[str, Any]:
        cursor = self.connection.execute(f"SELECT * FROM {table} ORDER BY {order} DESC LIMIT 1")
        return dict(zip((column[0] for column in cursor.description), cursor.fetchone(), strict=True))

    def close(self) -> None:
        self.connection.close()


def payment(desk: LedgerDesk, number: int) -> Record:
    """A request for one cent from the other bank, as it would lie on the topic."""
    body, _ = request(
        now_us=1,
        event_id=f"event-{number}",
        federation_id="standalone",
        transaction_id=f"payment-{number}",
        from_bank=AWAY,
        to_bank=HOME,
        from_account=make_number(AWAY, 2001),
        to_account=desk.accounts[number % len(desk.accounts)],
        from_name="Somebody",
        to_name=None,
        amount_minor=1,
        currency="EUR",
        reference="invoice 4711",
        expires_at=None,
    )
    return Record(EXTERNAL_TRANSFERS, 0, number, HOME.encode(), body)


def receive(desk: LedgerDesk, number: int) -> None:
    """The project itself takes one in."""
    incoming = Desk(HOME, "standalone", {HOME: "", AWAY: ""}).read(payment(desk, number), 1)
    assert incoming is not None
    position = Position("cluster", "topic", EXTERNAL_TRANSFERS, {0: number + 1})
    desk.does(receive_records, Batch((incoming,), position))


@contextmanager
def open_raw_inbox(folder: Path, customers: int) -> Iterator[RawInbox]:
    """A bank opened and paid once by the project, so that the yardstick has its schema and a payment to copy."""
    with open_desk(folder, customers, per_commit=1) as desk:
        receive(desk, 0)
    raw = RawInbox(desk.database)
    try:
        yield raw
    finally:
        raw.close()
