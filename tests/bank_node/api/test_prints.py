"""Receipts printed by the API: the first is the original, each later one a copy, and the log knows who had it."""

from __future__ import annotations

import pytest

from tests.support.counter import ALICE, BOB, Caller


@pytest.mark.parametrize("kind", ["entries", "transfers"])
def test_a_receipt_is_the_original_once_and_a_copy_ever_after(caller: Caller, kind: str) -> None:
    if kind == "entries":
        cash = {"account": ALICE, "amount_minor": 1_00, "currency": "EUR"}
        id_ = caller.post("/api/v1/deposits", cash).json()["entry_id"]
    else:
        id_ = caller.send(1_00, BOB).json()["transaction_id"]
    first, second = (caller.post(f"/api/v1/{kind}/{id_}/receipt", None, key=None) for _ in range(2))
    assert (first.status_code, first.json()["print"], second.json()["print"]) == (200, "original", "copy")
    assert first.json()["printed_by"] == "teller"
    about = first.json()["entry" if kind == "entries" else "transfer"]
    assert id_ in (about.get("entry_id"), about["transaction_id"])
    subject = f"{'entry' if kind == 'entries' else 'transfer'}/{id_}"
    log = caller.get(f"/api/v1/audit/log?subject={subject}", role="supervisor").json()["items"]
    assert [(row["action"], row["actor"], row["facts"]["copy"]) for row in log if row["action"] != "deposit"] == [
        ("receipt_printed", "teller", 1),
        ("receipt_printed", "teller", 0),
    ]


def test_of_what_is_not_there_nothing_is_printed(caller: Caller) -> None:
    for path in ("entries/999999", "transfers/none"):
        assert caller.post(f"/api/v1/{path}/receipt", None, key=None).status_code == 404
    assert caller.post("/api/v1/transfers/none/receipt", None, "customer", key=None).status_code == 404
