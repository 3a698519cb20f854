"""The audit log over HTTP: who, what, when, before and after; by user and by object; for supervisor and auditor."""

from __future__ import annotations

from typing import Any

from bank_node.store import queries
from tests.support.counter import ALICE, CAROL, Caller


def log(caller: Caller, **asked: Any) -> Any:
    return caller.get("/api/v1/audit/log", "supervisor", params=asked).json()


def account_id(caller: Caller, number: str) -> int:
    with caller.bank.readers.connection() as connection:
        row = queries.account(connection, number)
    assert row is not None
    return row.id


def test_what_was_done_is_found_by_user_and_by_object(caller: Caller) -> None:
    sent = caller.send(2_50).json()["transaction_id"]
    [row] = log(caller, subject=sent)["items"]
    assert (row["actor"], row["action"]) == ("teller", "transfer_inside")
    before_and_after = {(amount, after - amount, after) for _, amount, after in row["facts"]["postings"]}
    assert (-2_50, 100_00, 97_50) in before_and_after
    headers = caller.bearer("supervisor")
    path = f"/api/v1/accounts/{CAROL}"
    caller.http.request("PATCH", path, json={"state": "blocked"}, headers=headers)
    caller.http.request("PATCH", path, json={"state": "open"}, headers=headers)
    done = log(caller, subject=f"account/{account_id(caller, CAROL)}", actor="supervisor", bookings=False)["items"]
    assert [(row["facts"]["from"], row["facts"]["to"]) for row in done] == [("blocked", "open"), ("open", "blocked")]
    assert log(caller, actor="nobody at all")["items"] == []


def test_pages_go_to_the_first_row_and_tell_each_row_once(caller: Caller) -> None:
    for n in range(12):
        caller.send(1_00 + n)
    seen: list[int] = []
    path: str | None = "/api/v1/audit/log?limit=5"
    while path is not None:
        page = caller.get(path, "auditor").json()
        seen += [row["seq"] for row in page["items"]]
        path = page["next"]
    assert seen == list(range(seen[0], 0, -1))


def test_only_supervisor_and_auditor_read_it(caller: Caller) -> None:
    asked = {role: caller.get("/api/v1/audit/log", role).status_code for role in ("teller", "admin", "customer")}
    assert asked == {"teller": 403, "admin": 403, "customer": 404}


def test_a_search_is_text_and_nothing_else(caller: Caller) -> None:
    for text in ("' OR 1=1 --", "%", "_", "account/", "\u0000x"):
        answer = caller.get("/api/v1/audit/log", "auditor", params={"subject": text})
        assert answer.status_code in (200, 422)
        assert answer.json().get("items", []) == []
    assert caller.get("/api/v1/audit/log?cursor=!!", "auditor").status_code == 422
    assert ALICE not in caller.get("/api/v1/audit/log?limit=200&bookings=false", "auditor").text
