"""Anybody may write anything on a topic: it is set aside, no money moves, and the next good record flows."""

from __future__ import annotations

import random

from bank_node.store import transfer_queries
from bank_node.transfers.ports import OutgoingRecord
from bank_node.transfers.topics import DEAD_LETTERS, EXTERNAL_TRANSFERS
from tests.support.cast import BOB, OPENING
from tests.support.running import Federation

RUBBISH = 300


def rubbish(seed: int) -> list[bytes]:
    dice = random.Random(seed)
    return [dice.randbytes(dice.randrange(0, 400)) for _ in range(RUBBISH)]


def test_rubbish_is_set_aside_and_the_next_good_record_flows(federation: Federation) -> None:
    publisher = federation.alfa.broker.publisher()
    thrown = [OutgoingRecord(EXTERNAL_TRANSFERS, b"BRVO", value) for value in rubbish(seed=7)]
    publisher.publish(thrown, timeout_s=30)
    publisher.close()

    sent = federation.alfa.send(12_50).result()
    federation.until(lambda: federation.alfa.state(sent.id) == "COMPLETED")

    assert federation.brvo.balance(BOB) == OPENING + 12_50
    with federation.brvo.bank.readers.connection() as connection:
        held = transfer_queries.quarantined(connection, limit=RUBBISH * 2)
    assert len(held) >= RUBBISH
    federation.lawful()


def test_what_was_set_aside_is_copied_to_the_dead_letters(federation: Federation) -> None:
    publisher = federation.alfa.broker.publisher()
    publisher.publish([OutgoingRecord(EXTERNAL_TRANSFERS, b"BRVO", b"no json")], timeout_s=30)
    publisher.close()

    reader = federation.alfa.broker.reader(DEAD_LETTERS, "the-dead-letter-desk")
    log = reader.open(timeout_s=10)
    reader.assign(dict.fromkeys(range(log.partitions)))
    letters: list[bytes] = []
    while not any(b"bm8ganNvbg==" in letter for letter in letters):  # base64 of what was thrown
        letters += [record.value or b"" for record in reader.poll(512, timeout_s=5)]
    reader.close()
