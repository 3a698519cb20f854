"""A lesson of half a minute: a payment between two banks, then the broker is killed and money is sent all the same.

It uses the federation of --data, or starts one, and leaves it running. Exit code 0 if the laws hold at the end, else 6.
"""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

import click

from federation.cli import verify
from federation.cli.call import Answer, Call, verb
from federation.failure import ExitCode, Failure

if TYPE_CHECKING:
    from federation.audit.verdict import Verdict
    from federation.client import BankClient
    from federation.folder import Folder
    from federation.payment import Payment
    from federation.roster import Roster

READ_S = 2.5  # to read a paragraph, on a terminal, at --speed 1
ARRIVES_S_MAX = 60.0
FIRST_MINOR, SECOND_MINOR = 12_50, 20_00


@verb(
    ("bankfed demo", "the lesson, at reading speed"),
    ("bankfed demo --speed 4", "for those who know it"),
)
@click.option("--speed", type=click.FloatRange(min=0.1), default=1.0, show_default=True, help="How fast it is told.")
def command(call: Call, *, speed: float) -> Answer:
    from federation.folder import Folder
    from federation.roster import read_roster

    narrator = Narrator(call, READ_S / speed if call.on_terminal else 0.0)
    folder = Folder(call.data)
    _open_school(call, folder)
    with _cast(read_roster(call.data)) as cast:
        payments = _lesson(call, folder, cast, narrator)
    verdict = _verdict(call)
    narrator.title("The proof")
    narrator.line(verify.words(verdict, call.paint))
    narrator.line()
    narrator.tell("The federation is still up. Look around: `bankfed open`, and `bankfed down` when you are done.")
    fields = {
        "payments": [{"transaction_id": p.transaction_id, "status": p.status, "seconds": p.seconds} for p in payments],
        **verify.as_json(verdict),
    }
    lawful = verdict.ok and all(payment.status == "completed" for payment in payments)
    return Answer(fields, "", ExitCode.OK if lawful else ExitCode.LAW_BROKEN)


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    bank: str
    account: str
    client: BankClient

    @property
    def balance_minor(self) -> int:
        return int(self.client.account(self.account)["balance_minor"])


class Narrator:
    """Tells on stdout, with time to read where somebody reads; silent with --json."""

    def __init__(self, call: Call, pause_s: float) -> None:
        self._call, self._pause_s = call, pause_s

    def title(self, text: str) -> None:
        self.line()
        self.line(self._call.paint.bold(f"── {text} " + "─" * max(0, 66 - len(text))))

    def tell(self, text: str) -> None:
        self.line(textwrap.fill(" ".join(text.split()), 78))
        time.sleep(self._pause_s)

    def line(self, text: str = "") -> None:
        self._call.ticks.clear()
        if not self._call.as_json:
            print(text, flush=True)

    def balances(self, *people: Person) -> None:
        for person in people:
            self.line(f"   {person.name} at {person.bank}: {_euros(person.balance_minor)}")

    def payment(self, payment: Payment) -> None:
        self.line(f"   {self._call.paint.chip(payment.chip)} {payment.transaction_id}  {payment.seconds:.1f} s")


def _open_school(call: Call, folder: Folder) -> None:
    """The federation of the data folder runs when this returns, with its broker."""
    from federation.launcher import orders, starting
    from federation.launcher.plan import Wish
    from federation.launcher.status import look

    starting.start(folder, Wish(), call.ticks)
    if look(folder).broker.state in ("stopped", "died", "failed"):
        orders.start(folder, "broker", call.ticks)
    status = starting.wait_ready(folder, call.ticks)
    if len(status.banks) < 2:
        raise Failure("the lesson needs two banks", why="this federation has one", do="bankfed up -n 3")


