"""A small believable day at Alfa Savings Bank, for pictures: three banks, one broker in memory, a clock of their own.

`with a_day(folder) as day:` seeds the banks in October, lives through three days of November and a morning, and stops
at 10:40 with a drawer open, orders that wait, money sent, received, sent back, returned and held. Then
`day.the_network_goes()` leaves the next payments queued. The dates are always the same, and so are the pictures.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bank_node.bank import Bank
from bank_node.broker.memory import MemoryBroker
from bank_node.ledger.account import bank_of, make_number
from bank_node.main import create_app
from bank_node.operations.account_terms import FloorChange, LabelChange, change_floor, change_label
from bank_node.operations.accounts import StateChange, change_state
from bank_node.operations.approvals import Request, Verdict, approve, ask_approval
from bank_node.operations.business_day import DayOrder, close_day
from bank_node.operations.cards import Blank, CardBlock, CardOrder, block_card, issue_card
from bank_node.operations.cash import CashOrder, deposit, withdraw
from bank_node.operations.drawers import DrawerClaim, claim_drawer
from bank_node.operations.holds import HoldOrder, place_hold
from bank_node.operations.notes import NewNote, add_note
from bank_node.operations.orders import TransferOrder
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.operations.reversal import ReversalOrder, reverse
from bank_node.operations.send_transfer import send_transfer
from bank_node.people import hash_password
from bank_node.people.card_press import card_press
from bank_node.people.logins import NewLogin, give_login
from bank_node.transfers.ports import partition_for
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from tests.support.two_counters import PARTITIONS, PASSWORD, Counter, free_port, served, settings_of, wait_until

INES, SAVINGS, OLU, YEN, MARA, JOANA = (make_number("ALFA", n) for n in (2017, 2025, 2033, 2041, 2058, 2066))
TOMAS, TOMAS_OLD, BAKERY, LEA = (make_number("BRVO", n) for n in (3102, 3110, 3128, 3136))
CHARLOTTE, JEAN = (make_number("CHRL", n) for n in (1160, 1178))
NAMES = {"ALFA": "Alfa Savings Bank", "BRVO": "Bravo Cooperative", "CHRL": "Charles Quay Bank"}
OWNERS = {
    INES: ("Ines Albrecht", "current", "EUR", 1_912_40),
    SAVINGS: ("Ines Albrecht", "savings", "EUR", 14_000_00),
    OLU: ("Olu Danjuma", "business", "EUR", 48_310_25),
    YEN: ("Olu Danjuma", "savings", "JPY", 1_200_000),
    MARA: ("Mara Lindqvist", "current", "EUR", 640_00),
    JOANA: ("Joana Roth", "current", "EUR", 95_20),
    TOMAS: ("Tomas Riva", "current", "EUR", 840_00),
    TOMAS_OLD: ("Tomas Riva", "savings", "EUR", 0),
    BAKERY: ("Backhaus Amsel", "business", "EUR", 22_900_00),
    LEA: ("Lea Novak", "current", "EUR", 3_050_00),
    CHARLOTTE: ("Charlotte Dupont", "current", "EUR", 5_400_00),
    JEAN: ("Jean Okoro", "current", "EUR", 2_610_00),
}
PEOPLE = {  # phone, born, customer since
    "Ines Albrecht": ("+49 30 5550 147", "1987-05-04", "2019-03-01"),
    "Olu Danjuma": ("+234 1 555 0199", "1979-11-23", "2021-06-14"),
    "Mara Lindqvist": ("+46 8 555 0120", "1996-02-17", "2024-09-02"),
}
STAFF = (("okafor", "M. Okafor", "teller"), ("vogt", "H. Vogt", "supervisor"), ("lindt", "S. Lindt", "auditor"))
STAFF += (("root", "A. Brandt", "admin"),)
LIMIT = 5_000_00
OPEN = ("PENDING", "SENT", "CANCELLING")


class StoryClock:
    """Goes as fast as the wall's, from where the story is."""

    def __init__(self) -> None:
        self._ahead_us = 0

    def now_us(self) -> int:
        return time.time_ns() // 1_000 + self._ahead_us

    def turn_to(self, day: str, hour: str) -> None:
        at = datetime.fromisoformat(f"2026-{day}T{hour}").replace(tzinfo=UTC)
        self._ahead_us = int(at.timestamp() * 1e6) - time.time_ns() // 1_000

    def turn_by(self, seconds: int) -> None:
        self._ahead_us += seconds * 1_000_000


