"""The books of one bank: accounts, statements, transfers, the inbox and the outbox, in one SQLite file.

Everything that belongs together is written in one transaction, or not at all: the debit with the transfer, its key and
its message; the credit with the decision and its answer. Whatever dies in between, the file is never half right.
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

AMOUNT_MAX = 10**15
SAY_AGAIN_S = 5.0  # an unanswered request is said again after this
NEVER = 1e18  # an answer that was sent waits until it is asked for again
ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (number TEXT PRIMARY KEY, balance INTEGER CHECK (balance >= 0), currency TEXT,
    open INTEGER);
CREATE TABLE IF NOT EXISTS lines (entry_id INTEGER PRIMARY KEY, account TEXT, amount_minor INTEGER,
    balance_minor INTEGER, transaction_id TEXT);
CREATE INDEX IF NOT EXISTS lines_of ON lines (account);
CREATE TABLE IF NOT EXISTS transfers (transaction_id TEXT PRIMARY KEY, teller TEXT, key TEXT, body TEXT,
    status TEXT, UNIQUE (teller, key));
CREATE TABLE IF NOT EXISTS inbox (from_bank TEXT, transaction_id TEXT, content TEXT,
    PRIMARY KEY (from_bank, transaction_id));
CREATE TABLE IF NOT EXISTS outbox (about TEXT PRIMARY KEY, to_bank TEXT, message TEXT, due REAL);
CREATE TABLE IF NOT EXISTS positions (partition INTEGER PRIMARY KEY, next INTEGER);
"""


