"""Holds over HTTP: placed, listed, released; their money cannot be spent meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.counter import ALICE, CAROL, OPENING, Caller, a_caller

PATH = f"/api/v1/accounts/{ALICE}/holds"


def a_hold(**other: Any) -> dict[str, Any]:
    return {"amount_minor": 60_00, "currency": "EUR", "reason": "cheque", **other}


def test_held_money_is_not_available_until_it_is_released(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        placed = caller.post(PATH, a_hold(expires_at="2027-01-01T00:00:00Z"))
        assert placed.status_code == 201
        hold = placed.json()
        assert (hold["placed_by"], hold["outcome"], hold["expires_at"]) == ("teller", None, "2027-01-01T00:00:00.000Z")
        account = caller.get(f"/api/v1/accounts/{ALICE}").json()
        assert (account["balance_minor"], account["held_minor"], account["available_minor"]) == (OPENING, 60_00, 40_00)
        assert caller.send(40_01).json()["code"] == "AM04"
        released = caller.post(f"{PATH}/{hold['hold_id']}/release", None, key=None)
        assert (released.status_code, released.json()["outcome"], released.json()["ended_by"]) == (
            200,
            "released",
            "teller",
        )
        assert caller.send(40_01).status_code == 201
        assert caller.get(f"{PATH}?live=true").json()["items"] == []
        assert [item["hold_id"] for item in caller.get(f"{PATH}?live=false").json()["items"]] == [hold["hold_id"]]


def test_the_same_key_holds_once_and_needs_to_be_there(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        first, again = (caller.post(PATH, a_hold(), key="one") for _ in range(2))
        assert again.json() == first.json()
        assert again.headers["idempotency-replayed"] == "true"
        assert caller.post(PATH, a_hold(amount_minor=1), key="one").json()["code"] == "key_reused"
        assert caller.post(PATH, a_hold(), key=None).json()["code"] == "key_missing"
        path = f"{PATH}/{first.json()['hold_id']}/release"
        assert [caller.post(path, None, key="two").status_code for _ in range(2)] == [200, 200]
        other = caller.post(path, None, key="three")
        assert (other.status_code, other.json()["code"]) == (409, "final")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (a_hold(amount_minor=OPENING + 1), 422, "AM04"),
        (a_hold(amount_minor=0), 422, "AM12"),
        (a_hold(reason=""), 422, "invalid"),
        (a_hold(reason=" "), 422, "FF01"),
        (a_hold(expires_at="tomorrow"), 422, "FF01"),
        (a_hold(expires_at="2001-01-01T00:00:00Z"), 422, "FF01"),
        (a_hold(currency="USD"), 422, "AM03"),
        (a_hold(colour="red"), 422, "invalid"),
    ],
)
def test_what_cannot_be_held_is_refused(caller: Caller, body: dict[str, Any], status: int, code: str) -> None:
    answer = caller.post(PATH, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_hold_is_found_only_under_its_account(caller: Caller) -> None:
    hold = caller.post(f"/api/v1/accounts/{CAROL}/holds", a_hold(amount_minor=1)).json()["hold_id"]
    assert caller.post(f"{PATH}/{hold}/release", None).status_code == 404
    assert caller.post(f"{PATH}/999/release", None).status_code == 404
    assert caller.get("/api/v1/accounts/XF00/holds").status_code == 422


def test_many_holds_are_read_page_by_page(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        made = [caller.post(PATH, a_hold(amount_minor=1)).json()["hold_id"] for _ in range(3)]
        seen, path = [], f"{PATH}?limit=2"
        while path:
            page = caller.get(path).json()
            seen += [item["hold_id"] for item in page["items"]]
            path = page["next"]
        assert seen == made[::-1]