@dataclass
class PicturedDay:
    counters: dict[str, Counter]
    broker: MemoryBroker
    clock: StoryClock
    cash_in: str = ""  # the entry's number

    def bank(self, bank_id: str) -> Bank:
        return self.counters[bank_id].bank

    def do(self, operation: Any, order: Any, bank_id: str = "ALFA", *more: Any) -> str:
        """The id on the receipt."""
        return str(self.bank(bank_id).submit_and_wait(operation, order, *more).id)

    def at(self, hour: str, day: str = "11-19") -> None:
        self.clock.turn_to(day, hour)

    def pay(self, payer: str, payee: str, minor: int, reference: str) -> str:
        """The payment's id."""
        return self.do(send_transfer, order_of(payer, payee, minor, reference), bank_of(payer))

    def pay_to_the_end(self, payer: str, payee: str, minor: int, reference: str) -> str:
        payment = self.pay(payer, payee, minor, reference)
        self.settled(payment)
        return payment

    def settled(self, *payments: str) -> None:
        """Nothing is on its way any more, or none of these."""

        def done() -> bool:
            found = set().union(*(self.under_way(bank_id) for bank_id in self.counters))
            return not (found & set(payments) if payments else found)

        wait_until(done)

    def hold_back(self, bank_id: str) -> None:
        """What is published for this bank stays on the topic, unread."""
        self.broker.hold(EXTERNAL_TRANSFERS, partition_for(bank_id.encode(), PARTITIONS))

    def let_through(self, bank_id: str) -> None:
        self.broker.release(EXTERNAL_TRANSFERS, partition_for(bank_id.encode(), PARTITIONS))

    def the_network_goes_and_comes(self) -> str:
        """The id of a payment that waited for it, and arrived."""
        self._goes_away()
        waited = self.pay(INES, LEA, 64_00, "Two tickets")
        self.clock.turn_by(14)
        self.hold_back("BRVO")
        self.broker.come_back()
        wait_until(lambda: waited not in self.under_way("ALFA", "PENDING"))
        time.sleep(0.1)  # so that what happened stands in its order
        self.let_through("BRVO")
        self.settled(waited)
        return waited

    def the_network_goes(self) -> str:
        """The id of the first of the payments that wait."""
        self._goes_away()
        first = self.pay(INES, TOMAS, 12_50, "Lunch")
        self.pay(MARA, LEA, 48_00, "Concert tickets")
        self.pay(OLU, CHARLOTTE, 1_150_00, "Invoice 2026-118")
        return first

    def _goes_away(self) -> None:
        self.broker.go_away()
        wait_until(lambda: not self.bank("ALFA").link.up)

    def under_way(self, bank_id: str, *states: str) -> set[str]:
        """The payments of a bank in one of these states; without any, those that have not ended."""
        asked = ", ".join(f"'{state}'" for state in states or OPEN)
        with self.bank(bank_id).readers.connection() as connection:
            sql = f"SELECT transaction_id FROM transfers WHERE state IN ({asked})"
            return set(connection.exec_driver_sql(sql).scalars())


def order_of(payer: str, payee: str, minor: int, reference: str) -> TransferOrder:
    currency = OWNERS[payer][2]
    return TransferOrder(payer, bank_of(payee), payee, minor, currency, OWNERS[payee][0], reference, actor="okafor")


