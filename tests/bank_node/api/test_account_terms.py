"""Type, limit and label of an account over HTTP, opening with a deposit, notes about its owner."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.counter import ALICE, OPENING, Caller, a_caller


def put(caller: Caller, what: str, body: dict[str, Any], role: str = "supervisor", **headers: str) -> Any:
    path = f"/api/v1/accounts/{ALICE}/{what}"
    return caller.http.request("PUT", path, json=body, headers={**caller.bearer(role), **headers})


def account(caller: Caller) -> dict[str, Any]:
    found: dict[str, Any] = caller.get(f"/api/v1/accounts/{ALICE}").json()
    return found


def test_type_limit_and_label_are_set_on_the_version_that_was_read(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        tag = caller.get(f"/api/v1/accounts/{ALICE}").headers["etag"]
        assert put(caller, "limit", {"overdraft_minor": 50_00}, **{"If-Match": tag}).status_code == 200
        assert account(caller)["available_minor"] == OPENING + 50_00
        stale = put(caller, "type", {"type": "business"}, **{"If-Match": tag})
        assert (stale.status_code, stale.json()["code"]) == (412, "changed_meanwhile")
        assert put(caller, "type", {"type": "business"}).status_code == 200
        assert put(caller, "label", {"label": "Shop"}, "teller").status_code == 200
        found = account(caller)
        assert (found["type"], found["floor_minor"], found["label"]) == ("business", -50_00, "Shop")
        assert put(caller, "limit", {"minimum_minor": 10_00}).status_code == 200
        assert put(caller, "label", {"label": None}, "teller").status_code == 200
        assert (account(caller)["floor_minor"], account(caller)["label"]) == (10_00, None)


@pytest.mark.parametrize(
    ("what", "body", "code"),
    [
        ("limit", {"overdraft_minor": 5_000_01}, "AM02"),
        ("limit", {"minimum_minor": OPENING + 1}, "AM04"),
        ("limit", {}, "invalid"),
        ("limit", {"overdraft_minor": 1, "minimum_minor": 1}, "invalid"),
        ("limit", {"overdraft_minor": -1}, "invalid"),
        ("type", {"type": "loan"}, "invalid"),
        ("label", {"label": "x" * 141}, "invalid"),
        ("label", {}, "invalid"),
    ],
)
def test_terms_that_cannot_be_are_refused(caller: Caller, what: str, body: dict[str, Any], code: str) -> None:
    answer = put(caller, what, body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_an_account_is_opened_with_its_deposit(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        new = {"customer_id": 1, "type": "savings", "currency": "EUR", "label": "Boat"}
        poor = caller.post("/api/v1/accounts", new)
        assert (poor.status_code, poor.json()["code"], poor.json()["errors"][0]["pointer"]) == (
            422,
            "AM02",
            "/opening_minor",
        )
        opened = [caller.post("/api/v1/accounts", {**new, "opening_minor": 25_00}, key="one") for _ in range(2)]
        assert opened[0].json()["number"] == opened[1].json()["number"]
        found = caller.get(opened[0].headers["location"]).json()
        assert (found["balance_minor"], found["available_minor"], found["label"]) == (25_00, 15_00, "Boat")
        assert caller.post("/api/v1/accounts", {**new, "opening_minor": 26_00}, key="one").json()["code"] == (
            "key_reused"
        )


def test_a_customer_of_the_same_name_is_pointed_out(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        assert caller.post("/api/v1/customers", {"name": " ALICE "}).json()["namesakes"] == [1]
        assert caller.post("/api/v1/customers", {"name": "Alicea"}).json()["namesakes"] == []


def test_notes_and_alerts_are_written_listed_and_ended(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        path = "/api/v1/customers/1/notes"
        alert = caller.post(path, {"kind": "alert", "text": "Asks others to pay"}, key="one")
        assert caller.post(path, {"kind": "alert", "text": "Asks others to pay"}, key="one").json() == alert.json()
        caller.post(path, {"kind": "note", "text": "deaf"}, key=None)
        assert [note["text"] for note in caller.get(path).json()["items"]] == ["deaf", "Asks others to pay"]
        ended = caller.post(f"{path}/{alert.json()['note_id']}/end", None, role="supervisor", key=None)
        assert (ended.status_code, ended.json()["ended_by"]) == (200, "supervisor")
        assert [note["kind"] for note in caller.get(f"{path}?live=true").json()["items"]] == ["note"]
        assert caller.post(f"{path}/{alert.json()['note_id']}/end", None, key=None).status_code == 409
        assert caller.post(f"{path}/99/end", None, key=None).status_code == 404
        assert caller.get("/api/v1/customers/99/notes").status_code == 404
        assert caller.post("/api/v1/customers/99/notes", {"kind": "note", "text": "x"}).status_code == 404
        assert caller.post(path, {"kind": "shout", "text": "x"}).status_code == 422


def test_an_opening_deposit_above_the_tellers_limit_is_not_taken_so(tmp_path: Path) -> None:
    with a_caller(tmp_path, approval_limit_minor=100_00) as caller:
        new = {"customer_id": 1, "currency": "EUR", "opening_minor": 100_01}
        refused = caller.post("/api/v1/accounts", new)
        assert (refused.status_code, refused.json()["code"]) == (422, "AM02")
        assert caller.post("/api/v1/accounts", new, role="supervisor").status_code == 201
        assert caller.post("/api/v1/accounts", {**new, "opening_minor": 100_00}).status_code == 201


@pytest.mark.parametrize(("currency", "limit_minor"), [("EUR", 100_00), ("JPY", 100), ("KWD", 100_000)])
def test_the_limit_is_the_same_number_of_whole_units_in_every_currency(
    tmp_path: Path, currency: str, limit_minor: int
) -> None:
    with a_caller(tmp_path, approval_limit_minor=100_00) as caller:
        new = {"customer_id": 1, "currency": currency, "opening_minor": limit_minor}
        opened = caller.post("/api/v1/accounts", new)
        assert opened.status_code == 201
        assert caller.post("/api/v1/accounts", {**new, "opening_minor": limit_minor + 1}).json()["code"] == "AM02"
        cash = {"account": opened.json()["number"], "amount_minor": limit_minor, "currency": currency}
        assert caller.post("/api/v1/deposits", cash).status_code == 201
        assert caller.post("/api/v1/deposits", {**cash, "amount_minor": limit_minor + 1}).status_code == 202
