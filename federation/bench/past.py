"""A bank's past, written by its own operations: hundreds in a unit of work, no disk to wait for, a clock that is told.

So the laws and the audit chain hold. The other bank only answers and pays; it has no books. Keeping what was written is
for `old_bank`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from bank_node.clock import TimeOrderedIds
from bank_node.ledger.account import make_number
from bank_node.ledger.dates import read_rfc3339
from bank_node.ledger.errors import Refusal
from bank_node.operations.accounts import NewAccount, open_account
from bank_node.operations.business_day import DayOrder, begin_day, close_day
from bank_node.operations.cash import CashOrder, deposit, withdraw
from bank_node.operations.customers import NewCustomer, open_customer
from bank_node.operations.orders import TransferOrder
from bank_node.operations.publishing import Published, mark_published
from bank_node.operations.receive_transfer import receive
from bank_node.operations.send_transfer import send_transfer
from bank_node.operations.tidy import ROWS_MAX, tidy
from bank_node.settings import BankSettings
from bank_node.store.commit import Commits, Job
from bank_node.store.database import open_commits, open_database
from bank_node.store.unit import OutboxRow
from bank_node.transfers import messages
from bank_node.transfers.charter import Charter, Directory
from bank_node.transfers.ports import Record
from bank_node.transfers.reading import Desk
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from federation.world import words

HOME, AWAY, FEDERATION = "ALFA", "BRVO", "bench"
PER_COMMIT = 400
DAY_US = 24 * 3600 * 1_000_000
FIRST_DAY_US = read_rfc3339("2025-10-01T07:00:00Z")
DESK_US = 9 * 3600 * 1_000_000  # so long a counter is open
# of what a day brings: cash in, cash out, inside the bank, to another bank (two entries each), from another bank
SHARES = {"in": 24, "out": 20, "inside": 20, "sent": 10, "received": 16}
BUSY_SHARE = 50  # of a thousand: how much of it happens on the one busy account
REJECTED_SHARE = 30  # of a thousand sent payments
TELLERS = ("teller1", "teller2", "teller3", "teller4")
OPENING_MINOR = 5_000_00


@dataclass(slots=True)
class ToldClock:
    at_us: int = FIRST_DAY_US

    def now_us(self) -> int:
        return self.at_us


@dataclass(slots=True)
class Hands:
    """The books of a bank that nobody serves, and the draws that decide what happens in them."""

    settings: BankSettings
    charter: Charter
    clock: ToldClock
    commits: Commits
    ids: TimeOrderedIds
    draw: Random = field(default_factory=lambda: Random(42))  # noqa: S311 - chance, not secrets
    accounts: list[str] = field(default_factory=list)
    refused: int = 0
    offset: int = 0

    def does(self, jobs: Sequence[Job]) -> list[OutboxRow]:
        """Some hundreds at a time; what they leave for the broker. A refusal (no money) is counted."""
        queued: list[OutboxRow] = []
        for start in range(0, len(jobs), PER_COMMIT):
            some = jobs[start : start + PER_COMMIT]
            queued += self.commits.run(some).queued
            for error in [job.error for job in some if job.error is not None]:
                if not isinstance(error, Refusal):
                    raise error
                self.refused += 1
            self.clock.at_us += 1_000_000
        return queued

    def one(self, operation: Callable[..., Any], *arguments: Any) -> Any:
        job = Job(operation, arguments)
        self.commits.run([job])
        if job.error is not None:
            raise job.error
        return job.result

    def account(self) -> str:
        """Anybody's; now and then the busy one's."""
        return self.accounts[0] if self.draw.randrange(1_000) < BUSY_SHARE else self.draw.choice(self.accounts)


@contextmanager
def hands_on(folder: Path) -> Iterator[Hands]:
    settings = BankSettings(
        bank_id=HOME,
        data_dir=folder,
        federation_id=FEDERATION,
        synchronous="OFF",
        cache_kib=262_144,
        peers={AWAY: "http://127.0.0.1:9"},
    )
    charter = Charter(HOME, federation_id=FEDERATION, directory=Directory({HOME: "", AWAY: ""}))
    engine = open_database(settings)
    clock = ToldClock()
    ids = TimeOrderedIds(clock)
    commits = open_commits(engine, settings, charter, clock, ids)
    found = commits.connection.execute(
        "SELECT code FROM accounts WHERE kind = 'customer' AND state = 'open' ORDER BY id"
    )
    accounts = [str(row[0]) for row in found.fetchall()]
    try:
        yield Hands(settings, charter, clock, commits, ids, accounts=accounts)
    finally:
        commits.close()
        engine.dispose()


def open_everybody(hands: Hands, customers: int) -> None:
    """Each with one account or two, and money on it; the first one has the busy account."""
    given, family = words("given"), words("family")
    draw = hands.draw
    people = [
        NewCustomer(
            f"{draw.choice(given)} {draw.choice(family)}",
            f"+99 {draw.randrange(100, 1000)} {draw.randrange(1000, 10_000)} {number % 100:02d}",
            f"{draw.randrange(1940, 2006)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}",
            actor=draw.choice(TELLERS),
        )
        for number in range(customers)
    ]
    hands.does([Job(open_customer, (person,)) for person in people])
    first = hands.commits.connection.execute("SELECT min(id) FROM customers").fetchone()[0]
    jobs = []
    for number in range(customers):
        kinds = [("business" if number % 8 == 0 else "current", "EUR")]
        if number % 3 == 1:
            kinds.append(("savings", "EUR"))
        jobs += [Job(open_account, (NewAccount(first + number, *kind, opening_minor=OPENING_MINOR),)) for kind in kinds]
    hands.does(jobs)
    hands.accounts = [str(job.result.id) for job in jobs]
    hands.one(deposit, CashOrder(hands.accounts[0], 10**10, "EUR", "opening"))
    hands.one(lambda books, now_us, _ids: begin_day(books, now_us, TELLERS[0]))


def live_a_day(hands: Hands, entries: int) -> None:
    """One business day: counter and post in turns from morning to evening, then the day is closed."""
    morning_us, parts = hands.clock.at_us, max(1, entries // PER_COMMIT)
    for part in range(parts):
        hands.clock.at_us = morning_us + part * (DESK_US // parts)
        post(hands, hands.does(orders(hands, entries // parts)))
    while hands.one(tidy) >= ROWS_MAX:
        pass
    hands.one(close_day, DayOrder(actor=TELLERS[0]))


def orders(hands: Hands, entries: int) -> list[Job]:
    """What people want at the counter and what other banks send, until it makes so many entries."""
    kinds, shares = list(SHARES), list(SHARES.values())
    jobs: list[Job] = []
    while entries > 0:
        kind = hands.draw.choices(kinds, shares)[0]
        jobs.append(_order(hands, kind))
        entries -= 2 if kind == "sent" else 1
    return jobs


def _order(hands: Hands, kind: str) -> Job:
    draw, account = hands.draw, hands.account()
    amount, teller = draw.randrange(1_00, 60_00), draw.choice(TELLERS)
    if kind == "in":
        return Job(deposit, (CashOrder(account, amount, "EUR", teller, "Takings" if amount % 3 else None),))
    if kind == "out":
        return Job(withdraw, (CashOrder(account, amount, "EUR", teller),))
    if kind == "received":
        return Job(receive, (_payment_from_away(hands, account, amount),))
    payee = hands.account() if kind == "inside" else make_number(AWAY, draw.randrange(2_001, 9_999))
    if payee == account:
        payee = hands.accounts[1 if account == hands.accounts[0] else 0]
    bank = HOME if kind == "inside" else AWAY
    reference = f"invoice {draw.randrange(1_000, 100_000)}"
    return Job(
        send_transfer, (TransferOrder(account, bank, payee, amount, "EUR", "Tomas Riva", reference, None, teller),)
    )


def _payment_from_away(hands: Hands, account: str, amount: int) -> Any:
    ids, now_us = hands.ids, hands.clock.at_us
    body, _ = messages.request(
        now_us=now_us,
        event_id=ids.new(),
        federation_id=FEDERATION,
        transaction_id=ids.new(),
        from_bank=AWAY,
        to_bank=HOME,
        from_account=make_number(AWAY, hands.draw.randrange(2_001, 9_999)),
        to_account=account,
        from_name="Tomas Riva",
        to_name=None,
        amount_minor=amount,
        currency="EUR",
        reference="rent",
        expires_at=None,
    )
    return read(hands, body)


def read(hands: Hands, body: bytes) -> Any:
    hands.offset += 1
    desk = Desk(HOME, FEDERATION, (HOME, AWAY))
    return desk.read(Record(EXTERNAL_TRANSFERS, 0, hands.offset, HOME.encode(), body), hands.clock.at_us)


def post(hands: Hands, queued: Sequence[OutboxRow], refused_share: int = REJECTED_SHARE) -> None:
    """The broker takes what is queued, and the other bank answers what it was asked."""
    hands.one(mark_published, [Published(row, 0, row.seq) for row in queued])
    hands.clock.at_us += 1_000_000
    asked = [row for row in queued if row.type == messages.REQUESTED]
    hands.does([Job(receive, (_answer(hands, row, refused_share),)) for row in asked])


def _answer(hands: Hands, row: OutboxRow, refused_share: int) -> Any:
    refused = hands.draw.randrange(1_000) < refused_share
    now_us = hands.clock.at_us
    body = messages.answer(
        type_=messages.REJECTED if refused else messages.ACCEPTED,
        event_id=f"answer-{row.seq}",
        federation_id=FEDERATION,
        transaction_id=row.transaction_id or "",
        from_bank=AWAY,
        to_bank=HOME,
        answers_hash=json.loads(row.body)["content_hash"],
        reason=("AC01", "there is no such account") if refused else None,
        read_us=now_us,
        decided_us=now_us,
        repeats_ignored=0,
    )
    return read(hands, body)
