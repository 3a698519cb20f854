from __future__ import annotations

import orjson
import pytest

from bank_node.ledger.account import make_number
from bank_node.operations.receive_transfer import receive_records
from bank_node.operations.send_transfer import send_transfer
from bank_node.store import transfer_queries
from bank_node.transfers.reading import Batch, Desk
from tests.support.cast import ALICE, BOB, NOBODY, OPENING, Town, an_order


def a_request(town: Town, amount_minor: int = 12_50, **other: object) -> bytes:
    """The message of a transfer that ALFA has booked."""
    town.alfa.do(send_transfer, an_order(amount_minor, **other))
    return town.alfa.waiting.pop().body


def test_a_repeated_message_credits_bob_once(town: Town) -> None:
    body = a_request(town)
    outcomes = town.brvo.take(town.brvo.record(body), times=1000)
    assert outcomes == {"credited": 1, "repeat": 999}
    assert town.brvo.balance(BOB) == OPENING + 12_50
    assert town.brvo.count("decisions") == 1
    town.lawful()


def test_a_repeat_is_answered_with_the_stored_answer(town: Town) -> None:
    body = a_request(town)
    town.brvo.take(town.brvo.record(body))
    first = orjson.loads(town.brvo.waiting[0].body)
    town.deliver()
    town.brvo.take(town.brvo.record(body))
    again = orjson.loads(town.brvo.waiting[-1].body)
    assert again["event_id"] == first["event_id"]
    assert again["decided_at"] == first["decided_at"]
    assert again["repeats_ignored"] == 1


def test_the_repeat_shows_on_the_senders_page(town: Town) -> None:
    receipt = town.alfa.do(send_transfer, an_order())
    request = town.alfa.waiting[0].body
    town.deliver()
    town.brvo.take(town.brvo.record(request), times=2)
    town.deliver()
    answer = town.alfa.read(transfer_queries.transfer, receipt.id).answer
    assert answer["repeats_ignored"] == 1, "the second repeat came while the answer to the first still waited"
    town.lawful()


@pytest.mark.parametrize(
    ("state", "code"), [("closed", "AC04"), ("blocked", "AC06"), ("debit_frozen", None), ("open", None)]
)
def test_the_payees_account_decides(town: Town, state: str, code: str | None) -> None:
    receipt = town.alfa.do(send_transfer, an_order())
    town.brvo.connection.execute(f"UPDATE accounts SET state = '{state}' WHERE code = '{BOB}'")
    town.deliver(times=2)
    row = town.alfa.read(transfer_queries.transfer, receipt.id)
    assert row.state == ("REJECTED" if code else "COMPLETED")
    assert row.reason_code == code
    assert town.alfa.balance(ALICE) == OPENING - (0 if code else 12_50)
    town.brvo.connection.execute(f"UPDATE accounts SET state = 'open' WHERE code = '{BOB}'")
    town.lawful()


def test_an_unknown_payee_is_refused_and_refunded_once(town: Town) -> None:
    town.alfa.do(send_transfer, an_order(to_account=NOBODY))
    assert town.deliver(times=2) == ["refused", "repeat", "refunded", "same"]
    assert town.alfa.balance(ALICE) == OPENING
    town.lawful()


def test_a_payment_that_expired_on_the_way_is_refused(town: Town) -> None:
    town.alfa.do(send_transfer, an_order(expires_at="2026-11-21T10:00:01Z"))
    town.clock.pass_ms(2_000)
    town.deliver()
    assert town.alfa.balance(ALICE) == OPENING
    town.lawful()


