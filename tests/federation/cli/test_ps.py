"""bankfed ps: a line per bank, exit codes, shell variables, and nothing heavy imported."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from federation.cli import main
from federation.cli.ps import code_of, environment, rendered, span
from federation.cli.show import Paint
from federation.failure import ExitCode
from federation.folder import Folder
from federation.launcher.status import BankStatus, BrokerStatus, FederationStatus
from federation.spec import BankSpec, BrokerSpec, FederationSpec

ALFA = BankStatus("ALFA", "http://127.0.0.1:8001", "ready", 11, "/x/bank.db", 2, 0, 77.3, 1.2, 65.0)
BRVO = replace(ALFA, id="BRVO", url="http://127.0.0.1:8002", restarts=1, said="died of SIGKILL", outbox_pending=3)
UP = FederationStatus(
    federation_id="f" * 32,
    data=Path("/x"),
    world=Path("/x/world.json"),
    running=True,
    ending=False,
    supervisor_pid=1,
    broker=BrokerStatus("kafka", "127.0.0.1:18000", "up", 9, rss_mib=200.0),
    banks=(ALFA, BRVO),
)
DOWN = replace(UP, running=False, banks=tuple(replace(bank, state="down", pid=None) for bank in UP.banks))


def test_each_bank_has_a_line_with_its_state_queue_and_last_event() -> None:
    lines = rendered(UP, Paint(False)).splitlines()
    assert lines[0].split()[:5] == ["bank", "state", "up", "address", "queue"]
    assert lines[1].split() == ["ALFA", "[ready]", "65", "s", "http://127.0.0.1:8001", "2", "0", "1.2", "77"]
    assert lines[2].endswith("died of SIGKILL; 1 restart")
    assert "2 of 2 banks ready, 5 waiting to be sent, 355 MiB" in lines[-1]


def test_what_is_broken_on_purpose_is_said_below() -> None:
    shown = rendered(UP, Paint(False), ["latency 500ms±100", "bank-kill BRVO"])
    assert shown.splitlines()[-1] == "! broken on purpose: latency 500ms±100, bank-kill BRVO; bankfed chaos list"


def test_a_suspect_bank_says_why_in_its_line() -> None:
    line = rendered(replace(UP, banks=(replace(ALFA, state="suspect", note="BRVO knows row 7"),)), Paint(False))
    assert "[suspect]" in line
    assert "BRVO knows row 7" in line
    assert "0 of 1 banks ready" in line


def test_the_exit_code_says_all_some_or_none() -> None:
    assert code_of(UP) == ExitCode.OK
    assert code_of(replace(UP, banks=(ALFA, replace(BRVO, state="degraded")))) == ExitCode.FAILED
    assert code_of(replace(UP, banks=(ALFA, replace(BRVO, state="suspect")))) == ExitCode.FAILED
    assert code_of(replace(UP, broker=replace(UP.broker, state="died"))) == ExitCode.FAILED
    assert code_of(DOWN) == ExitCode.NOT_RUNNING
    assert "nothing runs: bankfed up" in rendered(DOWN, Paint(False))


def test_the_json_has_the_documented_members() -> None:
    found = json.loads(json.dumps(UP.as_json()))
    assert {"broker", "banks", "console_url", "federation_id", "world"} <= set(found)
    assert {"kind", "bootstrap", "pid", "state"} <= set(found["broker"])
    assert {"id", "url", "state", "pid", "database", "outbox_pending", "lag", "rss_mib"} <= set(found["banks"][0])
    assert found["console_url"] is None


def test_the_environment_can_be_read_by_a_shell() -> None:
    status = replace(UP, data=Path("/my data"))
    script = environment(status) + '\nprintf "%s|%s" "$BANKFED_DATA" "$BANKFED_BRVO_URL"'
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "/my data|http://127.0.0.1:8002"


def test_no_federation_is_said_in_words_and_with_code_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ps", "--data", str(tmp_path)]) == ExitCode.NOT_RUNNING
    assert "bankfed up starts one" in capsys.readouterr().err


def test_a_federation_that_is_down_is_shown_with_code_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Folder(tmp_path)
    folder.make()
    folder.write_spec(FederationSpec("f" * 32, 42, (BankSpec("ALFA", 8001),), BrokerSpec()))
    assert main(["ps", "--json", "--data", str(tmp_path)]) == ExitCode.NOT_RUNNING
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is False
    assert found["banks"][0]["state"] == found["broker"]["state"] == "down"


def test_ps_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from federation.cli import main; main(['ps', '--data', sys.argv[1]]);"
        "print([m for m in ('fastapi', 'sqlalchemy', 'kafka', 'httpx', 'pydantic', 'psutil', 'docker', 'jgo')"
        " if m in sys.modules])"
    )
    folder = Folder(tmp_path)
    folder.make()
    folder.write_spec(FederationSpec("f" * 32, 42, (BankSpec("ALFA", 8001),), BrokerSpec()))
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_spans_are_for_people() -> None:
    assert [span(value) for value in (None, 7, 119, 120, 7_300, 200_000)] == [
        "–",
        "7 s",
        "119 s",
        "2 min",
        "2 h",
        "2 d",
    ]
