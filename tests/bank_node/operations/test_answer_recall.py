"""Another bank calls a payment back: one item for the desk, decided once, answered as often as it is asked.
Agreeing makes exactly one return; what was never credited is refused at once."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from bank_node.ledger.errors import Refusal
from bank_node.operations.answer_recall import Agreement, RecallRefusal, agree_to_recall, refuse_recall
from bank_node.operations.claims import Claim
from bank_node.operations.recall import RecallOrder, recall_transfer
from bank_node.operations.return_transfer import ReturnOrder, return_transfer
from bank_node.operations.send_transfer import send_transfer
from bank_node.operations.tidy import tidy
from bank_node.store import recall_queries, transfer_queries
from bank_node.store.audit_check import check_chain
from bank_node.transfers.recall import recall_hash
from tests.support.cast import ALICE, BOB, CAROL, NOBODY, OPENING, Town, an_order

AMOUNT = 12_50
YEAR_MS = 365 * 24 * 3_600_000


def a_payment(town: Town, amount_minor: int = AMOUNT) -> str:
    """Sent by Alice, credited to Bob, confirmed."""
    receipt = town.alfa.do(send_transfer, an_order(amount_minor))
    town.deliver()
    return str(receipt.id)


def called_back(town: Town, payment: str) -> tuple[str, bytes]:
    """The recall's id, and its message on the way to BRVO."""
    recall_id = town.alfa.do(recall_transfer, RecallOrder(payment, "sent twice", "teller1")).id
    return recall_id, bytes(town.alfa.waiting.pop().body)


def take(town: Town, body: bytes, times: int = 1) -> dict[Any, int]:
    return dict(town.brvo.take(town.brvo.record(body), times))


def answers(town: Town) -> list[dict[str, Any]]:
    """What BRVO has queued since the last look, on its way to ALFA."""
    rows = [orjson.loads(row.body) for row in town.brvo.waiting]
    town.deliver()
    return rows


def agree(town: Town, recall_id: str, amount_minor: int | None = None, **more: Any) -> Any:
    return town.brvo.do(agree_to_recall, Agreement("ALFA", recall_id, amount_minor, "supervisor", **more))


def refuse(town: Town, recall_id: str, reason: str = "he will not") -> Any:
    return town.brvo.do(refuse_recall, RecallRefusal("ALFA", recall_id, reason, "supervisor"))


def item(town: Town, recall_id: str) -> Any:
    return town.brvo.read(recall_queries.request, "ALFA", recall_id)


def changed(body: bytes, **change: object) -> bytes:
    fields = orjson.loads(body) | change
    fields.pop("content_hash", None)
    return orjson.dumps(fields)


def test_it_is_one_item_for_the_desk_however_often_it_is_asked(town: Town) -> None:
    payment = a_payment(town)
    recall_id, body = called_back(town, payment)
    assert take(town, body, times=3) == {"recall_kept": 1, "same": 2}
    (row,) = town.brvo.read(recall_queries.requests, state="OPEN")
    assert (row.from_bank, row.recall_id, row.transaction_id, row.reason) == ("ALFA", recall_id, payment, "sent twice")
    assert (row.amount_minor, row.reserved_minor, row.currency, row.to_account) == (AMOUNT, 0, "EUR", BOB)
    assert town.brvo.read(recall_queries.recalls_of_received, "ALFA", payment) == [row]
    assert town.brvo.waiting == [], "nothing is said before somebody has decided"
    town.lawful()


def test_agreeing_makes_one_return_and_one_answer_in_one_unit_of_work(town: Town) -> None:
    payment = a_payment(town)
    recall_id, body = called_back(town, payment)
    take(town, body)
    receipt = agree(town, recall_id)
    returned, answer = (orjson.loads(row.body) for row in town.brvo.waiting)
    assert (receipt.kind, receipt.state) == ("return", "PENDING")
    assert (returned["type"], returned["transaction_id"]) == ("transfer.returned", receipt.id)
    assert (returned["amount_minor"], returned["reference"]) == (AMOUNT, "The payment was called back.")
    assert (answer["verdict"], answer["return_transaction_id"]) == ("agreed", receipt.id)
    assert answer["answers_hash"] == recall_hash(orjson.loads(body))
    town.lawful()
    town.deliver(times=2)
    assert (town.alfa.balance(ALICE), town.brvo.balance(BOB)) == (OPENING, OPENING)
    assert town.alfa.read(transfer_queries.transfer, payment).returned_minor == AMOUNT
    row = item(town, recall_id)
    assert (row.state, row.return_id, row.decided_by) == ("AGREED", receipt.id, "supervisor")
    town.lawful()


