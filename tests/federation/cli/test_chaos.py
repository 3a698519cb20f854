"""`bankfed chaos`: what there is, what is in force, words that make no sense; the processes are elsewhere."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click
import pytest

from federation.chaos import calling
from federation.chaos import journal as journals
from federation.cli import main
from federation.cli.chaos import command, complete_words
from federation.faults.catalogue import CATALOGUE
from federation.folder import Folder
from federation.spec import BankSpec, BrokerSpec, FederationSpec

FAULT = {"id": 1, "name": "latency", "words": "latency 500ms±100 BRVO", "bit": True, "proof": "18 frames came later"}


@pytest.fixture
def data(tmp_path: Path) -> str:
    folder = Folder(tmp_path)
    folder.make()
    banks = (BankSpec("ALFA", 8001), BankSpec("BRVO", 8002))
    folder.write_spec(FederationSpec("f" * 32, 42, banks, BrokerSpec(doors={"ALFA": 18_012}), lab=True))
    return str(tmp_path)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the fault keeper would have been asked; he says yes."""
    found: list[Any] = []

    def answer(_folder: Folder, request: Any) -> Any:
        found.append(request)
        return {"ok": True, "fault": {**FAULT, "words": " ".join(request.get("words", ()))}, "faults": [FAULT_OVER]}

    monkeypatch.setattr(calling, "ask", answer)
    return found


FAULT_OVER = {**FAULT, "how": "stopped", "over_us": 5}


def write(data: str, **fault: object) -> None:
    journals.of(Folder(Path(data))).tell([{**FAULT, "since_us": 1, "until_us": None, "over_us": None, **fault}])


def test_all_faults_are_listed_without_a_federation_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chaos", "--data", str(tmp_path / "none"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["ok"], answer["running"], answer["lab"]) == (True, [], False)
    assert {row["name"] for row in answer["faults"]} == set(CATALOGUE)
    assert main(["chaos", "list", "--data", str(tmp_path / "none")]) == 0
    out = capsys.readouterr().out
    assert "bankfed up --lab" in out
    assert out.rstrip().endswith("nothing is broken now")


def test_what_is_in_force_has_its_time_left_and_its_proof_and_says_if_nobody_holds_it(
    data: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(data, until_us=time.time_ns() // 1000 + 3_600_000_000)
    assert main(["chaos", "list", "--data", data]) == 0
    out = capsys.readouterr().out
    assert "latency 500ms±100 BRVO" in out
    assert "s left; 18 frames came later" in out
    assert "bankfed chaos heal puts everything right" in out
    assert main(["chaos", "list", "--json", "--data", data]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["held"] is False
    assert 3_000 < answer["running"][0]["left_s"] <= 3_600


def test_a_fault_is_started_with_its_words_its_time_and_its_seed(
    data: str, asked: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["Latency", "500ms±100", "brvo"]
    assert main(["chaos", "start", *words, "--for", "1m", "--seed", "9", "--data", data]) == 0
    assert asked == [{"do": "start", "words": ["latency", "500ms±100", "BRVO"], "for_s": 60.0, "seed": 9}]
    assert "latency 500ms±100 BRVO is in force, for 1m (number 1)" in capsys.readouterr().out
    assert main(["chaos", "stop", "latency", "--json", "--data", data]) == 0
    assert asked[-1] == {"do": "stop", "which": "latency"}
    assert json.loads(capsys.readouterr().out)["faults"] == [FAULT_OVER]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["start"], "which fault?"),
        (["stop"], "which fault?"),
        (["start", "nonsense"], "no fault nonsense"),
        (["start", "latency", "5"], "a time is written 500ms"),
        (["start", "partition"], "partition needs to know its bank"),
        (["start", "dup", "x3"], "a number is written 3 or 3x"),
        (["start", "latency", "500ms", "--for", "soon"], "--for 30s"),
        (["heal", "latency"], "heal takes neither words nor --for"),
        (["list", "--for", "3s"], "list takes neither"),
        (["break"], "'list', 'start', 'stop', 'heal'"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    data: str, asked: list[Any], words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["chaos", *words, "--data", data]) == 2
    assert said in capsys.readouterr().err
    assert not asked


def test_without_a_running_federation_there_is_nothing_to_break_and_nothing_to_heal(
    data: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["chaos", "start", "broker-kill", "--data", data]) == 3
    assert "bankfed up" in capsys.readouterr().err
    assert main(["chaos", "heal", "--data", data]) == 0
    assert "nothing was broken" in capsys.readouterr().out
    assert main(["chaos", "heal", "--data", str(tmp_path / "none")]) == 3


def test_the_shell_completes_faults_then_banks_and_what_is_in_force(data: str) -> None:
    write(data)

    def offered(what: str, words: tuple[str, ...], incomplete: str) -> list[str]:
        context = click.Context(command)
        context.params = {"what": what, "words": words, "data": data}
        return [item.value for item in complete_words(context, command.params[1], incomplete)]

    assert offered("start", (), "broker-k") == ["broker-kill"]
    assert offered("start", ("partition",), "b") == ["BRVO"]
    assert offered("stop", (), "") == ["latency"]
    assert offered("heal", (), "") == []