@contextmanager
def a_day(folder: Path, **settings: Any) -> Iterator[PicturedDay]:
    clock = StoryClock()
    clock.turn_to("10-30", "08:00")
    ports = {bank_id: free_port() for bank_id in NAMES}
    broker = MemoryBroker(now_ms=lambda: clock.now_us() // 1_000)
    with ExitStack() as doors, patch("bank_node.opening.SystemClock", lambda _offset_ms: clock):
        counters = {}
        for bank_id, port in ports.items():
            given = {"bank_name": NAMES[bank_id], "entry": _entry(bank_id), "approval_limit_minor": LIMIT}
            given |= {"heartbeat_ms": 1_000, **settings}
            app = create_app(settings_of(folder, bank_id, ports, **given), broker)
            doors.enter_context(served(app, port))
            counters[bank_id] = Counter(app, f"http://127.0.0.1:{port}")
        wait_until(lambda: all(counter.bank.link.up for counter in counters.values()))
        day = PicturedDay(counters, broker, clock)
        _earlier_days(day)
        _the_morning(day)
        day.at("10:40")
        yield day


def _earlier_days(day: PicturedDay) -> None:
    hashed = hash_password(PASSWORD)
    day.bank("ALFA").submit_and_wait(give_login, NewLogin(1, "ines", hashed, None))
    day.do(change_label, LabelChange(SAVINGS, "Sailing boat", actor="okafor"))
    day.do(change_floor, FloorChange(SAVINGS, 100_00, actor="vogt"))
    day.do(change_state, StateChange(TOMAS_OLD, "closed", actor="vogt"), "BRVO")
    for number in (INES, INES, OLU, MARA):
        press = card_press(day.bank("ALFA").settings.data_dir, "ALFA")
        blanks = [Blank(drawn.masked, drawn.hash) for drawn in press.draw()]
        day.do(issue_card, CardOrder(number, blanks, "okafor"))
    day.do(block_card, CardBlock(1, "lost on the tram", "okafor"))
    _evening(day, "10-30")
    day.at("08:00", "11-16")
    for bank_id in NAMES:
        day.do(close_day, DayOrder(actor="vogt"), bank_id)
    for date, payments in _HISTORY.items():
        for hour, payer, payee, minor, words in payments:
            day.at(hour, date)
            if payee == "cash":
                day.do(deposit if minor > 0 else withdraw, CashOrder(payer, abs(minor), "EUR", "okafor", words))
            else:
                day.pay_to_the_end(payer, payee, minor, words)
        _evening(day, date)


_HISTORY: dict[str, tuple[tuple[str, str, str, int, str], ...]] = {
    "11-16": (
        ("09:14:20", INES, BAKERY, 31_80, "Order 4471"),
        ("10:02:41", BAKERY, INES, 210_00, "Catering, deposit back"),
        ("11:30:05", OLU, "cash", 2_400_00, "Takings"),
        ("15:48:33", JEAN, OLU, 780_00, "Invoice 2026-109"),
    ),
    "11-17": (
        ("09:40:12", INES, SAVINGS, 150_00, "Savings plan"),
        ("11:04:09", INES, TOMAS_OLD, 75_00, "Rent share"),
        ("13:22:57", MARA, "cash", -60_00, "Counter withdrawal"),
        ("16:31:18", LEA, MARA, 122_40, "Half of the train"),
    ),
    "11-18": (
        ("08:55:46", OLU, CHARLOTTE, 3_280_00, "Invoice 2026-112"),
        ("12:10:03", CHARLOTTE, INES, 42_90, "Book club"),
        ("16:20:34", TOMAS, INES, 36_90, "Dinner on Friday"),
    ),
}


def _evening(day: PicturedDay, date: str) -> None:
    day.at("18:05", date)
    for bank_id in NAMES:
        day.do(close_day, DayOrder(actor="vogt"), bank_id)


def _the_morning(day: PicturedDay) -> None:
    day.at("08:31")
    day.do(claim_drawer, DrawerClaim(1, {"EUR": 300_00}, "vogt"))
    day.do(claim_drawer, DrawerClaim(2, {"EUR": 1_500_00}, "okafor"))
    day.do(add_note, NewNote(1, "note", "Prefers to be called in the afternoon", "okafor"))
    day.do(add_note, NewNote(2, "alert", "Ask for the shop's stamp before cash leaves the account", "vogt"))
    day.at("09:26:10")
    day.do(withdraw, CashOrder(MARA, 80_00, "EUR", "okafor", "Market day", needs_drawer=True))
    mistake = day.do(deposit, CashOrder(JOANA, 70_00, "EUR", "okafor", None, needs_drawer=True))
    day.do(reverse, ReversalOrder(int(mistake), "put on the wrong account", "okafor", needs_drawer=True))
    day.at("09:58:12")
    paid_in = CashOrder(INES, 400_00, "EUR", "okafor", "Cash from the market", None, {"5000": 8}, needs_drawer=True)
    day.cash_in = day.do(deposit, paid_in)
    day.at("10:03:40")
    sent = day.pay_to_the_end(BAKERY, OLU, 96_00, "Paid twice, sorry")
    day.do(return_transfer, ReturnOrder("BRVO", sent, 40_00, "one of the two was right", "okafor"))
    day.pay_to_the_end(CHARLOTTE, INES, 18_00, "Stamps")
    day.at("10:09:05")
    day.pay_to_the_end(INES, TOMAS_OLD, 25_00, "Birthday of Anna")
    back = day.pay_to_the_end(MARA, LEA, 30_00, "Cinema")
    day.do(return_transfer, ReturnOrder("ALFA", back, 10_00, "there was a discount", "okafor"), "BRVO")
    day.settled()
    day.at("10:14:50")
    day.do(place_hold, HoldOrder(INES, 50_00, "EUR", "Card payment at the harbour, disputed", actor="vogt"))
    for minor, words in ((7_400_00, "Delivery van, first part"), (6_120_00, "Invoice 2026-115")):
        asked = day.do(ask_approval, Request("transfer", order_of(OLU, CHARLOTTE, minor, words)))
    day.do(approve, Verdict(int(asked), "vogt"))
    day.settled()
    day.do(ask_approval, Request("withdrawal", CashOrder(OLU, 5_500_00, "EUR", "okafor", "Wages")))
    day.at("10:31:55")
    day.hold_back("CHRL")
    held = day.pay(INES, CHARLOTTE, 150_00, "Weekend house")
    wait_until(lambda: held not in day.under_way("ALFA", "PENDING"))  # the broker has it
    day.at("10:38:30")


def _entry(bank_id: str) -> dict[str, Any]:
    own = {number: owner for number, owner in OWNERS.items() if bank_of(number) == bank_id}
    customers = []
    for name in dict.fromkeys(owner[0] for owner in own.values()):
        phone, born, since = PEOPLE.get(name, (None, "1990-08-12", "2022-01-10"))
        customers.append({"name": name, "phone": phone, "born": born, "since": since})
    accounts = [
        {"number": number, "owner": name, "type": kind, "currency": currency, "opening_minor": minor}
        for number, (name, kind, currency, minor) in own.items()
    ]
    staff = [{"username": user, "name": name, "password": PASSWORD, "role": role} for user, name, role in STAFF]
    return {"bank_id": bank_id, "customers": customers, "accounts": accounts, "staff": staff}
