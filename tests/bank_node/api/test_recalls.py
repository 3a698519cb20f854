"""Recalls over the counter: asking for a completed transfer, answering another bank's, and paying out what nobody
claimed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bank_node.operations.receive_transfer import receive_records
from bank_node.transfers import messages
from bank_node.transfers.ports import Record
from bank_node.transfers.reading import Batch, Desk
from bank_node.transfers.recall import recall, recall_answer
from tests.bank_node.api.test_transfer_desk import receive_from_bob
from tests.support.counter import ALICE, BOB, CAROL, Caller, a_caller


@pytest.fixture
def caller(tmp_path: Path) -> Any:
    with a_caller(tmp_path) as caller:
        yield caller


def hear(caller: Caller, body: bytes) -> None:
    """A message from BRVO, as it would come from the topic."""
    charter = caller.bank.charter
    desk = Desk("ALFA", charter.federation_id, charter.directory)
    incoming = desk.read(Record("external-transfers", 0, 0, b"ALFA", body), caller.bank.clock.now_us())
    assert incoming is not None
    caller.bank.submit_and_wait(receive_records, Batch((incoming,)))


def content_hash_of(caller: Caller, table: str, transaction_id: str) -> str:
    with caller.bank.readers.connection() as connection:
        found = connection.exec_driver_sql(
            f"SELECT content_hash FROM {table} WHERE transaction_id = '{transaction_id}'"
        )
        return str(found.scalar_one())


def say(caller: Caller, type_: str, transaction_id: str, reason: tuple[str, str] | None = None) -> None:
    """BRVO's answer to a transfer of this bank."""
    now_us = caller.bank.clock.now_us()
    body = messages.answer(
        type_=type_,
        event_id="e",
        federation_id=caller.bank.charter.federation_id,
        transaction_id=transaction_id,
        from_bank="BRVO",
        to_bank="ALFA",
        answers_hash=content_hash_of(caller, "transfers", transaction_id),
        reason=reason,
        read_us=now_us,
        decided_us=now_us,
        repeats_ignored=0,
    )
    hear(caller, body)


def a_completed_transfer(caller: Caller) -> str:
    id_ = str(caller.send(5_00, BOB).json()["transaction_id"])
    say(caller, messages.ACCEPTED, id_)
    return id_


def a_recall_of(caller: Caller, payment: str, recall_id: str) -> None:
    """BRVO asks for a payment back that ALFA received."""
    body, _ = recall(
        now_us=caller.bank.clock.now_us(),
        event_id="e",
        federation_id=caller.bank.charter.federation_id,
        recall_id=recall_id,
        original=(payment, content_hash_of(caller, "decisions", payment)),
        from_bank="BRVO",
        to_bank="ALFA",
        reason="sent twice",
    )
    hear(caller, body)


def test_a_completed_transfer_is_asked_back_once_and_shows_its_answer(caller: Caller) -> None:
    id_ = a_completed_transfer(caller)
    asked = caller.post(f"/api/v1/transfers/{id_}/recall", {"reason": "sent twice"}, key="recall-1")
    assert (asked.status_code, asked.json()["state"], asked.json()["status"]) == (202, "ASKED", "pending")
    assert asked.json()["transaction_id"] == id_
    assert asked.headers["location"] == f"/api/v1/transfers/{id_}"
    recall_id = asked.json()["recall_id"]
    again = caller.post(f"/api/v1/transfers/{id_}/recall", {"reason": "sent twice"}, key="recall-1")
    assert (again.json(), again.headers["idempotency-replayed"]) == (asked.json(), "true")
    assert caller.post(f"/api/v1/transfers/{id_}/recall", None).json()["recall_id"] == recall_id
    (listed,) = caller.get("/api/v1/recalls?direction=asked&status=open").json()["items"]
    assert (listed["recall_id"], listed["to_bank"], listed["reason"]) == (recall_id, "BRVO", "sent twice")
    assert (listed["amount_minor"], listed["currency"], listed["asked_by"]) == (5_00, "EUR", "teller")

    now_us = caller.bank.clock.now_us()
    with caller.bank.readers.connection() as connection:
        digest = connection.exec_driver_sql("SELECT content_hash FROM recalls").scalar_one()
    body = recall_answer(
        event_id="e",
        federation_id=caller.bank.charter.federation_id,
        recall_id=recall_id,
        original_id=id_,
        from_bank="BRVO",
        to_bank="ALFA",
        answers_hash=digest,
        verdict="refused",
        reason=("MS03", "he will not"),
        return_id=None,
        read_us=now_us,
        decided_us=now_us,
    )
    hear(caller, body)
    (listed,) = caller.get("/api/v1/recalls?direction=asked").json()["items"]
    assert (listed["state"], listed["answer"]) == ("REFUSED", "he will not")
    assert caller.get("/api/v1/recalls?direction=asked&status=open").json()["items"] == []
    found = caller.get(f"/api/v1/transfers/{id_}").json()
    assert (found["state"], [one["state"] for one in found["recalls"]]) == ("COMPLETED", ["REFUSED"])


