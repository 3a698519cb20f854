"""`bankfed config show`: what is in force, and which of the four said so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from federation.cli import main


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("BANKFED_DATA", "BANKFED_SEND_TIMEOUT", "REDRIVE_AFTER_MS", "KAFKA_SECURITY"):
        monkeypatch.delenv(name, raising=False)


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[tuple[str, str], tuple[str, str]]:
    assert main(["config", "show", "--all", "--json", *arguments]) == 0
    settings = json.loads(capsys.readouterr().out)["settings"]
    return {(s["scope"], s["name"]): (s["value"], s["source"]) for s in settings}


def test_each_setting_says_where_it_comes_from(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert shown(capsys)["send", "timeout"] == ("30.0", "default")
    Path("bankfed.toml").write_text("[send]\ntimeout = 5\n[logs]\nlevel = 'warning'\n")
    found = shown(capsys)
    assert found["send", "timeout"] == ("5.0", "bankfed.toml")
    assert found["logs", "level"] == ("warning", "bankfed.toml")
    monkeypatch.setenv("BANKFED_SEND_TIMEOUT", "7")
    assert shown(capsys)["send", "timeout"] == ("7.0", "environment")
    monkeypatch.setenv("BANKFED_DATA", "here")
    assert shown(capsys)["", "data"] == (str(tmp_path / "here"), "environment")
    assert shown(capsys, "--data", "there")["", "data"] == (str(tmp_path / "there"), "flag")


def test_a_banks_settings_are_told_and_secrets_are_not(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDRIVE_AFTER_MS", "2000")
    monkeypatch.setenv("KAFKA_SECURITY", '{"sasl_plain_password": "hush"}')
    found = shown(capsys)
    assert found["bank", "redrive_after_ms"] == ("2000", "environment")
    assert found["bank", "kafka_security"] == ("(set)", "environment")
    assert found["bank", "busy_timeout_ms"] == ("5000", "default")


def test_people_see_only_what_differs_from_the_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bankfed.toml").write_text("[send]\ntimeout = 5\n")
    assert main(["config"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:3]] == [["every", "verb"], ["send", "timeout"]]
    assert lines[3] == ""


def test_a_value_that_does_not_fit_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bankfed.toml").write_text("[send]\ntimeout = 'soon'\n")
    assert main(["send", "a", "b", "1"]) == 2
    assert "'soon' is not a valid float" in capsys.readouterr().err
