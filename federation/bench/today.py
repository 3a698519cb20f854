"""What a branch looks at today, put on a copy of an old bank by its own operations: people who sign in, drawers,
today's entries, payments that wait for the broker, requests for approval, holds, cards, notes, and stuck work.
"""

from __future__ import annotations

import time
from typing import Any

from bank_node.operations.accounts import NewAccount, StateChange, change_state, open_account
from bank_node.operations.approvals import Request, Verdict, ask_approval, reject
from bank_node.operations.business_day import DayOrder, close_day
from bank_node.operations.cards import Blank, CardOrder, issue_card
from bank_node.operations.cash import CashOrder
from bank_node.operations.drawers import DrawerClaim, claim_drawer
from bank_node.operations.holds import HoldOrder, place_hold
from bank_node.operations.notes import NewNote, add_note
from bank_node.operations.orders import TransferOrder
from bank_node.operations.receive_transfer import receive
from bank_node.operations.send_transfer import send_transfer
from bank_node.people.logins import NewLogin, give_login
from bank_node.people.passwords import hash_password
from bank_node.people.staff import NewStaff, hire
from bank_node.store.commit import Job
from bank_node.transfers.ports import Record
from bank_node.transfers.reading import Desk
from bank_node.transfers.recall import recall
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from federation.bench.past import AWAY, FEDERATION, HOME, OPENING_MINOR, Hands, orders, post

PASSWORD = "a lantern in the harbour"  # noqa: S105 - of a world that is thrown away
STAFF = {"teller1": "teller", "teller2": "teller", "chief": "supervisor", "auditor": "auditor", "admin": "admin"}
BUSY, ORDINARY = "ada", "ben"  # who bank from home: the busy account's owner, and another customer
TODAYS_ENTRIES = 600
QUEUED, APPROVALS, NOTES, RECALLS, STRANGERS = 300, 40, 40, 20, 30
HOUR_US = 3600 * 1_000_000


def begin_today(hands: Hands) -> None:
    """An hour ago the branch opened; since then all this."""
    hands.clock.at_us = max(hands.clock.at_us, time.time_ns() // 1000 - HOUR_US)
    hands.one(close_day, DayOrder(actor="teller1"))
    _let_people_in(hands)
    post(hands, hands.does(orders(hands, TODAYS_ENTRIES)))
    _leave_unclaimed(hands)
    _busy_counter(hands)
    _stuck_work(hands)
    hands.does([Job(send_transfer, (_order(hands, number),)) for number in range(QUEUED)])  # nobody takes these


def _let_people_in(hands: Hands) -> None:
    known = hash_password(PASSWORD)
    for username, role in STAFF.items():
        hands.one(hire, NewStaff(username, f"{username.title()} Falk", role, known))
    for customer_id, username in ((1, BUSY), (2, ORDINARY)):
        hands.one(give_login, NewLogin(customer_id, username, known, None))
    for number, username in enumerate(("teller1", "teller2", "chief"), 1):
        hands.one(claim_drawer, DrawerClaim(number, {"EUR": 5_000_00}, username))


def _busy_counter(hands: Hands) -> None:
    jobs = []
    found = hands.commits.connection.execute("SELECT code FROM accounts WHERE type = 'current' ORDER BY id")
    with_cards = [str(row[0]) for row in found.fetchall()]
    for number in range(NOTES):
        account = hands.account()
        jobs.append(Job(add_note, (NewNote(1 + number, "alert" if number % 4 else "note", "asks for statements"),)))
        jobs.append(Job(place_hold, (HoldOrder(account, 1_00, "EUR", "disputed", actor="teller1"),)))
        blank = Blank(f"999900******{number:04d}", f"{number:064x}")
        jobs.append(Job(issue_card, (CardOrder(with_cards[number % len(with_cards)], (blank,), "teller1"),)))
    for number in range(APPROVALS):
        order: Any = _order(hands, number) if number % 2 else CashOrder(hands.account(), 99_00, "EUR", "teller2")
        jobs.append(Job(ask_approval, (Request("transfer" if number % 2 else "deposit", order),)))
    hands.does(jobs)
    asked = [int(job.result.id) for job in jobs if job.operation is ask_approval]
    hands.does([Job(reject, (Verdict(id_, "chief", "no papers"),)) for id_ in asked[: APPROVALS // 4]])


def _stuck_work(hands: Hands) -> None:
    """Records nobody believes, and payments that the other bank wants back."""
    desk = Desk(HOME, FEDERATION, (HOME, AWAY))
    now_us, bodies = hands.clock.at_us, [f'{{"not": {number}}}'.encode() for number in range(STRANGERS)]
    newest = "SELECT transaction_id, content_hash FROM decisions WHERE decision = 'ACCEPTED' ORDER BY decided_us DESC"
    received = hands.commits.connection.execute(f"{newest} LIMIT {RECALLS}").fetchall()
    for original in received:
        asked: Any = {"now_us": now_us, "event_id": hands.ids.new(), "recall_id": hands.ids.new()}
        banks: Any = {"federation_id": FEDERATION, "from_bank": AWAY, "to_bank": HOME}
        bodies.append(recall(original=original, reason="sent to the wrong account", **asked, **banks)[0])
    records = [Record(EXTERNAL_TRANSFERS, 1, place, HOME.encode(), body) for place, body in enumerate(bodies)]
    hands.does([Job(receive, (desk.read(record, now_us),)) for record in records])


def _leave_unclaimed(hands: Hands) -> None:
    """An account that was closed before its payment came back."""
    gone = str(hands.one(open_account, NewAccount(2, "current", "EUR", opening_minor=OPENING_MINOR)).id)
    order = TransferOrder(gone, AWAY, "a stranger", OPENING_MINOR, "EUR", "Tomas Riva")
    queued = hands.does([Job(send_transfer, (order,))])
    hands.one(change_state, StateChange(gone, "closed"))
    post(hands, queued, refused_share=1_000)


def _order(hands: Hands, number: int) -> TransferOrder:
    return TransferOrder(hands.accounts[0], AWAY, f"account {number}", 1_00, "EUR", "Tomas Riva", actor="teller1")