def test_a_part_may_be_agreed_to(town: Town) -> None:
    recall_id, body = called_back(town, a_payment(town))
    take(town, body)
    with pytest.raises(Refusal) as refused:
        agree(town, recall_id, AMOUNT + 1)
    assert refused.value.code == "AM02"
    agree(town, recall_id, 2_50)
    town.deliver()
    assert town.alfa.balance(ALICE) == OPENING - 10_00
    town.lawful()


def test_what_is_left_of_it_comes_back_where_a_part_was_returned_before(town: Town) -> None:
    payment = a_payment(town)
    town.brvo.do(return_transfer, ReturnOrder("ALFA", payment, 2_50))
    town.deliver()
    recall_id, body = called_back(town, payment)
    take(town, body)
    agree(town, recall_id)
    town.deliver()
    assert (town.alfa.balance(ALICE), town.brvo.balance(BOB)) == (OPENING, OPENING)
    town.lawful()


def test_a_decision_is_made_once(town: Town) -> None:
    agreed, first = called_back(town, a_payment(town))
    refused, second = called_back(town, a_payment(town))
    take(town, first)
    take(town, second)
    claim = Claim("supervisor:agree", "key-1", "the same request")
    receipt = agree(town, agreed, claim=claim)
    assert agree(town, agreed, claim=claim).id == receipt.id, "the same request has the stored answer"
    refuse(town, refused)
    for decide in (agree, refuse):
        for recall_id in (agreed, refused):
            with pytest.raises(Refusal) as too_late:
                decide(town, recall_id)
            assert too_late.value.code == "final"
    town.deliver()
    assert town.brvo.count("transfers") == 1
    town.lawful()


def test_where_the_money_is_gone_it_stays_open_and_the_words_say_why(town: Town) -> None:
    recall_id, body = called_back(town, a_payment(town))
    take(town, body)
    spent = an_order(OPENING + 12_00, from_account=BOB, to_bank="ALFA", to_account=CAROL)
    town.brvo.do(send_transfer, spent)
    town.deliver()
    with pytest.raises(Refusal) as refused:
        agree(town, recall_id)
    assert refused.value.code == "AM04"
    assert "0.50 EUR are available; 12.50 were asked for" in refused.value.detail
    assert item(town, recall_id).state == "OPEN"
    assert town.brvo.waiting == []
    agree(town, recall_id, 50)
    town.deliver()
    town.lawful()


@pytest.mark.parametrize("state", ["blocked", "debit_frozen"])
def test_a_frozen_account_gives_nothing_back(town: Town, state: str) -> None:
    recall_id, body = called_back(town, a_payment(town))
    take(town, body)
    town.brvo.set_state(BOB, state)
    with pytest.raises(Refusal) as refused:
        agree(town, recall_id)
    assert refused.value.code == "AC06"
    assert item(town, recall_id).state == "OPEN"
    refuse(town, recall_id, "the account is frozen by court order")
    town.deliver()
    assert town.alfa.read(recall_queries.asked)[0].answer_text == "the account is frozen by court order"
    town.lawful()


def test_a_refusal_needs_words(town: Town) -> None:
    recall_id, body = called_back(town, a_payment(town))
    take(town, body)
    for words in ("", "  ", "x" * 141, "line\nbreak"):
        with pytest.raises(Refusal) as refused:
            refuse(town, recall_id, words)
        assert refused.value.code == "FF01"
    with pytest.raises(Refusal) as refused:
        refuse(town, "never-asked")
    assert refused.value.code == "not_found"


@pytest.mark.parametrize("verdict", ["agreed", "refused"])
def test_a_repeat_gets_the_stored_answer_however_late(town: Town, verdict: str) -> None:
    recall_id, body = called_back(town, a_payment(town))
    take(town, body)
    if verdict == "agreed":
        agree(town, recall_id)
    else:
        refuse(town, recall_id)
    assert take(town, body) == {"repeat": 1}
    (first,) = (said for said in answers(town) if said["type"] == "recall.answered")
    assert first["verdict"] == verdict
    for later_ms in (0, YEAR_MS):
        town.clock.pass_ms(later_ms)
        town.brvo.do(tidy)
        assert take(town, body, times=2) == {"repeat": 2}
        assert answers(town) == [first], "one answer waits, however often it was asked; the same event_id"
    assert town.brvo.count("transfers") == (1 if verdict == "agreed" else 0)
    town.lawful()


STRANGE: dict[str, dict[str, object]] = {
    "unknown": {"original_transaction_id": "never-sent"},
    "other hash": {"original_hash": "0" * 64},
}


