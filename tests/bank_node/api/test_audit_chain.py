"""The auditor asks whether the audit log is whole."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bank_node.ledger.chain import BEGINNING
from bank_node.store import audit_check
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


def test_nobody_else_may_ask(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        assert caller.get("/api/v1/audit/chain", "teller").status_code == 403
