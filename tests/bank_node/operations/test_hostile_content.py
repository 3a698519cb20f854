"""What a hostile peer may say that is believed to be his: the tables take it, and each bank's own books hold.

The real broker and macs are another story (`journeys/test_hostile_records`): here every record reaches the tables.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

from bank_node.operations.cancel_transfer import Question, ask_again, cancel_by_hand
from bank_node.operations.recall import RecallOrder, recall_transfer
from bank_node.operations.receive_transfer import receive_records
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.operations.send_transfer import send_transfer
from bank_node.transfers.laws import LAWS
from bank_node.transfers.ports import Record
from bank_node.transfers.reading import Batch, Desk, Incoming
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from tests.support.cast import BOB, CAROL, NOBODY, SmallBank, Town, an_order, open_town
from tests.support.hostile import Enemy

SEED = int(os.environ.get("HOSTILE_SEED") or random.randrange(10**9))
RECORDS, BATCH = 20_000, 200
OWN_LAWS = ("I1", "I2", "I9", "I10")  # what one bank can hold, whatever the other one says


def ordinary_life(town: Town) -> list[bytes]:
    """Every type of message, in every state of a transfer; what lies on the topic of it."""
    said: list[bytes] = []

    def carry() -> None:
        for bank in town.banks.values():
            said.extend(row.body for row in bank.waiting if row.topic == EXTERNAL_TRANSFERS)

    for number in range(12):
        id_ = town.alfa.do(
            send_transfer, an_order(1_00 + number, **({"to_account": NOBODY} if number % 4 == 3 else {}))
        ).id
        if number % 3 == 1:
            town.alfa.do(ask_again, Question(id_, "t"))
        if number % 3 == 2:
            town.alfa.do(cancel_by_hand, Question(id_, "t"))
        carry()
        while town_moves(town):
            carry()
        if number % 4 == 0:
            town.brvo.do(return_transfer, ReturnOrder("ALFA", id_, 50))
            town.alfa.do(recall_transfer, RecallOrder(id_, "please"))
            carry()
    town.brvo.do(send_transfer, an_order(1, from_account=BOB, to_bank="ALFA", to_account=CAROL))
    carry()
    return said


def town_moves(town: Town) -> bool:
    """One round of the post."""
    moved = False
    for bank in town.banks.values():
        rows, bank.waiting = bank.waiting, []
        for row in rows:
            if row.topic == EXTERNAL_TRANSFERS:
                moved = True
                town.banks[row.key].take(town.banks[row.key].record(row.body))
    return moved


def hear(bank: SmallBank, records: list[Record]) -> None:
    desk = Desk(bank.charter.bank_id, bank.charter.federation_id, bank.charter.directory)
    incoming: list[Incoming] = []
    for record in records:
        one = desk.read(record, bank.clock.now_us())
        if one is not None:
            incoming.append(one)
    bank.do(receive_records, Batch(tuple(incoming)))


def test_hostile_content_leaves_each_banks_own_books_right(tmp_path: Path) -> None:
    print(f"HOSTILE_SEED={SEED}")
    town = open_town(tmp_path)
    enemy = Enemy(SEED, ordinary_life(town))
    waiting: dict[str, list[Record]] = {name: [] for name in town.banks}
    for number, hostile in enumerate(enemy.records(RECORDS)):
        record = Record(EXTERNAL_TRANSFERS, 0, 10_000 + number, hostile.key, hostile.value)
        waiting[hostile.bank].append(record)
        if number % BATCH == BATCH - 1:
            for name, bank in town.banks.items():
                hear(bank, waiting[name])
                waiting[name] = []
                bank.waiting.clear()
                its_own_books_are_right(bank)
    town.close()


def its_own_books_are_right(bank: SmallBank) -> None:
    """And what its customers have more than they should, the other bank owes."""
    snapshot = bank.snapshot()
    for law in LAWS:
        if law.id in OWN_LAWS:
            assert list(law.breaches({snapshot.bank_id: snapshot})) == [], law.title
    ids = [(decision.from_bank, decision.transaction_id) for decision in snapshot.decided]
    assert len(ids) == len(set(ids))
