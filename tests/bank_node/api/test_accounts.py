"""Customers, accounts and their history over HTTP."""

from __future__ import annotations

from pathlib import Path

from tests.support.counter import ALICE, CAROL, OPENING, Caller, a_caller


def test_an_account_says_what_is_on_it_and_what_is_available(caller: Caller) -> None:
    grouped = f"{ALICE[:4]} {ALICE[4:8]} {ALICE[8:]}".lower()
    for number in (ALICE, grouped):
        account = caller.get(f"/api/v1/accounts/{number}").json()
        assert (account["number"], account["owner"], account["currency"]) == (ALICE, "Alice", "EUR")
        assert (account["balance_minor"], account["available_minor"]) == (OPENING, OPENING)
        assert (account["type"], account["state"]) == ("current", "open")


def test_a_version_that_is_known_is_not_sent_again(caller: Caller) -> None:
    tag = caller.get(f"/api/v1/accounts/{CAROL}").headers["etag"]
    known = caller.get(f"/api/v1/accounts/{CAROL}", headers={"If-None-Match": f'"9999", {tag}'})
    assert (known.status_code, known.content) == (304, b"")
    caller.post("/api/v1/deposits", {"account": CAROL, "amount_minor": 1, "currency": "EUR"})
    assert caller.get(f"/api/v1/accounts/{CAROL}", headers={"If-None-Match": tag}).status_code == 200


def test_a_state_is_changed_only_on_the_version_that_was_read(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        path, as_supervisor = f"/api/v1/accounts/{ALICE}", caller.bearer("supervisor")
        tag = caller.get(path).headers["etag"]
        caller.post("/api/v1/deposits", {"account": ALICE, "amount_minor": 1, "currency": "EUR"})
        for stale in (tag, '"nonsense"'):
            answer = caller.http.request(
                "PATCH", path, json={"state": "blocked"}, headers={**as_supervisor, "If-Match": stale}
            )
            assert (answer.status_code, answer.json()["code"]) == (412, "changed_meanwhile")
            assert answer.json()["errors"][0]["pointer"] == "If-Match"
        fresh = {**as_supervisor, "If-Match": caller.get(path).headers["etag"]}
        assert caller.http.request("PATCH", path, json={"state": "blocked"}, headers=fresh).json()["state"] == "blocked"
        assert caller.send(1).json()["code"] == "AC06"
        assert caller.http.request("PATCH", path, json={"state": "open"}, headers=as_supervisor).status_code == 200
        assert caller.send(1).status_code == 201


def test_an_account_with_money_on_it_is_not_closed(caller: Caller) -> None:
    headers = caller.bearer("supervisor")
    answer = caller.http.request("PATCH", f"/api/v1/accounts/{CAROL}", json={"state": "closed"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "AG01")
    assert "pay" in answer.json()["detail"]


def test_the_history_is_read_page_by_page_with_running_balances(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        caller.send(1_00, CAROL, reference="lunch")
        caller.post("/api/v1/deposits", {"account": ALICE, "amount_minor": 2_50, "currency": "EUR"})
        lines, path = [], f"/api/v1/accounts/{ALICE}/transactions?limit=2"
        while path:
            page = caller.get(path).json()
            lines += page["items"]
            path = page["next"]
        assert [line["amount_minor"] for line in lines] == [2_50, -1_00, OPENING]
        assert [line["balance_minor"] for line in lines] == [OPENING + 1_50, OPENING - 1_00, OPENING]
        assert (lines[1]["text"], lines[1]["kind"], lines[1]["to"]["account"]) == ("lunch", "transfer_inside", CAROL)
        month = lines[0]["booked_at"][:7]
        assert len(caller.get(f"/api/v1/accounts/{ALICE}/transactions?month={month}").json()["items"]) >= 2
        assert caller.get(f"/api/v1/accounts/{ALICE}/transactions?month=2001-12").json()["items"] == []


def test_customers_are_found_and_opened_with_their_accounts(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        assert [c["name"] for c in caller.get("/api/v1/customers").json()["items"]] == ["Alice", "Carol"]
        assert [c["name"] for c in caller.get("/api/v1/customers?q=ARO").json()["items"]] == ["Carol"]
        opened = caller.post("/api/v1/customers", {"name": "  Mira   Holm ", "born": "1990-02-28"})
        assert opened.status_code == 201
        path = opened.headers["location"]
        account = caller.post("/api/v1/accounts", {"customer_id": opened.json()["customer_id"], "currency": "JPY"})
        assert (account.status_code, account.json()["balance_minor"]) == (201, 0)
        mira = caller.get(path).json()
        assert (mira["name"], mira["born"]) == ("Mira Holm", "1990-02-28")
        assert [held["number"] for held in mira["accounts"]] == [account.json()["number"]]
        listed = caller.get(f"/api/v1/accounts?customer_id={mira['customer_id']}").json()["items"]
        assert [held["currency"] for held in listed] == ["JPY"]
        assert caller.get(account.headers["location"]).json()["owner"] == "Mira Holm"


def test_an_account_is_opened_only_for_a_customer_and_in_a_currency_there_is(caller: Caller) -> None:
    unknown = caller.post("/api/v1/accounts", {"customer_id": 999, "currency": "EUR"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    odd = caller.post("/api/v1/accounts", {"customer_id": 1, "currency": "XXX"})
    assert (odd.status_code, odd.json()["code"]) == (422, "AM03")
    for born in ("1990-02-30", "28.2.1990", "1990-W01-1", "19900228"):
        assert caller.post("/api/v1/customers", {"name": "Mira Holm", "born": born}).status_code == 422
    nameless = caller.post("/api/v1/customers", {"name": "   "})
    assert (nameless.status_code, nameless.json()["code"]) == (422, "BE04")


def test_cash_comes_and_goes(caller: Caller) -> None:
    before = caller.balance(CAROL)
    put = caller.post("/api/v1/deposits", {"account": CAROL, "amount": "5.25", "currency": "EUR", "reference": "coins"})
    assert (put.status_code, put.json()["kind"], put.json()["balance_minor"]) == (201, "deposit", before + 5_25)
    taken = caller.post("/api/v1/withdrawals", {"account": CAROL, "amount_minor": 5_25, "currency": "EUR"})
    assert (taken.status_code, taken.json()["kind"], taken.json()["balance_minor"]) == (201, "withdrawal", before)
    assert taken.json()["booked_at"].endswith("Z")


def test_all_accounts_are_listed_page_by_page_once_each(caller: Caller) -> None:
    numbers, path = [], "/api/v1/accounts?limit=2"
    while path:
        page = caller.get(path).json()
        numbers += [account["number"] for account in page["items"]]
        path = page["next"]
    assert len(numbers) == len(set(numbers)) >= 4
