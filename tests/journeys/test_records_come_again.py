"""A broker may repeat what it likes: a thousand redelivered records change nothing."""

from __future__ import annotations

from bank_node.transfers.ports import OutgoingRecord, Record, partition_for
from bank_node.transfers.topics import EXTERNAL_TRANSFERS
from tests.support.cast import ALICE, BOB, OPENING
from tests.support.running import Federation


def money_messages(federation: Federation, at_least: int) -> list[Record]:
    """What this federation has on the topic, read from the start as a bank would."""
    reader = federation.alfa.broker.reader(EXTERNAL_TRANSFERS, "a-second-look")
    log = reader.open(timeout_s=10)
    reader.assign({partition_for(name.encode(), log.partitions): None for name in federation.banks})
    mark = federation.alfa.bank.charter.federation_id.encode()
    found: list[Record] = []
    while len(found) < at_least:
        found += [record for record in reader.poll(512, timeout_s=5) if mark in (record.value or b"")]
    reader.close()
    return found


def test_a_thousand_redelivered_records_change_nothing(federation: Federation) -> None:
    for _ in range(20):
        federation.alfa.send(1)
    federation.until_quiet()
    records = money_messages(federation, at_least=40)
    again = (records * 25)[:1000]

    publisher = federation.alfa.broker.publisher()
    answers = publisher.publish([OutgoingRecord(r.topic, r.key or b"", r.value or b"") for r in again], timeout_s=30)
    publisher.close()
    assert len(answers) == 1000
    last = federation.alfa.send(1).result()
    federation.until(lambda: federation.alfa.state(last.id) == "COMPLETED")

    assert federation.alfa.balance(ALICE) == OPENING - 21
    assert federation.brvo.balance(BOB) == OPENING + 21
    federation.lawful()
