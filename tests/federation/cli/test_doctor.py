"""`bankfed doctor`: findings with the command that mends them."""

from __future__ import annotations

import json
import socket
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from federation.checkup import machine, running
from federation.checkup.finding import Finding, examine
from federation.cli import doctor, main
from tests.support.kafka import free_ports
from tests.support.paper_bank import PaperBank, open_paper_bank, write_world


def test_something_to_mend_is_exit_code_3_with_its_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ill = [("A", lambda: Finding("bad", "A", "it is broken", "mend it")), ("B", lambda: Finding("ok", "B", "fine"))]
    monkeypatch.setattr(doctor, "checks", lambda _data: iter(ill))
    assert main(["doctor", "--data", str(tmp_path)]) == 3
    out = capsys.readouterr().out
    assert "✗ A  it is broken\n     → mend it\n✓ B  fine\n" in out
    assert "1 to mend." in out
    assert main(["doctor", "--json", "--data", str(tmp_path)]) == 3
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is False
    assert answer["findings"][0] == {"level": "bad", "about": "A", "detail": "it is broken", "fix": "mend it"}


def test_a_check_that_stumbles_is_a_finding_and_stops_no_other() -> None:
    def stumbles() -> Finding:
        raise RuntimeError("no idea")

    found = list(examine([("odd", stumbles), ("Python", machine.python)]))
    assert [(f.level, f.about) for f in found] == [("warn", "odd"), ("ok", "Python")]
    assert found[0].detail == "could not be checked: no idea"


def test_an_old_python_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    found = machine.python()
    assert (found.level, found.detail) == ("bad", "3.10.4 is too old")


def test_a_folder_is_tried_and_left_as_it_was(tmp_path: Path) -> None:
    data = tmp_path / "ein Ordner" / "not yet"
    assert [f.level for f in machine.folder(data)] == ["ok"]
    assert [f.level for f in machine.sqlite(data)] == ["ok"]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_to_be_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(machine.tempfile, "NamedTemporaryFile", refuse)
    (found,) = machine.folder(tmp_path)
    assert (found.level, found.fix) == ("bad", "bankfed up --data DIR elsewhere")


def test_a_folder_that_others_can_read_is_a_warning(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert any(f.level == "warn" and f.fix.startswith("chmod 700") for f in machine.folder(tmp_path))


def test_an_old_sqlite_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 31, 0))
    (found,) = machine.sqlite(tmp_path)
    assert found.level == "bad"


def test_a_taken_port_is_a_warning_with_the_way_around() -> None:
    with socket.socket() as taken:
        port = free_ports(1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        found = machine.ports([port], in_use_by_us=False)
    assert (found.level, str(port) in found.detail) == ("warn", True)
    assert machine.ports([port], in_use_by_us=False).level == "ok"
    assert machine.ports([8003, 8001, 8002, 18000], in_use_by_us=True).detail.startswith("8001-8003, 18000: in use")


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[PaperBank]:
    with open_paper_bank() as bank:
        bank.answers["GET /readyz"] = (200, {"ok": True, "broker": {"state": "up"}})
        write_world(tmp_path, {"ALFA": bank.url, "BRVO": "http://127.0.0.1:9"})
        yield bank


def test_each_bank_is_asked_and_a_silent_one_is_to_be_started(bank: PaperBank, tmp_path: Path) -> None:
    found = {f.about: f for f in running._banks(tmp_path)}
    assert found["ALFA"].level == "ok"
    assert (found["BRVO"].level, found["BRVO"].fix) == ("bad", "bankfed start BRVO")
    assert found["clocks"].level == "ok"


def test_a_bank_without_its_broker_works_but_is_noted(bank: PaperBank, tmp_path: Path) -> None:
    bank.answers["GET /readyz"] = (200, {"ok": True, "broker": {"state": "down"}, "outbox_pending": 7})
    found = {f.about: f for f in running._banks(tmp_path)}
    assert (found["ALFA"].level, found["ALFA"].fix) == ("warn", "bankfed start broker")
    assert "7 payments wait" in found["ALFA"].detail


def test_clocks_that_differ_are_named() -> None:
    (found,) = running.skew({"ALFA": 0.1, "BRVO": 30.2})
    assert (found.level, "BRVO is 30 s ahead of ALFA" in found.detail) == ("warn", True)
    assert [f.level for f in running.skew({"ALFA": 60.0})] == ["warn"]
    assert [f.level for f in running.skew({"ALFA": 0.2, "BRVO": -0.3})] == ["ok"]
    assert list(running.skew({})) == []
    assert running.clock_ahead_s({"now": "2099-01-01T00:00:00Z"}) > 1e9  # type: ignore[operator]
    assert running.clock_ahead_s({"date": "no date"}) is None


GOOD = {"cleanup.policy": "delete", "retention.ms": "604800000", "min.insync.replicas": "1"}


@pytest.mark.parametrize(
    ("partitions", "replicas", "changed", "brokers", "words"),
    [
        (32, 1, {}, 1, ""),
        (32, 1, {"retention.ms": "-1"}, 1, ""),
        (1, 1, {}, 1, "every bank reads everything"),
        (32, 1, {"cleanup.policy": "compact"}, 1, "compact loses transfers"),
        (32, 1, {}, 3, "1 replicas, min.insync.replicas 1 on 3 brokers"),
        (32, 3, {"min.insync.replicas": "2"}, 3, ""),
        (32, 1, {"retention.ms": "3600000"}, 1, "kept for 1.0 h only"),
    ],
)
def test_the_topic_is_held_against_the_protocol(
    partitions: int, replicas: int, changed: dict[str, str], brokers: int, words: str
) -> None:
    (found,) = running.topic_settings(partitions, replicas, {**GOOD, **changed}, brokers)
    assert found.level == ("warn" if words else "ok")
    assert words in found.detail


def test_pids_on_file_that_are_gone_are_stale() -> None:
    gone = {"pid": 2**22 + 1, "birth": 1.0}
    (found,) = running.stale(
        {"supervisor": gone, "banks": {"ALFA": {"process": None}}, "broker": {"processes": [gone]}}
    )
    assert (found.level, found.detail.count(str(2**22 + 1))) == ("warn", 2)
    assert [f.level for f in running.stale({})] == ["ok"]


def test_the_assets_setting_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSETS", "local")
    assert running.assets().detail == "local: own copy only"
    monkeypatch.setenv("ASSETS", "somewhere")
    assert running.assets().level == "bad"


def test_the_cdn_is_the_one_that_the_pages_policy_names() -> None:
    assert running.script_sources("default-src 'none'; script-src 'self' https://cdn.example/x/; img-src 'self'") == [
        "https://cdn.example/x/"
    ]
    assert running.script_sources("") == []


def test_without_a_federation_only_the_machine_is_looked_at(tmp_path: Path) -> None:
    found = list(running.federation(tmp_path))
    assert (found[0].level, found[0].about) == ("skip", "federation")
    assert {f.about for f in found} == {"federation", "ports"}