@contextmanager
def _cast(roster: Roster) -> Iterator[tuple[Person, Person]]:
    """(payer, payee): the first accounts of the first two banks; who has more pays."""
    from federation.client import BankClient

    one, other = list(roster.members.values())[:2]
    with BankClient.of(one, "teller") as first, BankClient.of(other, "teller") as second:
        people = [
            Person(member.accounts[0].owner, member.id, member.accounts[0].number, client)
            for member, client in ((one, first), (other, second))
        ]
        payer, payee = sorted(people, key=lambda person: -person.balance_minor)
        yield payer, payee


def _lesson(call: Call, folder: Folder, cast: tuple[Person, Person], narrator: Narrator) -> list[Payment]:
    payer, payee = cast
    narrator.title("1. A payment")
    narrator.tell(
        f"""{payer.name} has an account at {payer.bank}, {payee.name} at {payee.bank}. The banks share no database and
        never call each other: all they have in common is a Kafka topic, and that may lose, repeat and delay."""
    )
    narrator.balances(payer, payee)
    first = _pay(call, payer, payee, FIRST_MINOR, f"demo-{uuid4()}")
    narrator.payment(first)
    narrator.tell(
        f"""{payer.bank} took {_euros(FIRST_MINOR)} and wrote the message down in the same moment; then it was sent,
        {payee.bank} decided and credited, and its answer closed the matter."""
    )
    narrator.balances(payer, payee)
    second = _without_broker(call, folder, cast, narrator)
    narrator.balances(payer, payee)
    return [first, second]


def _without_broker(call: Call, folder: Folder, cast: tuple[Person, Person], narrator: Narrator) -> Payment:
    from federation.launcher import orders
    from federation.payment import watch

    payer, payee = cast
    narrator.title("2. The broker dies")
    orders.stop(folder, "broker", call.ticks, kill=True)
    try:
        narrator.line("   broker killed")
        narrator.tell("kill -9: no goodbye, nothing flushed. Now the same again.")
        key = f"demo-{uuid4()}"
        queued = _pay(call, payer, payee, SECOND_MINOR, key, wait=False)
        narrator.payment(queued)
        narrator.tell(
            f"""{payer.bank} took the order all the same. The money has left {payer.name}'s account and stands in
            {payer.bank}'s books as under way; the message waits in {payer.bank}'s own database. {payee.bank} knows
            nothing yet. A nervous finger presses the button once more, with the same key:"""
        )
        again = _pay(call, payer, payee, SECOND_MINOR, key, wait=False)
        narrator.payment(again)
        same = again.transaction_id == queued.transaction_id
        narrator.tell("The same transfer, not a second one." if same else "That is a second transfer; it must not be.")
        narrator.balances(payer, payee)
    finally:
        narrator.title("3. The broker comes back")
        orders.start(folder, "broker", call.ticks)
        narrator.line("   broker started")
    arrived = watch(payer.client, queued, ARRIVES_S_MAX, _shown(call))
    narrator.payment(arrived)
    narrator.tell("Nobody sent it again by hand. It was a row before it was a message, so it could not be lost.")
    return arrived


def _pay(call: Call, payer: Person, payee: Person, minor: int, key: str, wait: bool = True) -> Payment:
    from federation.payment import order, watch

    payment = order(
        payer.client,
        from_account=payer.account,
        to_account=payee.account,
        amount_minor=minor,
        currency="EUR",
        key=key,
        reference="bankfed demo",
    )
    if wait:
        payment = watch(payer.client, payment, ARRIVES_S_MAX, _shown(call))
    return payment


def _shown(call: Call) -> Callable[[Payment], None]:
    return lambda seen: call.ticks.running(f"{call.ticks.paint.chip(seen.chip)} {seen.seconds:.0f} s")


def _verdict(call: Call) -> Verdict:
    from federation.audit.reading import reading
    from federation.audit.verdict import judge
    from federation.roster import read_roster

    with reading(read_roster(call.data)) as read:
        return judge(read)


def _euros(minor: int) -> str:
    from bank_node.ledger.money import format_amount

    return f"{format_amount(minor, 'EUR')} EUR"
