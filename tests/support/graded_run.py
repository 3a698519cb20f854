"""A graded run written by hand: who ordered what, what the statements said, what was read, when things were healed.

Nothing is played: a story says itself what each bank answered, so it can tell of banks that are wrong.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from hashlib import sha256
from typing import Any

import orjson

from federation.grading.books import AuditRow, Books, Entry, OutboxRow, Posting
from federation.grading.calls import (
    COMPLETED,
    DEPOSIT,
    FAIL,
    FINAL_READER,
    INFO,
    OK,
    PENDING,
    READ_ACCOUNT,
    READ_STATEMENT,
    READ_TRANSFER,
    REJECTED,
    TRANSFER,
    Call,
    Line,
)
from federation.grading.checkers import check
from federation.grading.checkers.finding import Finding
from federation.grading.evidence import (
    BROKER_AWAY,
    FORGED,
    MEMORY,
    POISON,
    Ack,
    Evidence,
    Fault,
    HostileRecord,
    NodeEvent,
    TopicRecord,
)
from federation.grading.history import History
from federation.grading.town import CLOSED, CONTENDED, FINGERPRINT, RICH, make_town

SECOND = 1_000_000
TOWN = make_town(7, 2)
ALFA, BRVO = TOWN.banks
ALICE, ANNA = ALFA.accounts[0].number, ALFA.accounts[1].number
BOB, BEA = BRVO.accounts[0].number, BRVO.accounts[1].number
RICH_ONE, PRINT = ALFA.account(RICH).number, BRVO.account(FINGERPRINT).number
SHUT, CROWDED = BRVO.account(CLOSED).number, ALFA.account(CONTENDED).number
NOBODY = "XF00BRVO0000009999"
STATUS_OF = {OK: 202, FAIL: 422, INFO: None}


def bank_of(account: str) -> str:
    return account[4:8]


class Story:
    def __init__(self) -> None:
        self.now_us = 100 * SECOND
        self.calls: list[Call] = []
        self.lines: dict[str, list[Line]] = defaultdict(list)
        self.statuses: dict[str, str] = {}
        self.balance_shifts: dict[str, int] = defaultdict(int)  # what a balance says more than its lines
        self.healed_us: int | None = None
        self.more: dict[str, Any] = {}  # further fields of the evidence

    def wait(self, seconds: float) -> None:
        self.now_us += round(seconds * SECOND)

    def heal(self) -> None:
        self.healed_us = self.now_us

    def call(self, client: str, bank: str, do: str, request: dict[str, Any], key: str = "", **more: Any) -> Call:
        """Something was asked, and answered after a hundredth of a second; with `took_s` later."""
        took_us = round(more.pop("took_s", 0.01) * SECOND)
        more = {"outcome": OK, "http_status": 200, "ended_us": self.now_us + took_us, **more}
        call = Call(len(self.calls) + 1, client, bank, do, key, request, self.now_us, **more)
        self.calls.append(call)
        self.now_us += took_us
        return call

    def order(
        self,
        id_: str,
        payer: str,
        payee: str,
        amount: int,
        outcome: str = OK,
        *,
        key: str = "",
        client: str = "teller01",
        status: str = PENDING,
        **more: Any,
    ) -> None:
        """Only the order and its answer: nothing is booked by this."""
        request = {"from_account": payer, "to_bank": bank_of(payee), "to_account": payee, "amount_minor": amount}
        answer = {"transaction_id": id_, "status": status} if outcome == OK else {}
        more = {"outcome": outcome, "http_status": STATUS_OF[outcome], "answer": answer, **more}
        self.call(client, bank_of(payer), TRANSFER, request, key or f"key-{id_}", **more)

    def book(self, account: str, amount: int, id_: str = "") -> None:
        """A line of a statement: above zero money comes."""
        self.lines[account].append(Line(amount, id_))

    def move(self, id_: str, payer: str, payee: str, amount: int) -> None:
        self.book(payer, -amount, id_)
        self.book(payee, amount, id_)
        self.statuses[id_] = COMPLETED

    def pay(self, id_: str, payer: str, payee: str, amount: int, **more: Any) -> None:
        """A transfer as it should be."""
        self.order(id_, payer, payee, amount, **more)
        self.move(id_, payer, payee, amount)

    def bounce(self, id_: str, payer: str, payee: str, amount: int) -> None:
        """A transfer that comes back as it should."""
        self.order(id_, payer, payee, amount)
        self.book(payer, -amount, id_)
        self.book(payer, amount, id_)
        self.statuses[id_] = REJECTED

    def deposit(self, id_: str, account: str, amount: int) -> None:
        request = {"account": account, "amount_minor": amount}
        self.call("teller01", bank_of(account), DEPOSIT, request, f"key-{id_}", answer={"transaction_id": id_})
        self.book(account, amount, id_)

    def balance(self, account: str) -> int:
        found = TOWN.find(account)
        assert found is not None
        return (
            found.opening_minor + sum(line.amount_minor for line in self.lines[account]) + self.balance_shifts[account]
        )

    def read_balance(self, account: str, client: str = "reader", said: int | None = None, sweep: str = "") -> None:
        balance = self.balance(account) if said is None else said
        request = {"account": account, "sweep": sweep}
        self.call(client, bank_of(account), READ_ACCOUNT, request, answer={"balance_minor": balance})

    def read_statement(self, account: str, client: str = "reader", **more: Any) -> None:
        lines = [line.as_json() for line in self.lines[account]]
        self.call(client, bank_of(account), READ_STATEMENT, {"account": account}, answer={"lines": lines}, **more)

    def ask(self, id_: str, status: str, client: str = "reader", bank: str = "ALFA") -> None:
        self.call(client, bank, READ_TRANSFER, {"transaction_id": id_}, answer={"status": status})

    def read_all(self) -> None:
        """The last reading, after T: transfers first, so that nothing moves any more while accounts are read."""
        for id_, status in self.statuses.items():
            self.ask(id_, status, FINAL_READER)
        for account in TOWN.accounts():
            self.read_balance(account.number, FINAL_READER, sweep="at the end")
            self.read_statement(account.number, FINAL_READER)

    def evidence(self) -> Evidence:
        """The story to its end."""
        if self.healed_us is None:
            self.heal()
        assert self.healed_us is not None
        told = Story()
        told.__dict__.update(
            self.__dict__, calls=list(self.calls), now_us=max(self.now_us, self.healed_us + 31 * SECOND)
        )
        told.read_all()
        return Evidence(TOWN, History(told.calls), self.healed_us, **self.more)

    def broken(self) -> list[str]:
        """Which checkers find something."""
        return sorted({finding.checker for finding in check(self.evidence())})

    def found(self, checker: str) -> list[Finding]:
        return [finding for finding in check(self.evidence()) if finding.checker == checker]

    def the_one(self, checker: str) -> Finding:
        """What this checker found, and it is one thing."""
        (finding,) = self.found(checker)
        return finding


def a_good_day() -> Story:
    """A bit of everything, and all of it right."""
    story = Story()
    story.pay("t1", ALICE, BOB, 2_50)
    story.read_statement(ALICE, client="teller01")
    story.ask("t1", PENDING, client="teller01")
    story.pay("t2", BOB, ANNA, 10)
    story.pay("t3", ALICE, ANNA, 7_00, status=COMPLETED)  # inside ALFA
    story.bounce("t4", ALICE, NOBODY, 3_00)
    story.bounce("t5", ANNA, SHUT, 4_00)
    story.order("", ALICE, BOB, 9_999_999_00, FAIL, key="too much")
    story.pay("t6", RICH_ONE, PRINT, 4**3)
    story.order("t1", ALICE, BOB, 2_50, status=COMPLETED)  # the same key again
    story.order("", ALICE, BEA, 1_11, INFO, key="nobody knows")
    story.move("t7", ALICE, BEA, 1_11)  # it was done after all
    story.order("", ALICE, BEA, 2_22, INFO, key="lost before it arrived")
    story.deposit("d1", BOB, 20_00)
    story.read_statement(BOB, client="teller01")
    story.read_balance(ALICE)
    story.ask("t1", COMPLETED)
    story.more["hostile"] = (
        HostileRecord(POISON, "BRVO", story.now_us),
        HostileRecord(FORGED, "BRVO", story.now_us, "f1"),
    )
    story.pay("t8", ALICE, BOB, 5_00)
    story.wait(1)
    story.ask("t8", COMPLETED)
    away_us = story.now_us
    story.pay("t9", ALICE, BOB, 6_00)
    story.read_balance(ALICE)
    story.pay("t10", ALICE, ANNA, 1_00, status=COMPLETED)
    story.wait(2)
    story.more["faults"] = (Fault("N1", BROKER_AWAY, "broker", away_us, story.now_us),)
    story.heal()
    story.ask("t9", PENDING)
    story.wait(20)
    story.ask("t9", COMPLETED)
    story.more["nodes"] = (NodeEvent("ALFA", MEMORY, story.now_us, mib=120),)
    story.more["acks"] = (Ack("ALFA", 3, 0, away_us, "t1", "aa"), Ack("BRVO", 5, 0, away_us, "t1", "bb"))
    story.more["topic"] = (TopicRecord(3, 0, "t1", "aa"), TopicRecord(5, 0, "t1", "bb"))
    story.more["books"] = {"BRVO": some_books()}
    return story


def some_books() -> Books:
    """Books of level 2 with two entries, their rows in the audit log, an empty outbox, the poison set aside."""
    entries = tuple(Entry(f"e{n}", f"t{n}", (Posting("a", -n), Posting("b", n))) for n in (1, 2))
    return Books(entries, (OutboxRow("t1", published=True),), chained(("e1", "e2")), quarantined=1)


def chained(entry_ids: tuple[str, ...]) -> tuple[AuditRow, ...]:
    rows, previous = [], bytes(32)
    for seq, entry_id in enumerate(entry_ids, 1):
        said = (seq, 1_000 * seq, "teller1", "sent", f"t{seq}", "{}")
        previous = sha256(previous + orjson.dumps(said)).digest()
        rows.append(AuditRow(*said, hash=previous.hex(), entry_id=entry_id))
    return tuple(rows)


def with_books(story: Story, **changes: Any) -> None:
    story.more["books"] = {"BRVO": replace(some_books(), **changes)}
