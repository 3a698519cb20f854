"""The auditor asks whether the audit log is whole."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bank_node.ledger.chain import BEGINNING
from bank_node.store import audit_check
from bank_node.store.audit_queries import rows_after
from tests.support.counter import BOB, a_caller


def test_a_whole_log_is_said_to_hold_with_its_newest_row(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        caller.send(1_00, BOB)
        answer = caller.get("/api/v1/audit/chain", "auditor")
        assert answer.headers["content-type"] == "application/json"
        said = answer.json()
        assert (said["bank"], said["ok"], said["detail"], said["findings"]) == ("ALFA", True, "holds", [])
        assert said["head"]["seq"] == said["rows"] > 1
        assert said["head"]["hash"] != BEGINNING.hex()


def test_a_long_check_shows_that_it_is_at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_check, "ROWS_AT_ONCE", 1)
    with a_caller(tmp_path) as caller:
        answer = caller.get("/api/v1/audit/chain", "auditor")
        assert answer.text.startswith("\n" * answer.json()["rows"] + "{")


def test_an_altered_entry_is_named(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        file = sqlite3.connect(caller.bank.settings.data_dir / "bank.db")
        file.execute("DROP TRIGGER entries_no_update")
        file.execute("UPDATE entries SET actor = 'mallory' WHERE id = 1")
        file.commit()
        file.close()
        said = caller.get("/api/v1/audit/chain", "auditor").json()
        assert not said["ok"]
        assert [(one["table"], one["row"]) for one in said["findings"]] == [("entries", "1")]
        assert "entries 1: it is not what row" in said["detail"]


def test_what_other_banks_told_of_their_logs_and_hashes_of_its_own_are_told(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        with caller.bank.readers.connection() as connection:
            rows = rows_after(connection, 0, 3)
        file = sqlite3.connect(caller.bank.settings.data_dir / "bank.db")
        columns = "bank_id, name, url, state, versions, identity, sequence, heartbeat_us, head_seq, head_hash"
        for name, seq, hash_hex in (("ALFA", 2, "aa"), ("BRVO", 7, "bb"), ("CHRL", None, None)):
            peer = (name, name, "", "open", "[]", "", 1, 1, seq, hash_hex)
            marks = ", ".join("?" * len(peer))
            file.execute(f"INSERT OR REPLACE INTO peers ({columns}, record, heard_us) VALUES ({marks}, x'', 1)", peer)
        file.commit()
        file.close()
        said = caller.get("/api/v1/audit/chain?seqs=1,3,999999", "auditor").json()
        assert said["heard"] == {"BRVO": {"seq": 7, "hash": "bb"}}
        assert said["hashes"] == {"1": rows[0].hash.hex(), "3": rows[2].hash.hex()}
        assert caller.get("/api/v1/audit/chain", "auditor").json()["hashes"] == {}


@pytest.mark.parametrize("seqs", ["", "x", "1,", "-1", "1" * 19, ",".join(["1"] * 5_000)])
def test_rows_asked_for_are_named_by_numbers(tmp_path: Path, seqs: str) -> None:
    with a_caller(tmp_path) as caller:
        assert caller.get(f"/api/v1/audit/chain?seqs={seqs}", "auditor").status_code == 422


def test_nobody_else_may_ask(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        assert caller.get("/api/v1/audit/chain", "teller").status_code == 403


def test_who_did_what_to_whom_stands_in_the_log_without_secrets_or_account_numbers(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        new = {"username": "Teller3", "name": "Mira", "role": "teller", "password": "a sentence is fine"}
        caller.post("/api/v1/staff", new, "admin")
        caller.http.post("/api/v1/auth/token", data={"username": "teller3", "password": new["password"]})
        change = {"active": False, "password": "another sentence"}
        caller.http.request("PATCH", "/api/v1/staff/teller3", json=change, headers=caller.bearer("admin"))
        caller.post("/api/v1/customers", {"name": "Mallory\nadmin deposit"}, "teller")
        customer = caller.post("/api/v1/customers", {"name": "Dora"}, "teller").headers["location"].rsplit("/", 1)[1]
        account = {"customer_id": int(customer), "type": "current", "currency": "EUR"}
        opened = caller.post("/api/v1/accounts", account, "teller").json()
        frozen = {"state": "debit_frozen"}
        caller.http.request(
            "PATCH", f"/api/v1/accounts/{opened['number']}", json=frozen, headers=caller.bearer("supervisor")
        )
        with caller.bank.readers.connection() as connection:
            rows = rows_after(connection, 0, 1_000)
    said = [(row.action, row.actor) for row in rows]
    for expected in (
        ("staff_hired", "admin"),
        ("signed_in", "teller3"),
        ("staff_password", "admin"),
        ("staff_disabled", "admin"),
        ("customer_opened", "teller"),
        ("account_opened", "teller"),
        ("account_state", "supervisor"),
    ):
        assert expected in said
    text = str(rows)
    assert not [
        secret for secret in (new["password"], "another sentence", "argon2", opened["number"]) if secret in text
    ]
    assert "\n" not in "".join(row.facts for row in rows)


def test_money_moved_under_a_number_that_no_entry_bears_is_named_while_the_bank_runs(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        file = sqlite3.connect(caller.bank.settings.data_dir / "bank.db")
        for id_ in (-5, 10**12):
            file.execute("INSERT INTO postings VALUES (1, ?, 5000, 15000), (2, ?, -5000, 5000)", (id_, id_))
        file.commit()
        file.close()
        caller.send(1_00, BOB)
        said = caller.get("/api/v1/audit/chain", "auditor").json()
        assert not said["ok"]
        assert {(one["table"], one["row"]) for one in said["findings"]} == {
            ("entries", "-5"),
            ("entries", str(10**12)),
        }
