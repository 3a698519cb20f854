"""A bank with something on every page, and a script in whatever anybody can write: names, labels, references, reasons.

`with scrawl(town) as world:` lives through it at both banks of `open_counters(..., drawers=False, stuck_after_ms=1_000,
approval_limit_minor=LIMIT)`, as people do who want to hurt. What is printed as markup becomes an element `<pwned>`;
what is run sets `pwned`; what a spreadsheet would calculate begins with one of `= + - @`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bank_node.ledger.account import bank_of
from bank_node.operations import desk
from bank_node.operations.accounts import NewAccount, StateChange, change_state, open_account
from bank_node.operations.answer_recall import RecallRefusal, refuse_recall
from bank_node.operations.approvals import Request, Verdict, approve, ask_approval, reject
from bank_node.operations.business_day import DayOrder, close_day, reopen_day
from bank_node.operations.cards import Blank, CardBlock, CardOrder, block_card, issue_card
from bank_node.operations.cash import CashOrder, deposit, withdraw
from bank_node.operations.customers import NewCustomer, open_customer
from bank_node.operations.drawers import DrawerClaim, DrawerCount, claim_drawer, close_drawer
from bank_node.operations.holds import HoldOrder, place_hold
from bank_node.operations.notes import NewNote, NoteEnd, add_note, end_note
from bank_node.operations.orders import TransferOrder
from bank_node.operations.publishing import park
from bank_node.operations.recall import RecallOrder, recall_transfer
from bank_node.operations.redrive import start_over
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.operations.reversal import ReversalOrder, reverse
from bank_node.operations.send_transfer import send_transfer
from bank_node.people import hash_password
from bank_node.people.card_press import card_press
from bank_node.people.logins import NewLogin, give_login
from bank_node.people.staff import NewStaff, hire
from bank_node.statements.link import link_to
from bank_node.statements.period import Period
from bank_node.store import recall_queries, transfer_queries, unclaimed
from bank_node.store.unit import OutboxRow
from tests.support.desk_work import contradict, set_aside
from tests.support.two_counters import CLOSED_AT_BRVO, PASSWORD, Counter, Counters, wait_until

LIMIT = 500_00
EVIL = "\"'><pwned></pwned><script>pwned=1</script>"
USERNAME = "\"'><pwned>"  # no blanks in a user name
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)")


@dataclass
class World:
    """Who is who, and the ids of what there is, for the addresses of pages."""

    town: Counters
    customer: int = 0
    account: str = ""
    business: str = ""
    savings: str = ""
    partner: str = ""  # of the same kind, at BRVO
    card: int = 0
    note: int = 0
    hold: int = 0
    sent: str = ""
    stuck: str = ""
    refused: str = ""
    own: str = ""  # paid by the customer from home
    received: str = ""
    recall: str = ""
    item: int = 0
    waiting: int = 0
    decided: int = 0
    drawer: int = 0
    closed_drawer: int = 0
    entry: int = 0
    reversed: int = 0
    pdf: str = ""
    passwords: dict[str, str] = field(default_factory=dict)

    def do(self, operation: Any, order: Any, bank: str = "ALFA", *more: Any) -> Any:
        return self.counter(bank).bank.submit_and_wait(operation, order, *more)

    def id(self, operation: Any, order: Any, bank: str = "ALFA") -> int:
        return int(self.do(operation, order, bank).id)

    def counter(self, bank: str = "ALFA") -> Counter:
        return self.town.alfa if bank == "ALFA" else self.town.brvo

    def pay(self, from_: str, to: str, minor: int, reference: str = EVIL) -> str:
        return str(self.do(send_transfer, order(from_, to, minor, reference), bank_of(from_)).id)

    def pay_to_the_end(self, from_: str, to: str, minor: int, reference: str = EVIL) -> str:
        id_ = self.pay(from_, to, minor, reference)
        wait_until(lambda: self.state(id_, bank_of(from_)) in ("COMPLETED", "REJECTED"))
        return id_

    def state(self, id_: str, bank: str = "ALFA") -> str:
        with self.counter(bank).bank.readers.connection() as connection:
            row = transfer_queries.transfer(connection, id_)
        return row.state if row else ""


def order(from_: str, to: str, minor: int, reference: str = EVIL) -> TransferOrder:
    return TransferOrder(from_, bank_of(to), to, minor, "EUR", EVIL, reference, actor=USERNAME)


def scrawl(town: Counters) -> World:
    world = World(town)
    _people(world)
    _yesterday(world)
    _drawers(world)
    _accounts(world)
    _payments(world)
    _desk(world)
    _second_persons(world)
    period = Period("2026-01-01", "2099-12-31")
    world.pdf = link_to(town.alfa.bank, world.account, period).path
    town.hold("BRVO")
    world.stuck = world.pay(world.account, world.partner, 3_00)
    return world


def _people(world: World) -> None:
    hashed = hash_password(PASSWORD)
    for username, role in ((USERNAME, "supervisor"), ("mallory", "teller"), ("eve", "admin")):
        world.do(hire, NewStaff(username, f"{role} {EVIL}", role, hashed, "root"))
    world.customer = world.id(open_customer, NewCustomer(EVIL, "+49 30 5550 147", "1987-05-04", USERNAME))
    world.do(give_login, NewLogin(world.customer, f"{USERNAME}c", hashed, None, USERNAME))
    for bank in ("ALFA", "BRVO"):
        for formula in FORMULAS:
            world.do(open_customer, NewCustomer(f"{formula}{EVIL}", actor="okafor"), bank)
    there = world.id(open_customer, NewCustomer(f"={EVIL}", actor="okafor"), "BRVO")
    world.partner = _account(world, there, "current", 900_00, "BRVO")


def _account(world: World, customer: int, type_: str, opening: int = 0, bank: str = "ALFA") -> str:
    new = NewAccount(customer, type_, "EUR", USERNAME, opening_minor=opening, label=EVIL)
    return str(world.do(open_account, new, bank).id)


def _yesterday(world: World) -> None:
    world.do(close_day, DayOrder(actor=USERNAME))
    world.do(reopen_day, DayOrder(reason=EVIL, actor=USERNAME))


def _drawers(world: World) -> None:
    for number, who in ((1, "okafor"), (2, USERNAME), (3, "mallory")):
        world.drawer = world.id(claim_drawer, DrawerClaim(number, {"EUR": 1_000_00}, who))
    count = DrawerCount(world.drawer, {"EUR": {"5000": 19}}, EVIL, USERNAME, "mallory")
    world.closed_drawer = world.id(close_drawer, count)
    world.drawer -= 1


def _accounts(world: World) -> None:
    world.account = _account(world, world.customer, "current", 450_00)
    world.business = _account(world, world.customer, "business", 400_00)
    world.savings = _account(world, world.customer, "savings", 50_00)
    for reference in (EVIL, *(f"{formula}{EVIL}" for formula in FORMULAS)):
        world.entry = world.id(deposit, CashOrder(world.account, 120_00, "EUR", USERNAME, reference))
    world.do(withdraw, CashOrder(world.account, 7_00, "EUR", USERNAME, EVIL))
    mistake = world.id(deposit, CashOrder(world.account, 9_00, "EUR", USERNAME, EVIL))
    world.reversed = world.id(reverse, ReversalOrder(mistake, EVIL, USERNAME))
    world.do(place_hold, HoldOrder(world.business, 5_00, "EUR", EVIL, actor=USERNAME))
    world.hold = world.id(place_hold, HoldOrder(world.account, 5_00, "EUR", EVIL, actor=USERNAME))
    world.do(change_state, StateChange(world.savings, "debit_frozen", actor=USERNAME, reason=EVIL))
    for number in (world.account, world.account, world.business):
        press = card_press(world.town.alfa.bank.settings.data_dir, "ALFA")
        blanks = [Blank(drawn.masked, drawn.hash) for drawn in press.draw()]
        world.card = world.id(issue_card, CardOrder(number, blanks, USERNAME))
    world.do(block_card, CardBlock(world.card - 1, EVIL, USERNAME))
    for kind in ("alert", "note", "note"):
        world.note = world.id(add_note, NewNote(world.customer, kind, f"{kind} {EVIL}", USERNAME))
    world.do(end_note, NoteEnd(world.customer, world.note, USERNAME))
    world.note -= 1


def _payments(world: World) -> None:
    world.pay(world.account, world.business, 2_00)
    world.sent = world.pay_to_the_end(world.account, world.partner, 11_00, f"={EVIL}")
    world.refused = world.pay_to_the_end(world.account, CLOSED_AT_BRVO, 4_00)
    world.own = world.pay_to_the_end(world.account, world.partner, 6_00)
    world.do(return_transfer, ReturnOrder("ALFA", world.sent, 3_00, EVIL, "okafor"), "BRVO")
    world.received = world.pay_to_the_end(world.partner, world.account, 30_00, f"@{EVIL}")
    world.pay_to_the_end(world.partner, world.savings, 5_00)
    world.do(return_transfer, ReturnOrder("BRVO", world.received, 10_00, EVIL, USERNAME))


def _desk(world: World) -> None:
    alfa = world.town.alfa.bank
    contradict(alfa, world.own)
    set_aside(alfa, EVIL.encode(), 3, why=EVIL)
    world.do(start_over, EVIL)
    _parked(world)
    world.do(recall_transfer, RecallOrder(world.received, EVIL, "okafor"), "BRVO")
    again = world.pay_to_the_end(world.account, world.partner, 8_00)
    world.do(recall_transfer, RecallOrder(again, EVIL, USERNAME))
    wait_until(lambda: _asked(world, "ALFA") and _asked(world, "BRVO"))
    world.recall = _asked(world, "ALFA")
    world.do(refuse_recall, RecallRefusal("ALFA", _asked(world, "BRVO"), EVIL, "okafor"), "BRVO")
    gone = _account(world, world.customer, "current", 5_00)
    lost = world.pay_to_the_end(gone, world.partner, 5_00)
    world.do(change_state, StateChange(gone, "closed", actor=USERNAME, reason=EVIL))
    world.do(return_transfer, ReturnOrder("ALFA", lost, None, EVIL, "okafor"), "BRVO")
    wait_until(lambda: _unclaimed(world))
    world.item = _unclaimed(world)
    seen = desk.DeskOrder("sent_back", world.refused, USERNAME)
    world.do(desk.mark_seen, seen)
    world.pay_to_the_end(world.account, CLOSED_AT_BRVO, 4_10)


def _parked(world: World) -> None:
    """A message that the broker will never take."""
    world.town.broker.go_away()
    wait_until(lambda: not world.town.alfa.bank.link.up)
    id_ = world.pay(world.account, world.partner, 1_00)
    with world.town.alfa.bank.readers.connection() as connection:
        seq = connection.exec_driver_sql("SELECT max(seq) FROM outbox").scalar_one()
    row = OutboxRow(seq, "", "", "", "transfer.requested", id_, b"{}", 0)
    world.do(park, row, "ALFA", EVIL)
    world.town.broker.come_back()
    wait_until(lambda: world.town.alfa.bank.link.up)


def _asked(world: World, bank: str) -> str:
    with world.counter(bank).bank.readers.connection() as connection:
        rows = recall_queries.still_wanted(connection)
        found = [row for key in rows for row in recall_queries.recalls_of_received(connection, *key)]
    return found[0].recall_id if found else ""


def _unclaimed(world: World) -> int:
    with world.town.alfa.bank.readers.connection() as connection:
        items = unclaimed.unclaimed(connection, paid=False)
    return items[0].id if items else 0


def _second_persons(world: World) -> None:
    asked = [
        world.id(ask_approval, Request(kind, order_))
        for kind, order_ in (
            ("transfer", order(world.account, world.partner, 60_00)),
            ("transfer", order(world.account, world.partner, 61_00)),
            ("withdrawal", CashOrder(world.account, 20_00, "EUR", "okafor", EVIL)),
            ("transfer", order(world.business, world.partner, 62_00)),
        )
    ]
    world.do(approve, Verdict(asked[0], "vogt"))
    world.decided = asked[1]
    world.do(reject, Verdict(asked[1], "vogt", EVIL))
    world.waiting = asked[3]
