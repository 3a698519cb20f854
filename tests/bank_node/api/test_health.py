"""Alive, ready, degraded, not ready; the figures; the auditor's snapshot."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bank_node.operations.cash import CashOrder, deposit
from bank_node.operations.receive_transfer import receive_records
from bank_node.operations.standing import suspect
from bank_node.transfers.laws import LAWS
from bank_node.transfers.reading import Batch, Source, Unreadable
from bank_node.transfers.snapshot import read_snapshot
from tests.bank_node.api.test_transfer_desk import receive_from_bob
from tests.support.counter import ALICE, BOB, CAROL, OPENING, Caller, a_caller


def test_without_the_broker_a_bank_is_ready_but_degraded(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        caller.send(1, BOB)
        away = caller.http.get("/readyz")
        said = away.json()
        assert (away.status_code, said["ok"], said["status"], said["broker"]["state"]) == (
            200,
            True,
            "degraded",
            "down",
        )
        assert (said["outbox_pending"], said["bank"], said["federation_id"]) == (1, "ALFA", "standalone")
        assert said["database"] == str(tmp_path / "bank.db")
        assert said["lag"] is None
        caller.bank.link.heard()
        there = caller.http.get("/readyz").json()
        assert (there["status"], there["broker"]["state"], there["broker"]["note"]) == ("ready", "up", "")
        assert there["broker"]["since"].endswith("Z")


def test_a_suspect_bank_says_so_to_launchers_and_monitors_and_refuses_in_words(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        caller.bank.link.heard()
        before = caller.http.get("/readyz").json()
        assert (before["status"], before["suspect"]) == ("ready", None)
        assert figures(caller)["fed_suspect", ()] == 0
        caller.bank.submit_and_wait(suspect, "BRVO knows row 7")
        said = caller.http.get("/readyz").json()
        assert (said["ok"], said["status"], said["suspect"]["reason"]) == (True, "suspect", "BRVO knows row 7")
        assert said["suspect"]["since"].endswith("Z")
        assert figures(caller)["fed_suspect", ()] == 1
        refused = caller.send(1, BOB)
        assert (refused.status_code, refused.json()["code"], refused.json()["definite"]) == (503, "suspect", True)
        assert "BRVO knows row 7" in refused.json()["detail"]
        assert caller.send(1, CAROL).status_code == 201


def test_what_another_process_of_the_bank_noticed_is_told_too(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        caller.bank.submit_and_wait(suspect, "BRVO knows row 7")
        caller.bank.standing.suspicion = None  # as in a process that has not heard of it
        assert caller.http.get("/readyz").json()["status"] == "suspect"
        assert caller.bank.standing.suspect


def test_a_bank_whose_books_do_not_open_is_not_ready_but_alive(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def burnt(*_: Any) -> Any:
        raise OSError("disk on fire at /secret/place")
        yield

    monkeypatch.setattr(type(caller.bank.readers), "connection", burnt)
    answer = caller.http.get("/readyz")
    assert (answer.status_code, answer.json()["ok"]) == (503, False)
    assert "OSError" in answer.json()["detail"]
    assert "secret" not in answer.text
    assert caller.http.get("/livez").json() == {"ok": True}


def test_it_says_which_version_runs(caller: Caller) -> None:
    assert caller.http.get("/version").json()["bank"] == "ALFA"


def figures(caller: Caller) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = caller.http.get("/metrics").text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def receive_rubbish(caller: Caller) -> None:
    source = Source("external-transfers", 0, 0, b"ALFA", b"rubbish", caller.bank.clock.now_us())
    caller.bank.submit_and_wait(receive_records, Batch((Unreadable(source, "FF01", "not JSON"),)))


def test_the_figures_follow_the_books(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        for _ in range(2):  # asked twice: what was counted is not counted again
            seen = figures(caller)
        assert seen["fed_outbox_pending", ()] == 0
        caller.send(1_00, BOB)
        caller.send(2_00, CAROL)
        caller.send(2_00, CAROL)
        seen = figures(caller)
        assert seen["fed_transfers_total", (("direction", "inside"), ("status", "completed"))] == 2
        assert seen["fed_transfers_total", (("direction", "out"), ("status", "accepted"))] == 1
        assert seen["fed_outbox_pending", ()] == 1
        assert seen["fed_outbox_oldest_age_seconds", ()] >= 0
        assert seen["fed_money_minor_units", (("currency", "EUR"), ("place", "suspense:out"))] == 1_00
        assert seen["fed_money_minor_units", (("currency", "EUR"), ("place", "customer"))] == 3 * OPENING - 1_00
        labels = (("method", "POST"), ("route", "/api/v1/transfers"), ("status", "201"))
        assert seen["http_request_duration_seconds_count", labels] == 2
        assert (
            seen["fed_build_info", (("bank", "ALFA"), ("version", caller.http.get("/version").json()["version"]))] == 1
        )


def test_repeats_are_counted_once_and_outlive_the_process(tmp_path: Path) -> None:
    for repeats in (1, 3):  # of the same payment, before and after a restart
        with a_caller(tmp_path) as caller:
            for _ in range(2):
                receive_from_bob(caller, "from-bob", 1_00)
            for _ in range(2):
                assert figures(caller)["fed_dedupe_hits_total", ()] == repeats


def test_stuck_work_and_conflicts_are_figures(caller: Caller) -> None:
    receive_rubbish(caller)
    seen = figures(caller)
    assert seen["fed_conflicts", ()] == 0
    assert seen["fed_desk_items", (("kind", "quarantine"),)] == 1
    assert seen["fed_desk_items", (("kind", "stuck"),)] == 0


def test_no_label_carries_an_account_number(caller: Caller) -> None:
    caller.get(f"/api/v1/accounts/{ALICE}")
    caller.get(f"/{ALICE}/nothing")
    caller.http.request("BREW", "/livez")
    text = caller.http.get("/metrics").text
    assert ALICE not in text
    assert "BREW" not in text
    assert 'route="/api/v1/accounts/{number}"' in text


def test_two_banks_in_one_process_count_apart(tmp_path: Path) -> None:
    with a_caller(tmp_path / "one") as one, a_caller(tmp_path / "two") as two:
        one.send(1)
        name = "fed_transfers_total", (("direction", "inside"), ("status", "completed"))
        assert figures(one)[name] == 1
        assert name not in figures(two)


def test_the_auditor_reads_the_whole_bank_at_one_moment(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        ids = [caller.send(1_00, BOB).json()["transaction_id"] for _ in range(3)]
        answer = caller.get("/api/v1/audit/snapshot", "auditor")
        assert answer.headers["content-type"].startswith("application/x-ndjson")
        snapshot = read_snapshot(answer.content.splitlines())
        assert snapshot.bank_id == "ALFA"
        assert [line.transaction_id for line in snapshot.sent] == ids
        assert sum(line.balance_minor for line in snapshot.accounts if line.currency == "EUR") == 0
        assert LAWS
        some = read_snapshot(caller.get(f"/api/v1/audit/snapshot?ids={ids[1]},none", "auditor").content.splitlines())
        assert [line.transaction_id for line in some.sent] == [ids[1]]
        assert not some.accounts
        assert read_snapshot(caller.get("/api/v1/audit/snapshot?ids=", "auditor").content.splitlines()).sent == []
        too_many = caller.get(f"/api/v1/audit/snapshot?ids={','.join(['x'] * 1001)}", "auditor")
        assert (too_many.status_code, too_many.json()["code"]) == (422, "invalid")


def test_a_snapshot_of_many_rows_comes_in_pieces_and_whole(tmp_path: Path) -> None:
    with a_caller(tmp_path) as caller:
        caller.bank.submit_and_wait(deposit, CashOrder(ALICE, 10_000_00, "EUR"))
        order = {"from_account": ALICE, "to_bank": "BRVO", "to_account": BOB, "currency": "EUR", "amount_minor": 1}
        for turn in range(3):
            items = [{**order, "idempotency_key": f"{turn}-{n}"} for n in range(256)]
            caller.post("/api/v1/transfers/batch", {"transfers": items}, key=None)
        content = caller.get("/api/v1/audit/snapshot", "auditor").content
        assert len(content) > 2 * 64 * 1024
        assert len(read_snapshot(content.splitlines()).sent) == 768


def test_a_bank_whose_database_takes_nothing_is_not_ready_until_it_does(caller: Caller) -> None:
    caller.bank.writer.trouble = "database is locked"
    said = caller.http.get("/readyz")
    assert (said.status_code, said.json()["ok"], said.json()["status"]) == (503, False, "not ready")
    assert "database is locked" in said.json()["detail"]
    caller.send(1)
    assert caller.http.get("/readyz").status_code == 200, "it took something again"
