"""Payments received, page by page, and what can be undone: lists that pages show, for programs."""

from __future__ import annotations

from tests.bank_node.api.test_transfer_desk import receive_from_bob
from tests.support.counter import ALICE, Caller


def test_payments_received_are_listed_page_by_page_and_found_with_their_bank(caller: Caller) -> None:
    for number in range(5):
        receive_from_bob(caller, f"r-{number}", 1_00)
    path: str | None = "/api/v1/received?limit=2"
    seen: list[str] = []
    while path is not None:
        page = caller.get(path).json()
        seen += [item["transaction_id"] for item in page["items"]]
        path = page["next"]
        assert len(seen) <= 6, "it goes round"
    assert sorted(seen) == [f"r-{number}" for number in range(5)]
    one = caller.get("/api/v1/received/BRVO/r-3").json()
    assert (one["status"], one["to_account"], one["recalls"]) == ("completed", ALICE, [])
    assert caller.get("/api/v1/received/CHRL/r-3").status_code == 404
    assert caller.get("/api/v1/received?cursor=x").status_code == 422


def test_the_latest_that_can_be_undone_are_listed_ones_own_or_all(caller: Caller) -> None:
    cash = {"account": ALICE, "amount_minor": 1_00, "currency": "EUR"}
    his = caller.post("/api/v1/deposits", cash, "supervisor").json()["entry_id"]
    mine = caller.post("/api/v1/deposits", cash).json()["entry_id"]
    assert [entry["entry_id"] for entry in caller.get("/api/v1/entries").json()["items"]][:2] == [mine, his]
    assert his not in [entry["entry_id"] for entry in caller.get("/api/v1/entries?mine=true").json()["items"]]
    undone = caller.post(f"/api/v1/entries/{mine}/reverse", {"reason": "mistyped"}).json()
    assert undone["reverses"] == mine
    assert caller.get("/api/v1/entries?mine=true").json()["items"][0]["reversed_by"] == undone["entry_id"]