def test_a_supervisor_agrees_and_the_money_leaves_once(caller: Caller) -> None:
    before = caller.balance()
    receive_from_bob(caller, "from-bob-1", 5_00)
    a_recall_of(caller, "from-bob-1", "recall-1")
    (listed,) = caller.get("/api/v1/recalls?status=open").json()["items"]
    assert (listed["recall_id"], listed["from_bank"], listed["account"]) == ("recall-1", "BRVO", ALICE)
    assert (listed["amount_minor"], listed["returned_minor"], listed["reason"]) == (5_00, 0, "sent twice")
    agree = "/api/v1/recalls/BRVO/recall-1/agree"
    assert caller.post(agree, {}).status_code == 403, "not a teller's"
    assert caller.post(agree, {}, "supervisor", key=None).json()["code"] == "key_missing"
    assert caller.post(agree, {"amount_minor": 5_01}, "supervisor").json()["code"] == "AM02"
    agreed = caller.post(agree, {"amount_minor": 2_00}, "supervisor", key="agree-1")
    assert (agreed.status_code, agreed.json()["state"]) == (202, "AGREED")
    return_id = agreed.json()["return_id"]
    assert agreed.headers["location"] == f"/api/v1/transfers/{return_id}"
    again = caller.post(agree, {"amount_minor": 2_00}, "supervisor", key="agree-1")
    assert (again.json(), again.headers["idempotency-replayed"]) == (agreed.json(), "true")
    assert caller.post(agree, None, "supervisor").json()["code"] == "final"
    assert caller.post("/api/v1/recalls/BRVO/recall-1/refuse", {"reason": "no"}, "supervisor").json()["code"] == "final"
    assert caller.balance() == before + 3_00
    (listed,) = caller.get("/api/v1/recalls").json()["items"]
    assert (listed["state"], listed["return_id"], listed["decided_by"]) == ("AGREED", return_id, "supervisor")
    received = caller.get("/api/v1/transfers/from-bob-1").json()
    assert [one["state"] for one in received["recalls"]] == ["AGREED"]


def test_a_supervisor_refuses_in_words(caller: Caller) -> None:
    receive_from_bob(caller, "from-bob-1", 5_00)
    a_recall_of(caller, "from-bob-1", "recall-1")
    refuse = "/api/v1/recalls/BRVO/recall-1/refuse"
    assert caller.post(refuse, {}, "supervisor").status_code == 422
    assert caller.post(refuse, {"reason": " "}, "supervisor").json()["code"] == "FF01"
    refused = caller.post(refuse, {"reason": "the payee disagrees"}, "supervisor")
    assert (refused.status_code, refused.json()["state"], refused.json()["return_id"]) == (200, "REFUSED", None)
    (listed,) = caller.get("/api/v1/recalls?status=refused").json()["items"]
    assert (listed["answer"], listed["decided_by"]) == ("the payee disagrees", "supervisor")
    assert caller.post("/api/v1/recalls/BRVO/none/refuse", {"reason": "no"}, "supervisor").status_code == 404


def test_recalls_come_page_by_page(caller: Caller) -> None:
    receive_from_bob(caller, "from-bob-1", 5_00)
    for number in range(5):
        a_recall_of(caller, "from-bob-1", f"re.call-{number}")
    seen: list[str] = []
    path = "/api/v1/recalls?limit=2"
    while path:
        found = caller.get(path).json()
        seen += [one["recall_id"] for one in found["items"]]
        path = found["next"]
    assert sorted(seen) == [f"re.call-{number}" for number in range(5)]
    for _ in range(3):
        caller.post(f"/api/v1/transfers/{a_completed_transfer(caller)}/recall", None)
    first = caller.get("/api/v1/recalls?direction=asked&limit=2").json()
    assert len(first["items"]) + len(caller.get(first["next"]).json()["items"]) == 3
    assert caller.get("/api/v1/recalls?cursor=bm9uZQ").status_code == 422


def test_unclaimed_money_is_paid_out_once_by_a_supervisor(caller: Caller) -> None:
    number = caller.post("/api/v1/accounts", {"customer_id": 1, "type": "current", "currency": "EUR"}).json()["number"]
    caller.send(5_00, number)
    sent = caller.send(5_00, BOB, from_account=number).json()["transaction_id"]
    account = caller.get(f"/api/v1/accounts/{number}")
    closing = {**caller.bearer("supervisor"), "If-Match": account.headers["etag"]}
    assert caller.http.request(
        "PATCH", f"/api/v1/accounts/{number}", json={"state": "closed"}, headers=closing
    ).is_success
    say(caller, messages.REJECTED, sent, ("AC04", "the account is closed"))
    (item,) = caller.get("/api/v1/unclaimed?paid=false").json()["items"]
    assert (item["transaction_id"], item["account"], item["owner"]) == (sent, number, "Alice")
    assert (item["amount_minor"], item["currency"], item["paid"]) == (5_00, "EUR", None)
    pay_out = f"/api/v1/unclaimed/{item['item_id']}/pay-out"
    assert caller.post(pay_out, None).status_code == 403, "not a teller's"
    assert caller.post(pay_out, {"to_account": number}, "supervisor").json()["code"] == "AC04"
    before = caller.balance(CAROL)
    paid = caller.post(pay_out, {"to_account": CAROL}, "supervisor", key="pay-1")
    assert (paid.status_code, paid.json()["to_account"]) == (201, CAROL)
    again = caller.post(pay_out, {"to_account": CAROL}, "supervisor", key="pay-1")
    assert (again.json(), again.headers["idempotency-replayed"]) == (paid.json(), "true")
    assert caller.post(pay_out, None, "supervisor").json()["code"] == "final"
    assert caller.balance(CAROL) == before + 5_00
    (item,) = caller.get("/api/v1/unclaimed").json()["items"]
    assert (item["paid"]["entry_id"], item["paid"]["by"]) == (paid.json()["entry_id"], "supervisor")
    assert caller.get("/api/v1/unclaimed?paid=false").json()["items"] == []
    assert caller.post("/api/v1/unclaimed/999/pay-out", None, "supervisor").status_code == 404
