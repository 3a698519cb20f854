"""The same key and the same content are done once; another content is refused; a refusal uses up no key."""

from __future__ import annotations

from typing import Any

import pytest

from bank_node.api.idempotency import claim
from bank_node.operations.accounts import NewAccount, open_account
from tests.support.counter import ALICE, BOB, CAROL, Caller, a_caller


def order(**changes: Any) -> dict[str, Any]:
    good = {"from_account": ALICE, "to_bank": "ALFA", "to_account": CAROL, "amount_minor": 1_00, "currency": "EUR"}
    return {**good, **changes}


@pytest.mark.parametrize(
    ("route", "body", "moved"),
    [
        ("transfers", order(), -1_00),
        ("transfers", order(to_bank="BRVO", to_account=BOB), -1_00),
        ("deposits", {"account": ALICE, "amount_minor": 2_00, "currency": "EUR"}, 2_00),
        ("withdrawals", {"account": ALICE, "amount_minor": 3_00, "currency": "EUR"}, -3_00),
    ],
)
def test_sending_it_again_answers_again_and_moves_nothing(caller: Caller, route: str, body: Any, moved: int) -> None:
    key = f"again-{route}-{body.get('to_bank', '')}"
    before = caller.balance()
    first = caller.post(f"/api/v1/{route}", body, key=key)
    again = caller.post(f"/api/v1/{route}", body, key=key)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers.get("location") == first.headers.get("location")
    assert caller.balance() == before + moved


def test_the_same_request_said_in_other_words_is_the_same_request(caller: Caller) -> None:
    first = caller.post("/api/v1/transfers", order(), key="words")
    spaced = " ".join(ALICE[i : i + 4] for i in range(0, 18, 4)).lower()
    said = dict(reversed(order(from_account=spaced, amount_minor=None, amount="1.00").items()))
    again = caller.post("/api/v1/transfers", {k: v for k, v in said.items() if v is not None}, key="words")
    assert again.json()["transaction_id"] == first.json()["transaction_id"]
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    "change",
    [{"amount_minor": 1_01}, {"to_account": BOB, "to_bank": "BRVO"}, {"reference": "x"}, {"to_name": "Carol"}],
)
def test_a_key_with_another_content_is_refused_and_moves_nothing(caller: Caller, change: dict[str, Any]) -> None:
    key = f"other-{next(iter(change))}"
    assert caller.post("/api/v1/transfers", order(), key=key).status_code == 201
    before = caller.balance()
    answer = caller.post("/api/v1/transfers", order(**change), key=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")
    assert answer.json()["errors"][0]["pointer"] == "Idempotency-Key"
    assert caller.balance() == before


def test_a_refusal_uses_up_no_key(caller: Caller) -> None:
    too_much = order(from_account=CAROL, to_account=ALICE, amount_minor=10_000_00)
    assert caller.post("/api/v1/transfers", too_much, key="refused").json()["code"] == "AM04"
    fits = caller.post("/api/v1/transfers", {**too_much, "amount_minor": 1}, key="refused")
    assert fits.status_code == 201
    assert "idempotency-replayed" not in fits.headers


def test_a_key_is_one_persons_on_one_route(caller: Caller) -> None:
    deposit = {"account": ALICE, "amount_minor": 1, "currency": "EUR"}
    ids = {
        caller.post("/api/v1/deposits", deposit, "teller", key="mine").json()["entry_id"],
        caller.post("/api/v1/deposits", deposit, "supervisor", key="mine").json()["entry_id"],
        caller.post("/api/v1/withdrawals", deposit, "teller", key="mine").json()["entry_id"],
    }
    assert len(ids) == 3


def test_a_quoted_key_is_the_same_key(caller: Caller) -> None:
    first = caller.post("/api/v1/transfers", order(), key="quoted")
    again = caller.post("/api/v1/transfers", order(), key='"quoted"')
    assert again.json() == first.json()


def test_the_longest_key_is_255_characters(caller: Caller) -> None:
    assert caller.post("/api/v1/transfers", order(amount_minor=1), key="k" * 255).status_code == 201
    assert caller.post("/api/v1/transfers", order(amount_minor=1), key="k" * 256).status_code == 400


def test_one_transfer_and_a_batch_share_their_keys(caller: Caller) -> None:
    first = caller.post("/api/v1/transfers", order(), key="shared").json()
    batch = {"transfers": [order(idempotency_key="shared"), order(idempotency_key="shared", amount_minor=9)]}
    same, other = caller.post("/api/v1/transfers/batch", batch).json()["items"]
    assert (same["transaction_id"], same["replayed"]) == (first["transaction_id"], True)
    assert (other["http_status"], other["problem"]["code"]) == (422, "key_reused")
    assert other["problem"]["errors"][0]["pointer"] == "/transfers/1/idempotency_key"


def test_a_customer_and_an_account_are_opened_once_too(caller: Caller) -> None:
    for route, body in (("customers", {"name": "Mira Holm"}), ("accounts", {"customer_id": 1, "currency": "EUR"})):
        first = caller.post(f"/api/v1/{route}", body, key="open")
        again = caller.post(f"/api/v1/{route}", body, key="open")
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.json() == first.json()
        assert again.headers["idempotency-replayed"] == "true"
        assert caller.post(f"/api/v1/{route}", body, key=None).json() != first.json()


def test_an_account_opened_under_a_key_of_before_the_upgrade_is_not_opened_again(caller: Caller) -> None:
    before = claim("teller", "accounts", "old", (1, "current", "EUR"))  # what the bank then made of this body
    order = NewAccount(1, "current", "EUR", "teller", before)
    number = caller.bank.submit_and_wait(open_account, order).id
    again = caller.post("/api/v1/accounts", {"customer_id": 1, "currency": "EUR"}, key="old")
    assert (again.status_code, again.json()["number"]) == (201, number)
    assert again.headers["idempotency-replayed"] == "true"
    other = caller.post("/api/v1/accounts", {"customer_id": 1, "currency": "EUR", "label": "Rent"}, key="old")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


def test_twenty_double_clicks_at_once_post_once(tmp_path: Any) -> None:
    with a_caller(tmp_path) as caller:
        before = caller.balance()
        request = {"method": "POST", "url": "/api/v1/transfers", "json": order()}
        headers = {**caller.bearer(), "Idempotency-Key": "click"}
        answers = caller.http.all([{**request, "headers": headers} for _ in range(20)])
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.json()["transaction_id"] for answer in answers}) == 1
        assert caller.balance() == before - 1_00
