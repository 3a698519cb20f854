"""The yardstick of the simulation: the shape of the prototype it was designed after, nothing of the project in it.

Three banks on bare sqlite3, each with four tables (accounts, transfers, outbox, inbox), thirty transfers, ten faults
(crashes at three places, repeated records, rewound readers), one heap of events, and the sum of all money after each of
them. No double entry, no expiry, no returns, no macs, no audit, no lease, no other law.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from random import Random

BANKS, TRANSFERS, FAULTS, OPENING = 3, 30, 10, 1_000_00
SPAN, AGAIN, TICKS_MAX = 60_000, 3_000, 400
TABLES = (
    "CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL CHECK (balance >= 0))",
    "CREATE TABLE transfers (id TEXT PRIMARY KEY, bank INTEGER, account INTEGER, amount INTEGER, state TEXT)",
    "CREATE TABLE outbox (seq INTEGER PRIMARY KEY, bank INTEGER, kind TEXT, id TEXT, account INTEGER, amount INTEGER,"
    " sent INTEGER DEFAULT 0)",
    "CREATE TABLE inbox (id TEXT PRIMARY KEY, answer TEXT)",
    "CREATE TABLE position (at INTEGER)",
)
Message = tuple[int, str, str, int, int]  # from, what, id, account, amount


class Crash(BaseException):
    """The process is gone; what was committed stays."""


class BareBank:
    def __init__(self, number: int, world: BareWorld) -> None:
        self.number, self.world = number, world
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        for table in TABLES:
            self.db.execute(table)
        self.db.executemany("INSERT INTO accounts VALUES (?, ?)", [(n, OPENING) for n in range(4)])
        self.db.execute("INSERT INTO position VALUES (0)")

    def send(self, id_: str, bank: int, account: int, amount: int) -> None:
        with self.unit():
            paid = "UPDATE accounts SET balance = balance - ? WHERE id = ? AND balance >= ?"
            if self.db.execute(paid, (amount, account, amount)).rowcount:
                self.db.execute("INSERT INTO transfers VALUES (?, ?, ?, ?, 'open')", (id_, bank, account, amount))
                self.queue(bank, "pay", id_, account, amount)
            self.world.passes(self, "send")

    def relay(self) -> None:
        rows = self.db.execute("SELECT seq, bank, kind, id, account, amount FROM outbox WHERE sent = 0 ORDER BY seq")
        for seq, bank, *message in rows.fetchall():
            self.world.logs[bank].append((self.number, *message))
            self.world.passes(self, "relay")
            self.db.execute("UPDATE outbox SET sent = 1 WHERE seq = ?", (seq,))

    def consume(self) -> None:
        (at,) = self.db.execute("SELECT at FROM position").fetchone()
        for message in self.world.logs[self.number][at : at + 16]:
            at += 1
            with self.unit():
                self.take(*message)
                self.world.passes(self, "consume")
                self.db.execute("UPDATE position SET at = ?", (at,))

    def take(self, bank: int, kind: str, id_: str, account: int, amount: int) -> None:
        if kind == "pay":
            known = self.db.execute("SELECT answer FROM inbox WHERE id = ?", (id_,)).fetchone()
            if known is None:
                self.db.execute("UPDATE accounts SET balance = balance + ? WHERE id = ?", (amount, account))
                self.db.execute("INSERT INTO inbox VALUES (?, 'paid')", (id_,))
            self.queue(bank, "paid", id_, account, amount)
        else:
            self.db.execute("UPDATE transfers SET state = 'done' WHERE id = ? AND state = 'open'", (id_,))

    def say_again(self) -> None:
        for id_, bank, account, amount in self.db.execute(
            "SELECT id, bank, account, amount FROM transfers WHERE state = 'open'"
        ).fetchall():
            self.queue(bank, "pay", id_, account, amount)

    def queue(self, bank: int, kind: str, id_: str, account: int, amount: int) -> None:
        row = (bank, kind, id_, account, amount)
        self.db.execute("INSERT INTO outbox (bank, kind, id, account, amount) VALUES (?, ?, ?, ?, ?)", row)

    def unit(self) -> _Unit:
        return _Unit(self.db)


class _Unit:
    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *_: object) -> None:
        self._db.execute("COMMIT" if kind is None else "ROLLBACK")


class BareWorld:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - chance, not secrets
        self.logs: list[list[Message]] = [[] for _ in range(BANKS)]
        self.heap: list[tuple[int, int, Callable[[], None]]] = []
        self.armed: dict[tuple[int, str], int] = {}
        self.banks = [BareBank(number, self) for number in range(BANKS)]
        self.right = True

    def passes(self, bank: BareBank, place: str) -> None:
        left = self.armed.get((bank.number, place), 0)
        if left:
            self.armed[bank.number, place] = left - 1
            if left == 1:
                raise Crash

    def run(self) -> bool:
        """Whether the money is what it was, and everything was paid."""
        draw = self.random
        for number in range(TRANSFERS):
            one, other = draw.sample(self.banks, 2)
            args = (f"t{number}", other.number, draw.randrange(4), draw.randrange(1, 50_00))
            self.at(draw.randrange(SPAN), lambda one=one, args=args: one.send(*args))  # type: ignore[misc]
        for _ in range(FAULTS):
            self.at(draw.randrange(SPAN), draw.choice((self.arm, self.arm, self.rewind, self.repeat)))
        for bank in self.banks:
            for turn in range(TICKS_MAX):
                self.at(turn * 200, bank.relay)
                self.at(turn * 200 + 100, bank.consume)
            for turn in range(SPAN // AGAIN + 4):
                self.at(turn * AGAIN + 50, bank.say_again)
        while self.heap:
            act = heapq.heappop(self.heap)[2]
            with suppress(Crash):
                act()
            self.right &= self.is_conserved()
        left = sum(
            bank.db.execute("SELECT count(*) FROM transfers WHERE state = 'open'").fetchone()[0] for bank in self.banks
        )
        for bank in self.banks:
            bank.db.close()
        return self.right and not left

    def at(self, moment: int, act: Callable[[], None]) -> None:
        heapq.heappush(self.heap, (moment, len(self.heap) + self.random.getrandbits(30), act))

    def arm(self) -> None:
        place = self.random.choice(("send", "relay", "consume"))
        self.armed[self.random.randrange(BANKS), place] = self.random.randrange(1, 3)

    def rewind(self) -> None:
        self.random.choice(self.banks).db.execute("UPDATE position SET at = max(0, at - 3)")

    def repeat(self) -> None:
        log = self.random.choice(self.logs)
        log.extend(log[-3:])

    def is_conserved(self) -> bool:
        """What is on accounts, and what is under way: sent, and not in the other bank's inbox yet."""
        total = 0
        for bank in self.banks:
            total += bank.db.execute("SELECT sum(balance) FROM accounts").fetchone()[0]
            for id_, to, amount in bank.db.execute("SELECT id, bank, amount FROM transfers WHERE state = 'open'"):
                known = self.banks[to].db.execute("SELECT 1 FROM inbox WHERE id = ?", (id_,)).fetchone()
                total += 0 if known else amount
        return bool(total == BANKS * 4 * OPENING)
