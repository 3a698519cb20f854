"""A customer's token: his own accounts, entries and payments, and of everything else not even that it is there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.counter import ALICE, BOB, CAROL, PASSWORD, Caller, StandingClock, a_caller

ME = "customer"  # Alice


def pay(caller: Caller, from_: str = ALICE, to: str = CAROL, amount_minor: int = 5_00, key: str = "") -> Any:
    order = {"from_account": from_, "to_bank": to[4:8], "to_account": to, "amount_minor": amount_minor}
    return caller.post("/api/v1/me/transfers", {**order, "currency": "EUR"}, ME, key)


def test_a_customer_signs_in_for_a_token_like_anybody(caller: Caller) -> None:
    answer = caller.http.post("/api/v1/auth/token", data={"username": ME, "password": PASSWORD})
    assert answer.json()["scope"] == "customer"
    me = caller.get("/api/v1/auth/me", ME).json()
    assert me["name"] == "Alice"
    assert all(action.startswith(("self.", "own.")) for action in me["actions"])


def test_he_sees_his_own_accounts_and_nobody_elses(caller: Caller) -> None:
    own = caller.get("/api/v1/me/accounts", ME).json()["items"]
    assert [account["number"] for account in own] == [ALICE]
    assert caller.get(f"/api/v1/me/accounts/{ALICE}", ME).json()["owner"] == "Alice"
    assert caller.get("/api/v1/me/cards", ME).json()["items"] == []
    for number in (CAROL, BOB, "x", "XF00"):
        for path in (f"/api/v1/me/accounts/{number}", f"/api/v1/me/accounts/{number}/transactions"):
            answer = caller.get(path, ME)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path


def test_his_entries_do_not_say_who_of_the_staff_booked_them(caller: Caller) -> None:
    caller.post("/api/v1/deposits", {"account": ALICE, "amount_minor": 7_00, "currency": "EUR"})
    first = caller.get(f"/api/v1/me/accounts/{ALICE}/transactions?limit=1", ME).json()["items"][0]
    assert (first["kind"], first["amount_minor"]) == ("deposit", 7_00)
    assert "actor" not in first


def test_he_pays_from_his_own_account_once_for_each_key(caller: Caller) -> None:
    before = caller.balance(ALICE)
    first, second = pay(caller, key="rent"), pay(caller, key="rent")
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.headers["idempotency-replayed"] == "true"
    assert caller.balance(ALICE) == before - 5_00
    path = first.headers["location"]
    assert path.startswith("/api/v1/me/transfers/")
    assert caller.get(path, ME).json()["status"] == "completed"
    away = pay(caller, to=BOB)
    assert (away.status_code, away.json()["status"]) == (202, "pending")
    listed = [row["transaction_id"] for row in caller.get("/api/v1/me/transfers", ME).json()["items"]]
    assert {away.json()["transaction_id"], first.json()["transaction_id"]} <= set(listed)


def test_he_cannot_pay_from_an_account_that_is_not_his(caller: Caller) -> None:
    before = caller.balance(CAROL)
    answer = pay(caller, from_=CAROL, to=ALICE)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert caller.balance(CAROL) == before
    for path in ("/api/v1/transfers", "/api/v1/transfers/batch", "/api/v1/deposits"):
        assert caller.post(path, {"nonsense": True}, ME).status_code == 404


def test_somebody_elses_payment_is_not_there(caller: Caller) -> None:
    others = caller.send(1_00, ALICE, from_account=CAROL).json()["transaction_id"]
    for id_ in (others, "none"):
        assert caller.get(f"/api/v1/me/transfers/{id_}", ME).status_code == 404
    assert caller.get(f"/api/v1/transfers/{others}", ME).status_code == 404


@pytest.mark.parametrize("role", ["teller", "supervisor", "auditor", "admin"])
def test_staff_have_no_pages_of_their_own_here(caller: Caller, role: str) -> None:
    assert caller.get("/api/v1/me/accounts", role).status_code == 403


def test_a_login_is_given_reset_and_ended_at_the_counter(caller: Caller) -> None:
    path = "/api/v1/customers/2/login"

    def sign_in(password: str) -> Any:
        return caller.http.post("/api/v1/auth/token", data={"username": "carol", "password": password})

    assert caller.get(path).status_code == 404
    given = caller.post(path, {"username": " Carol "}, "teller").json()
    assert (given["username"], given["password_is_one_time"]) == ("carol", True)
    assert caller.post(path, {"username": "carol2"}, "teller").json()["code"] == "login_there"
    assert "one_time_password" not in caller.get(path).json()
    token = sign_in(given["one_time_password"]).json()["access_token"]
    mine = {"Authorization": f"Bearer {token}"}
    refused = caller.http.get("/api/v1/me/accounts", headers=mine)
    assert (refused.status_code, refused.json()["code"]) == (403, "one_time_password")
    body = {"old_password": given["one_time_password"], "password": "a sentence of Carol's"}
    assert caller.http.request("PUT", "/api/v1/auth/password", json=body, headers=mine).status_code == 204
    assert caller.http.get("/api/v1/me/accounts", headers=mine).status_code == 401
    mine = {"Authorization": f"Bearer {sign_in('a sentence of Carol' + chr(39) + 's').json()['access_token']}"}
    assert len(caller.http.get("/api/v1/me/accounts", headers=mine).json()["items"]) == 3
    ended = caller.http.request("PATCH", path, json={"active": False}, headers=caller.bearer("teller"))
    assert ended.json()["active"] is False
    assert caller.http.get("/api/v1/me/accounts", headers=mine).status_code == 401
    again = caller.http.request("PATCH", path, json={"active": True, "reset": True}, headers=caller.bearer("teller"))
    assert sign_in(again.json()["one_time_password"]).status_code == 200


def test_a_payment_above_the_banks_limit_waits_for_a_supervisor(tmp_path: Any) -> None:
    with a_caller(tmp_path, approval_limit_minor=10_00) as caller:
        waits = pay(caller, amount_minor=10_01)
        assert (waits.status_code, waits.json()["state"]) == (202, "AWAITING_APPROVAL")
        assert caller.get(waits.headers["location"], ME).json()["status"] == "pending"
        assert caller.balance(CAROL) == 100_00
        assert pay(caller, amount_minor=10_00).status_code == 201


def test_the_number_of_his_cash_entry_is_no_payment_of_his(tmp_path: Any) -> None:
    with a_caller(tmp_path, approval_limit_minor=10_00) as caller:
        signed = {"supervisor": "supervisor", "supervisor_password": PASSWORD}
        cash = {"account": ALICE, "amount_minor": 10_01, "currency": "EUR", **signed}
        for route in ("deposits", "withdrawals"):
            entry_id = caller.post(f"/api/v1/{route}", cash).json()["entry_id"]
            answer = caller.get(f"/api/v1/me/transfers/{entry_id}", ME)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_payment_of_his_that_nobody_decided_in_time_is_ended_by_a_supervisor(tmp_path: Any) -> None:
    clock = StandingClock()
    with a_caller(tmp_path, clock=clock, approval_limit_minor=10_00) as caller:
        waits = pay(caller, amount_minor=10_01)
        (asked,) = caller.get("/api/v1/approvals").json()["items"]
        clock.pass_ms(24 * 3_600_000)
        caller.forget_tokens()
        ended = caller.post(f"{asked['links']['self']}/reject", {"reason": "too old"}, "supervisor")
        assert (ended.status_code, ended.json()["state"]) == (200, "EXPIRED")
        found = caller.get(waits.headers["location"], ME).json()
        assert (found["status"], found["state"]) == ("rejected", "EXPIRED")
        assert caller.get("/api/v1/me/accounts", ME).json()["items"][0]["available_minor"] == 100_00
