"""Transfers over HTTP: accepted at once, looked up, waited for, listed, and many in one request."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bank_node.store.errors import StoreUnavailable, StoreUnsure
from tests.support.counter import ALICE, BOB, CAROL, OPENING, Caller, a_caller


def test_inside_the_bank_a_transfer_is_completed_at_once(caller: Caller) -> None:
    alice, carol = caller.balance(ALICE), caller.balance(CAROL)
    answer = caller.send(1_50, CAROL, reference="lunch")
    done = answer.json()
    assert (answer.status_code, done["status"], done["state"]) == (201, "completed", "COMPLETED")
    assert answer.headers["location"] == done["links"]["self"] == f"/api/v1/transfers/{done['transaction_id']}"
    assert (caller.balance(ALICE), caller.balance(CAROL)) == (alice - 1_50, carol + 1_50)
    found = caller.get(answer.headers["location"]).json()
    assert (found["direction"], found["status"], found["reference"]) == ("inside", "completed", "lunch")
    assert [line["what"] for line in found["history"]] == ["booked", "completed"]


def test_to_another_bank_it_is_pending_and_says_where_to_ask(caller: Caller) -> None:
    before = caller.balance()
    answer = caller.send(2_00, BOB, to_name="Bob")
    assert (answer.status_code, answer.json()["status"], answer.json()["state"]) == (202, "pending", "PENDING")
    assert answer.headers["retry-after"] == "1"
    assert caller.balance() == before - 2_00
    found = caller.get(answer.headers["location"])
    assert found.headers["retry-after"] == "1"
    said = found.json()
    assert (said["direction"], said["status"], said["to_bank"], said["to_account"]) == ("sent", "pending", "BRVO", BOB)
    assert (said["from_name"], said["to_name"], said["reason"], said["conflict"]) == ("Alice", "Bob", None, False)
    assert said["created_at"].endswith("Z")
    assert said["expires_at"] > said["created_at"]


def test_an_amount_may_be_a_decimal_text(caller: Caller) -> None:
    before = caller.balance()
    assert caller.send(None, CAROL, amount="1,000.50").json()["code"] == "AM04"
    assert caller.send(None, CAROL, amount="0.50").status_code == 201
    assert caller.balance() == before - 50


def test_whoever_waits_hears_of_a_change_at_once(caller: Caller) -> None:
    """The bell rings while the long poll waits; it would have waited half a minute."""
    id_ = caller.send(1, BOB).json()["transaction_id"]

    async def wait_and_ring() -> Any:
        request = {"method": "GET", "url": f"/api/v1/transfers/{id_}?wait=30", "headers": caller.bearer()}
        waiting = asyncio.ensure_future(caller.http.client.request(**request))
        while f"transfer:{id_}" not in caller.bank.bell._waiting:
            await asyncio.sleep(0)
        caller.bank.bell.ring((f"transfer:{id_}",))
        return await asyncio.wait_for(waiting, 10)

    assert caller.http.run(wait_and_ring()).json()["status"] == "pending"
    assert not caller.bank.bell._waiting


def test_a_final_transfer_does_not_keep_anybody_waiting(caller: Caller) -> None:
    id_ = caller.send(1, CAROL).json()["transaction_id"]
    assert caller.get(f"/api/v1/transfers/{id_}?wait=30").json()["status"] == "completed"
    assert not caller.bank.bell._waiting


def test_waiting_ends_after_the_time_one_gave(caller: Caller) -> None:
    id_ = caller.send(1, BOB).json()["transaction_id"]
    assert caller.get(f"/api/v1/transfers/{id_}?wait=0.001").json()["status"] == "pending"


def test_the_list_is_read_page_by_page_newest_first(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        made = [caller.send(1, to).json()["transaction_id"] for to in (BOB, CAROL, BOB, CAROL, BOB)]
        seen, path = [], "/api/v1/transfers?limit=2"
        while path:
            answer = caller.get(path)
            page = answer.json()
            seen += [item["transaction_id"] for item in page["items"]]
            assert len(page["items"]) <= 2
            assert (page["next"] is None) == ("link" not in answer.headers)
            path = page["next"]
        assert seen == made[::-1]
        pending = caller.get("/api/v1/transfers?status=pending").json()["items"]
        assert [item["transaction_id"] for item in pending] == [made[4], made[2], made[0]]
        assert len(caller.get(f"/api/v1/transfers?account={ALICE}").json()["items"]) == 5
        assert caller.get(f"/api/v1/transfers?account={CAROL}").json()["items"] == []


def test_a_batch_answers_each_in_order_and_refuses_each_alone(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        order = {"from_account": ALICE, "to_bank": "BRVO", "to_account": BOB, "currency": "EUR"}
        amounts = [1_00, 0, 2_00, OPENING * 2, 3_00]
        items = [{**order, "amount_minor": minor, "idempotency_key": f"b{n}"} for n, minor in enumerate(amounts)]
        answer = caller.post("/api/v1/transfers/batch", {"transfers": items}, key=None)
        said = answer.json()["items"]
        assert [item["http_status"] for item in said] == [202, 422, 202, 422, 202]
        assert [item.get("problem", {}).get("code") for item in said] == [None, "AM12", None, "AM04", None]
        assert said[3]["problem"]["errors"][0]["pointer"] == "/transfers/3/amount_minor"
        assert caller.balance() == OPENING - 6_00
        again = caller.post("/api/v1/transfers/batch", {"transfers": items}, key=None).json()["items"]
        assert [item.get("replayed") for item in again] == [True, None, True, None, True]
        assert caller.balance() == OPENING - 6_00


def test_256_transfers_fit_into_one_batch(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        order = {"from_account": ALICE, "to_bank": "BRVO", "to_account": BOB, "currency": "EUR", "amount_minor": 1}
        items = [{**order, "idempotency_key": f"b{n}"} for n in range(256)]
        said = caller.post("/api/v1/transfers/batch", {"transfers": items}, key=None).json()["items"]
        assert {item["http_status"] for item in said} == {202}
        assert caller.balance() == OPENING - 256


@pytest.mark.parametrize(
    ("error", "status", "definite"),
    [(StoreUnavailable("x"), 503, True), (StoreUnsure("x"), 503, False), (KeyError("x"), 500, False)],
)
def test_one_of_a_batch_that_fails_does_not_hide_the_others(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, definite: bool
) -> None:
    real = caller.bank.submit_all

    async def half(_bank: Any, operation: Any, orders: Any) -> list[Any]:
        return [*await real(operation, orders[:1]), error]

    monkeypatch.setattr(type(caller.bank), "submit_all", half)
    order = {"from_account": ALICE, "to_bank": "ALFA", "to_account": CAROL, "currency": "EUR", "amount_minor": 1}
    items = [{**order, "idempotency_key": f"{status}-{n}"} for n in range(2)]
    first, second = caller.post("/api/v1/transfers/batch", {"transfers": items}, key=None).json()["items"]
    assert first["http_status"] == 201
    assert (second["http_status"], second["problem"]["definite"]) == (status, definite)


def test_forty_debits_at_once_of_an_account_that_covers_ten(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        order = {"from_account": ALICE, "to_bank": "BRVO", "to_account": BOB, "currency": "EUR", "amount_minor": 10_00}
        request = {"method": "POST", "url": "/api/v1/transfers", "json": order}
        bearer = caller.bearer()
        answers = caller.http.all([{**request, "headers": {**bearer, "Idempotency-Key": f"d{n}"}} for n in range(40)])
        assert sorted(answer.status_code for answer in answers) == [202] * 10 + [422] * 30
        assert {answer.json()["code"] for answer in answers if answer.status_code == 422} == {"AM04"}
        assert caller.balance() == 0


def test_two_hundred_deposits_of_one_by_twenty_clients_at_once(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        cash = {"account": ALICE, "amount_minor": 1, "currency": "EUR"}
        request = {"method": "POST", "url": "/api/v1/deposits", "json": cash}
        bearer = caller.bearer()
        for turn in range(10):
            keys = [f"c{turn}-{n}" for n in range(20)]
            answers = caller.http.all([{**request, "headers": {**bearer, "Idempotency-Key": key}} for key in keys])
            assert {answer.status_code for answer in answers} == {201}
        assert caller.balance() == OPENING + 200