class Refused(Exception):
    """A definite no: nothing was done."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Books:
    """One connection, one thread at a time: two transfers can never see the same old balance."""

    def __init__(self, file: str, bank_id: str, peers: set[str]) -> None:
        self.bank_id, self.peers = bank_id, peers
        self.lock, self.news = threading.RLock(), threading.Event()  # news: there is something to send
        self.db = sqlite3.connect(file, timeout=0.5, isolation_level=None, check_same_thread=False)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.executescript(SCHEMA)

    @contextmanager
    def unit(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it on the disk, or nothing."""
        with self.lock:
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
                self.db.execute("COMMIT")
            except BaseException:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
                raise

    def open_accounts(self, seed: dict[str, Any]) -> None:
        """The accounts of the seed file, the first time only."""
        with self.unit() as db:
            for one in seed["accounts"]:
                row = (one["number"], one["opening_minor"], one["currency"], one["state"] == "open")
                db.execute("INSERT OR IGNORE INTO accounts VALUES (?, ?, ?, ?)", row)
            # A clock of another boot says nothing about this one: whatever is not answered is said at once.
            db.execute("UPDATE outbox SET due = 0 WHERE due < ?", (NEVER,))

    # What tellers ask

    def transfer(self, teller: str, key: str, order: dict[str, Any]) -> dict[str, str]:
        body = json.dumps(order, sort_keys=True)
        with self.unit() as db:
            known = db.execute("SELECT * FROM transfers WHERE teller = ? AND key = ?", (teller, key)).fetchone()
            if known:
                if known[3] != body:
                    raise Refused(422, "this key was used for another transfer")
                return {"transaction_id": known[0], "status": known[4]}
            id_, local = str(uuid.uuid4()), order["to_bank"] == self.bank_id
            self._check(order)
            self._book(order["from_account"], -order["amount_minor"], id_)
            if local:
                self._book(order["to_account"], order["amount_minor"], id_)
            else:
                self._say({"type": "transfer.requested", "transaction_id": id_, "from_bank": self.bank_id} | order)
            status = "completed" if local else "pending"
            db.execute("INSERT INTO transfers VALUES (?, ?, ?, ?, ?)", (id_, teller, key, body, status))
        self.news.set()
        return {"transaction_id": id_, "status": status}

    def status(self, transaction_id: str) -> dict[str, str]:
        row = self._row("SELECT status FROM transfers WHERE transaction_id = ?", transaction_id)
        return {"transaction_id": transaction_id, "status": row[0]}

    def account(self, number: str) -> dict[str, Any]:
        row = self._row("SELECT balance FROM accounts WHERE number = ?", number)
        return {"number": number, "balance_minor": row[0]}

    def statement(self, number: str) -> dict[str, Any]:
        self.account(number)
        with self.lock:
            rows = self.db.execute("SELECT * FROM lines WHERE account = ? ORDER BY entry_id DESC", (number,)).fetchall()
        names = ("entry_id", "account", "amount_minor", "balance_minor", "transaction_id")
        return {"items": [dict(zip(names, row, strict=True)) | {"entry_id": str(row[0])} for row in rows], "next": None}

    # What other banks say

    def read(self, records: list[bytes], positions: dict[int, int]) -> None:
        """A batch of records, and where to go on: in one transaction, so that nothing is skipped and nothing lost."""
        with self.unit() as db:
            for value in records:
                message = _message(value)
                if message and message["to_bank"] == self.bank_id and message["from_bank"] in self.peers:
                    if message["type"] == "transfer.requested":
                        self._decide(message)
                    elif message["type"] in ("transfer.accepted", "transfer.rejected"):
                        self._conclude(message)
            db.executemany("INSERT OR REPLACE INTO positions VALUES (?, ?)", positions.items())
        self.news.set()

    def _decide(self, request: dict[str, Any]) -> None:
        """The first decision on (from_bank, transaction_id) is final."""
        payee, amount, currency = request.get("to_account"), request.get("amount_minor"), request.get("currency")
        if type(amount) is not int or not 1 <= amount <= AMOUNT_MAX or not _is_text(payee):
            return
        sender, id_ = request["from_bank"], request["transaction_id"]
        content = json.dumps([request.get("from_account"), payee, amount, currency])
        known = self.db.execute("SELECT content FROM inbox WHERE from_bank = ? AND transaction_id = ?", (sender, id_))
        if row := known.fetchone():
            if row[0] == content:  # asked again: the answer was lost
                self.db.execute("UPDATE outbox SET due = 0 WHERE about = ?", (f"answer {sender} {id_}",))
            return
        answer: dict[str, Any] = {"transaction_id": id_, "from_bank": self.bank_id, "to_bank": sender}
        account = self.db.execute("SELECT open, currency FROM accounts WHERE number = ?", (payee,)).fetchone()
        if account and account[0] and account[1] == currency:
            self._book(str(payee), amount, id_)
            answer["type"] = "transfer.accepted"
        else:
            code = "AC01" if not account else "AC04" if not account[0] else "AM03"
            reason = {"code": code, "text": "no such account, or it does not take this"}
            answer |= {"type": "transfer.rejected", "reason": reason}
        self.db.execute("INSERT INTO inbox VALUES (?, ?, ?)", (sender, id_, content))
        self._say(answer)

    def _conclude(self, answer: dict[str, Any]) -> None:
        """The receiver's word on a transfer that is pending; whatever comes later changes nothing."""
        id_ = answer["transaction_id"]
        row = self.db.execute("SELECT body, status FROM transfers WHERE transaction_id = ?", (id_,)).fetchone()
        order = json.loads(row[0]) if row else {}
        if not row or row[1] != "pending" or order["to_bank"] != answer["from_bank"]:
            return
        status = "completed" if answer["type"] == "transfer.accepted" else "rejected"
        if status == "rejected":
            self._book(order["from_account"], order["amount_minor"], id_)
        self.db.execute("UPDATE transfers SET status = ? WHERE transaction_id = ?", (status, id_))
        self.db.execute("DELETE FROM outbox WHERE about = ?", (f"request {id_}",))

    # What is to be said to other banks

    def due(self, limit: int = 500) -> list[tuple[str, str, str]]:
        with self.lock:
            sql = "SELECT about, to_bank, message FROM outbox WHERE due <= ? ORDER BY due, rowid LIMIT ?"
            return self.db.execute(sql, (time.monotonic(), limit)).fetchall()

    def said(self, about: list[str]) -> None:
        """The broker has these. A request comes up again until it is answered, an answer when it is asked for."""
        again = time.monotonic() + SAY_AGAIN_S
        due = [(again if name.startswith("request") else NEVER, name) for name in about]
        with self.unit() as db:
            db.executemany("UPDATE outbox SET due = ? WHERE about = ?", due)

    def positions(self) -> dict[int, int]:
        with self.lock:
            return dict(self.db.execute("SELECT * FROM positions").fetchall())

    # Within a unit

    def _check(self, order: dict[str, Any]) -> None:
        """Raises Refused where nothing may be done."""
        amount, payer, payee = order["amount_minor"], order["from_account"], order["to_account"]
        if type(amount) is not int or not 1 <= amount <= AMOUNT_MAX:
            raise Refused(422, "an amount is a whole number from 1 to 10^15")
        if not all(_is_text(order[name]) for name in ("from_account", "to_bank", "to_account", "currency")):
            raise Refused(422, "accounts, bank and currency are short texts")
        if order["to_bank"] not in self.peers | {self.bank_id}:
            raise Refused(422, "nobody knows that bank")
        if payer == payee:
            raise Refused(422, "that is the same account")
        for number in (payer, payee) if order["to_bank"] == self.bank_id else (payer,):
            row = self.db.execute("SELECT open, currency, balance FROM accounts WHERE number = ?", (number,)).fetchone()
            if not row or not row[0] or row[1] != order["currency"]:
                raise Refused(422, f"{number} is no open account of this bank in this currency")
            if number == payer and row[2] < amount:
                raise Refused(422, "there is too little money on the account")

    def _book(self, number: str, amount: int, id_: str) -> None:
        self.db.execute("UPDATE accounts SET balance = balance + ? WHERE number = ?", (amount, number))
        line = "INSERT INTO lines SELECT NULL, number, ?, balance, ? FROM accounts WHERE number = ?"
        self.db.execute(line, (amount, id_, number))

    def _say(self, message: dict[str, Any]) -> None:
        id_, to_bank = message["transaction_id"], message["to_bank"]
        about = f"request {id_}" if message["type"] == "transfer.requested" else f"answer {to_bank} {id_}"
        self.db.execute("INSERT INTO outbox VALUES (?, ?, ?, 0)", (about, to_bank, json.dumps(message)))

    def _row(self, sql: str, value: str) -> tuple[Any, ...]:
        with self.lock:
            row: tuple[Any, ...] | None = self.db.execute(sql, (value,)).fetchone()
        if row is None:
            raise Refused(404, "there is none")
        return row


def _message(value: bytes) -> dict[str, Any] | None:
    """What a record says; None for what cannot be read: it is passed by, and stops nobody."""
    try:
        said = json.loads(value)
    except (ValueError, RecursionError):
        return None
    names = ("type", "transaction_id", "from_bank", "to_bank")
    if not isinstance(said, dict) or not all(isinstance(said.get(name), str) for name in names):
        return None
    return said if ID.fullmatch(said["transaction_id"]) else None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 64 and value.isascii()