def test_the_same_id_with_other_content_is_refused_with_am05_and_changes_nothing(town: Town) -> None:
    fields = orjson.loads(a_request(town))
    town.brvo.take(town.brvo.record(orjson.dumps(fields)))
    fields |= {"amount_minor": 99_00}
    del fields["content_hash"]
    assert town.brvo.take(town.brvo.record(orjson.dumps(fields))) == {"conflict": 1}
    answer = orjson.loads(town.brvo.waiting[-1].body)
    assert (answer["type"], answer["reason"]["code"]) == ("transfer.rejected", "AM05")
    assert town.brvo.balance(BOB) == OPENING + 12_50
    assert town.brvo.count("incidents") == 1
    town.alfa.take(town.alfa.record(town.brvo.waiting[-1].body))
    assert town.alfa.own_balance("suspense:out") == 12_50, "the answer to other content concludes nothing here"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount_minor": 0}, "AM12"),
        ({"amount_minor": -1}, "AM12"),
        ({"amount_minor": 2**63}, "AM12"),
        ({"amount_minor": 12.5}, "AM12"),
        ({"amount_minor": "1250"}, "AM12"),
        ({"currency": "XXX"}, "AM03"),
        ({"currency": "USD"}, "AM03"),
        ({"currency": ["EUR"]}, "AM03"),
        ({"currency": {}}, "AM03"),
        ({"expires_at": "9999-12-31T23:59:59-14:00"}, "FF01"),
        ({"to_account": "XF00BRVO0000000001"}, "AC01"),
        ({"to_account": None}, "AC01"),
        ({"to_account": make_number("BRVO", 99)}, "AC01"),
        ({"reference": ["a", "list"]}, "FF01"),
        ({"reference": "a\x00b"}, "FF01"),
        ({"from_account": "A\x00B"}, "FF01"),
        ({"to_account": "A\x00B"}, "AC01"),
        ({"expires_at": "soon"}, "FF01"),
    ],
)
def test_impossible_fields_are_refused_and_move_nothing(town: Town, change: dict[str, object], code: str) -> None:
    fields = orjson.loads(a_request(town)) | change
    del fields["content_hash"]
    assert town.brvo.take(town.brvo.record(orjson.dumps(fields)), times=2) == {"refused": 1, "repeat": 1}
    assert orjson.loads(town.brvo.waiting[0].body)["reason"]["code"] == code
    assert town.brvo.balance(BOB) == OPENING


def test_what_cannot_be_read_is_kept_once_and_copied_to_the_dead_letters(town: Town) -> None:
    record = town.brvo.record(b"\xff\x00 no json")
    assert town.brvo.take(record, times=3) == {"quarantined": 3}
    assert town.brvo.count("quarantine") == 1
    assert [row.topic for row in town.brvo.waiting] == ["external-transfers.dlq"]
    assert town.brvo.take(town.brvo.record(a_request(town))) == {"credited": 1}, "the next record flows"


def test_a_record_of_a_bank_nobody_knows_mints_nothing(town: Town) -> None:
    fields = orjson.loads(a_request(town)) | {"from_bank": "EVIL"}
    del fields["content_hash"]
    assert town.brvo.take(town.brvo.record(orjson.dumps(fields))) == {"quarantined": 1}
    assert town.brvo.balance(BOB) == OPENING


def test_a_record_of_another_federation_is_skipped(town: Town) -> None:
    fields = orjson.loads(a_request(town)) | {"federation_id": "another life"}
    assert town.brvo.take(town.brvo.record(orjson.dumps(fields))) == {}
    assert town.brvo.count("quarantine") == 0


def test_a_forged_hash_is_not_believed(town: Town) -> None:
    fields = orjson.loads(a_request(town)) | {"amount_minor": 99_00}
    assert town.brvo.take(town.brvo.record(orjson.dumps(fields))) == {"quarantined": 1}
    assert town.brvo.balance(BOB) == OPENING


def test_the_same_message_twice_in_one_unit_of_work_credits_bob_once(town: Town) -> None:
    record = town.brvo.record(a_request(town))
    desk = Desk("BRVO", "fed", town.brvo.charter.directory)
    incoming = desk.read(record, town.clock.now_us())
    assert incoming is not None
    outcomes = town.brvo.do(receive_records, Batch((incoming, incoming, incoming)))
    assert outcomes == {"credited": 1, "repeat": 2}
    assert town.brvo.balance(BOB) == OPENING + 12_50
    town.deliver()
    town.lawful()


def test_what_an_operation_wrote_the_next_one_of_its_unit_of_work_sees(town: Town) -> None:
    receipt = town.alfa.do(send_transfer, an_order())
    body = town.alfa.waiting.pop().body
    town.brvo.take(town.brvo.record(body))
    answer = town.alfa.record(town.brvo.waiting.pop().body)
    desk = Desk("ALFA", "fed", town.alfa.charter.directory)
    incoming = desk.read(answer, town.clock.now_us())
    assert incoming is not None
    batch = Batch((incoming,))
    town.alfa.do_all([(send_transfer, an_order(1)), (receive_records, batch), (receive_records, batch)])
    assert town.alfa.read(transfer_queries.transfer, receipt.id).state == "COMPLETED"
    town.deliver()
    town.lawful()
