"""Asking after a transfer, taking it back while it is open, sending received money back."""

from __future__ import annotations

from bank_node.operations.receive_transfer import receive_records
from bank_node.transfers import messages
from bank_node.transfers.ports import Record
from bank_node.transfers.reading import Batch, Desk
from tests.support.counter import ALICE, BOB, CAROL, Caller


def a_payment_from_bob(caller: Caller, transaction_id: str, amount_minor: int) -> Record:
    """A payment from BRVO to Alice, as it would lie on the topic."""
    charter = caller.bank.charter
    body, _ = messages.request(
        now_us=caller.bank.clock.now_us(),
        event_id="e",
        federation_id=charter.federation_id,
        transaction_id=transaction_id,
        from_bank="BRVO",
        to_bank="ALFA",
        from_account=BOB,
        to_account=ALICE,
        from_name="Bob",
        to_name=None,
        amount_minor=amount_minor,
        currency="EUR",
        reference=None,
        expires_at=None,
    )
    return Record("external-transfers", 0, 0, b"ALFA", body)


def receive_from_bob(caller: Caller, transaction_id: str, amount_minor: int) -> None:
    charter = caller.bank.charter
    desk = Desk("ALFA", charter.federation_id, charter.directory)
    incoming = desk.read(a_payment_from_bob(caller, transaction_id, amount_minor), caller.bank.clock.now_us())
    assert incoming is not None
    caller.bank.submit_and_wait(receive_records, Batch((incoming,)))


def test_an_open_transfer_is_asked_after_and_taken_back(caller: Caller) -> None:
    id_ = caller.send(1, BOB).json()["transaction_id"]
    asked = caller.post(f"/api/v1/transfers/{id_}/ask", None)
    assert (asked.status_code, asked.json()["state"]) == (202, "PENDING")
    recalled = caller.post(f"/api/v1/transfers/{id_}/recall", None)
    assert (recalled.status_code, recalled.json()["state"]) == (202, "CANCELLING")
    found = caller.get(f"/api/v1/transfers/{id_}").json()
    assert (found["status"], found["state"]) == ("pending", "CANCELLING")
    assert [line["what"] for line in found["history"]] == [
        "booked",
        "asked",
        "asked_to_cancel",
    ]


def test_the_same_key_takes_it_back_once(caller: Caller) -> None:
    id_ = caller.send(1, BOB).json()["transaction_id"]
    first = caller.post(f"/api/v1/transfers/{id_}/recall", None, key="recall-1")
    again = caller.post(f"/api/v1/transfers/{id_}/recall", None, key="recall-1")
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"


def test_a_final_transfer_cannot_be_taken_back(caller: Caller) -> None:
    id_ = caller.send(1, CAROL).json()["transaction_id"]
    assert caller.post(f"/api/v1/transfers/{id_}/recall", None).status_code == 404, "inside the bank nobody is asked"
    assert caller.post("/api/v1/transfers/none/ask", None).json()["code"] == "not_found"


def test_received_money_is_sent_back_in_parts_and_never_more(caller: Caller) -> None:
    before = caller.balance()
    receive_from_bob(caller, "from-bob-1", 5_00)
    part = caller.post(
        "/api/v1/transfers/from-bob-1/return",
        {"amount_minor": 2_00, "reason": "not mine"},
    )
    assert (part.status_code, part.json()["status"]) == (202, "pending")
    more = caller.post("/api/v1/transfers/from-bob-1/return", {"amount_minor": 3_01})
    assert (more.status_code, more.json()["code"]) == (422, "AM02")
    rest = caller.post("/api/v1/transfers/from-bob-1/return", {})
    assert rest.status_code == 202
    assert caller.balance() == before
    assert caller.post("/api/v1/transfers/from-bob-1/return", {}).json()["code"] == "AM02"


def test_a_return_needs_a_key_and_a_payment(caller: Caller) -> None:
    assert caller.post("/api/v1/transfers/from-nobody/return", {}).status_code == 404
    receive_from_bob(caller, "from-bob-2", 1)
    assert caller.post("/api/v1/transfers/from-bob-2/return", {}, key=None).json()["code"] == "key_missing"
    assert caller.post("/api/v1/transfers/from-bob-2/return", {"amount_minor": 1.5}).status_code == 422