@pytest.mark.parametrize("what", [*STRANGE, "refused", "other bank", "a return", "nothing left"])
def test_what_was_not_credited_from_that_bank_with_that_hash_is_refused_at_once(town: Town, what: str) -> None:
    payment = a_payment(town)
    recall_id, body = called_back(town, payment)
    body = changed(body, **STRANGE.get(what, {}))
    if what == "refused":
        refused = town.alfa.do(send_transfer, an_order(1, to_account=NOBODY)).id
        digest = orjson.loads(town.alfa.waiting[0].body)["content_hash"]
        town.deliver()
        body = changed(body, original_transaction_id=refused, original_hash=digest)
    elif what == "other bank":
        town.brvo.connection.execute(f"UPDATE decisions SET from_bank = 'CHRL' WHERE transaction_id = '{payment}'")
    elif what == "a return":
        sent = town.brvo.do(send_transfer, an_order(1, from_account=BOB, to_bank="ALFA", to_account=ALICE)).id
        town.deliver()
        back = town.alfa.do(return_transfer, ReturnOrder("BRVO", sent)).id
        digest = orjson.loads(town.alfa.waiting[0].body)["content_hash"]
        town.deliver()
        body = changed(body, original_transaction_id=back, original_hash=digest)
    elif what == "nothing left":
        town.brvo.do(return_transfer, ReturnOrder("ALFA", payment))
        town.deliver()
    balances = (town.alfa.balance(ALICE), town.brvo.balance(BOB))
    assert take(town, body, times=3) == {"recall_refused": 1, "repeat": 2}
    (answer,) = (orjson.loads(row.body) for row in town.brvo.waiting)
    assert (answer["verdict"], answer["reason"]["code"]) == ("refused", "MS03")
    assert item(town, recall_id).state == "REFUSED"
    assert (town.alfa.balance(ALICE), town.brvo.balance(BOB)) == balances
    if what != "other bank":
        town.deliver()
        town.lawful()


def test_a_recall_id_that_is_used_again_for_another_payment_is_refused_and_an_incident(town: Town) -> None:
    other = a_payment(town, 5_00)
    recall_id, body = called_back(town, a_payment(town))
    take(town, body)
    digest = town.alfa.read(transfer_queries.transfer, other).content_hash
    forged = changed(body, original_transaction_id=other, original_hash=digest)
    assert take(town, forged, times=2) == {"conflict": 2}
    for row in town.brvo.waiting:
        answer = orjson.loads(row.body)
        assert (answer["verdict"], answer["reason"]["code"]) == ("refused", "AM05")
        assert answer["answers_hash"] == recall_hash(orjson.loads(forged))
    incidents = town.brvo.connection.execute("SELECT DISTINCT kind FROM incidents").fetchall()
    assert [tuple(row) for row in incidents] == [("id_reused",)]
    assert item(town, recall_id).state == "OPEN"
    agree(town, recall_id)
    town.deliver()
    assert town.alfa.balance(ALICE) == OPENING - 5_00, "what was agreed to is the first one"
    town.lawful()


def test_who_may_not_be_believed_is_not_asked_about_at_the_desk(town: Town) -> None:
    """A hash that does not fit, no hash of the payment, no text for a reason: set aside, nobody is answered."""
    _, body = called_back(town, a_payment(town))
    fields = orjson.loads(body)
    for change in (
        {"content_hash": "0" * 64},
        {"original_hash": "short"},
        {"original_transaction_id": None},
        {"reason": {"code": "FOCR", "text": "line\nbreak"}},
        {"reason": "words"},
        {"from_bank": "ZZZZ"},
    ):
        record = town.brvo.record(orjson.dumps(fields | change))
        assert dict(town.brvo.take(record, times=2)) == {"quarantined": 2}
    assert town.brvo.count("recall_requests") == 0
    assert [row for row in town.brvo.waiting if row.topic == "external-transfers"] == []


def test_it_is_written_down_who_decided(town: Town) -> None:
    payment = a_payment(town)
    recall_id, body = called_back(town, payment)
    take(town, body)
    agree(town, recall_id)
    rows = town.brvo.connection.execute(
        f"SELECT action, actor FROM audit_log WHERE subject = '{payment}' AND action LIKE 'recall%' ORDER BY seq"
    ).fetchall()
    assert [tuple(row) for row in rows] == [("recall_received", "ALFA"), ("recall_agreed", "supervisor")]
    town.deliver()
    assert all(bank.read(check_chain).ok for bank in town.banks.values())


def test_those_asked_at_one_moment_are_all_reached_page_by_page(town: Town) -> None:
    for _ in range(9):
        take(town, called_back(town, a_payment(town, 1))[1])
    seen: list[str] = []
    before = None
    while page := town.brvo.read(recall_queries.requests, before=before, limit=2):
        seen += [row.recall_id for row in page]
        before = (page[-1].received_us, page[-1].from_bank, page[-1].recall_id)
    assert len(seen) == len(set(seen)) == 9
