"""Banks of different minor versions work together: BRVO speaks a newer one, with members that ALFA never heard of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from bank_node.broker.sealing import Seal
from bank_node.operations.answer_recall import RecallRefusal, refuse_recall
from bank_node.operations.cancel_transfer import Question, ask_again
from bank_node.operations.recall import RecallOrder, recall_transfer
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.store import recall_queries, transfer_queries
from bank_node.store.transfer_queries import QuarantineRow
from bank_node.store.unit import OutboxRow
from bank_node.transfers.ports import OutgoingRecord, Record
from tests.journeys.test_records_come_again import money_messages
from tests.support.cast import ALICE, BOB, NOBODY, OPENING
from tests.support.running import Federation, Running

NEWER = "bankfed/1.7"
EXTRA: dict[str, Any] = {
    "schema": NEWER,
    "purpose": {"code": "SALA", "lines": [1, None, {"deep": []}]},
    "x-priority": True,
    "fee_minor": 0,
    "greeting": "grüße \u2028 🏦",
}


def newer(bank: Running) -> None:
    """From now on what this bank says has more in it; the mac covers that too, as it covers everything."""
    plain: Seal = bank.post_room.relay._seal

    def seal(row: OutboxRow) -> OutgoingRecord:
        fields = orjson.loads(row.body)
        if not fields.get("type", "").startswith(("transfer.", "recall.", "payee.")):
            return plain(row)
        fields |= EXTRA
        if "reason" in fields:
            fields["reason"] |= {"severity": 3, "detail": {"line": "of a newer list"}}
        sealed = plain(replace(row, body=orjson.dumps(fields)))
        return replace(sealed, headers=(*sealed.headers, ("ce_newer", b"\x00\xff"), ("tracestate", b"a=b")))

    bank.post_room.relay._seal = seal


def test_two_minor_versions_work_together_in_both_directions(federation: Federation) -> None:
    alfa, brvo = federation.alfa, federation.brvo
    newer(brvo)

    there = alfa.send(12_50).result().id
    refused = alfa.send(1, to_account=NOBODY).result().id
    back = brvo.send(3_00, from_account=BOB, to_bank="ALFA", to_account=ALICE).result().id
    alfa.bank.writer.submit(ask_again, Question(there, "teller1"))  # or refused: it may be final already
    federation.until_quiet()
    assert (alfa.state(there), alfa.state(refused), brvo.state(back)) == ("COMPLETED", "REJECTED", "COMPLETED")
    assert reason(alfa, refused) == "AC01"

    brvo.bank.submit_and_wait(return_transfer, ReturnOrder("ALFA", there, 2_50, "too much"))
    federation.until_quiet()
    alfa.bank.submit_and_wait(recall_transfer, RecallOrder(there, "please"))
    federation.until(lambda: asked_of(brvo, there) is not None)
    brvo.bank.submit_and_wait(refuse_recall, RecallRefusal("ALFA", str(asked_of(brvo, there)), "spent"))
    federation.until(lambda: recalled(alfa, there) == "REFUSED")

    assert alfa.balance(ALICE) == OPENING - 12_50 + 3_00 + 2_50
    assert brvo.balance(BOB) == OPENING + 12_50 - 3_00 - 2_50
    records = money_messages(federation, at_least=9)
    assert set_aside(alfa, records) == set_aside(brvo, records) == []
    said = [orjson.loads(record.value or b"") for record in records]
    assert {one["schema"] for one in said if one["from_bank"] == "BRVO"} == {NEWER}
    assert all(one["mac"] and one["purpose"] == EXTRA["purpose"] for one in said if one["from_bank"] == "BRVO")
    federation.lawful()


def set_aside(bank: Running, records: list[Record]) -> list[QuarantineRow]:
    """Which of these records the bank could not read; others write on the same topic, and rubbish too."""
    with bank.bank.readers.connection() as connection:
        quarantined = transfer_queries.quarantined(connection, limit=10_000)
    places = {(record.partition, record.offset) for record in records}
    return [row for row in quarantined if (row.partition, row.offset) in places]


def reason(bank: Running, transaction_id: str) -> str | None:
    with bank.bank.readers.connection() as connection:
        row = transfer_queries.transfer(connection, transaction_id)
    assert row is not None
    return row.reason_code


def asked_of(bank: Running, payment: str) -> str | None:
    """The id of the recall that this bank was asked for."""
    with bank.bank.readers.connection() as connection:
        found = recall_queries.recalls_of_received(connection, "ALFA", payment)
    return found[0].recall_id if found else None


def recalled(bank: Running, payment: str) -> str:
    with bank.bank.readers.connection() as connection:
        return recall_queries.recalls_of_sent(connection, payment)[0].state
