"""The logs of a federation as one."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from federation.cli import main
from federation.logbook import Filter, Logbook, read_line

TRANSFER = "0193f2c1-7a00-7000-8000-000000000001"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """ALFA and BRVO each with a log, the broker with Kafka's, in a folder with a blank in its name."""
    data = tmp_path / "my federation"
    for bank in ("ALFA", "BRVO"):
        (data / "banks" / bank).mkdir(parents=True)
    (data / "broker").mkdir()
    say(data, "ALFA", "2026-11-21T08:00:01.000Z", "sent", transfer=TRANSFER)
    say(data, "BRVO", "2026-11-21T08:00:02.000Z", "credited", transfer=TRANSFER)
    say(data, "ALFA", "2026-11-21T08:00:03.000Z", "completed", transfer=TRANSFER)
    say(data, "BRVO", "2026-11-21T08:00:00.500Z", "broker lost", level="warning")
    return data


def say(data: Path, bank: str, ts: str, event: str, level: str = "info", **fields: str) -> None:
    with (data / "banks" / bank / "bank.log").open("a") as log:
        log.write(json.dumps({"ts": ts, "bank": bank, "level": level, "event": event, **fields}) + "\n")


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[tuple[str, str]]:
    assert main(["logs", "--json", *arguments]) == 0
    return [(line["source"], line["event"]) for line in json.loads(capsys.readouterr().out)["lines"]]


def test_lines_of_all_banks_come_by_time(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "--data", str(data)) == [
        ("BRVO", "broker lost"),
        ("ALFA", "sent"),
        ("BRVO", "credited"),
        ("ALFA", "completed"),
    ]


def test_one_transfer_is_followed_over_all_banks(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = shown(capsys, "--data", str(data), "--trace", TRANSFER[:8])
    assert found == [("ALFA", "sent"), ("BRVO", "credited"), ("ALFA", "completed")]


def test_a_level_a_bank_and_a_time_narrow_it(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "--data", str(data), "--level", "warning") == [("BRVO", "broker lost")]
    assert shown(capsys, "--data", str(data), "alfa", "-n", "1") == [("ALFA", "completed")]
    assert shown(capsys, "--data", str(data), "--since", "2026-11-21T08:00:02Z", "BRVO") == [("BRVO", "credited")]
    assert shown(capsys, "--data", str(data), "--since", "3650d", "ALFA", "-n", "0") == []


def test_the_text_for_people_has_time_bank_level_and_fields(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logs", "--data", str(data), "-n", "1"]) == 0
    line = capsys.readouterr().out.split()
    assert line[1:] == ["ALFA", "info", "completed", f"transfer={TRANSFER}"]


def test_an_unknown_bank_or_time_is_said_in_words(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logs", "--data", str(data), "CHRL"]) == 2
    assert "there is no log of 'CHRL'" in capsys.readouterr().err
    assert main(["logs", "--data", str(data), "--since", "soon"]) == 2
    assert "'soon' is not a time" in capsys.readouterr().err


def test_an_empty_folder_is_said_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logs", "--data", str(tmp_path / "none")]) == 3
    assert "there are no logs here" in capsys.readouterr().err


def test_following_gives_each_line_once_also_over_a_rotation(data: Path) -> None:
    book = Logbook(data, Filter(sources=frozenset({"ALFA"})))
    assert [line.event for line in book.tick()] == ["sent", "completed"]
    assert book.tick() == []
    log = data / "banks" / "ALFA" / "bank.log"
    say(data, "ALFA", "2026-11-21T08:00:04.000Z", "last of the old file")
    os.replace(log, log.with_name("bank.log.1"))
    say(data, "ALFA", "2026-11-21T08:00:05.000Z", "first of the new file")
    assert [line.event for line in book.tick()] == ["last of the old file", "first of the new file"]


def test_half_a_line_waits_for_its_other_half(data: Path) -> None:
    book = Logbook(data, Filter(sources=frozenset({"ALFA"})))
    book.tick()
    with (data / "banks" / "ALFA" / "bank.log").open("a") as log:
        log.write('{"ts": 1, "level": "in')
        log.flush()
        assert book.tick() == []
        log.write('fo", "event": "whole"}\n')
    assert [line.event for line in book.tick()] == ["whole"]


def test_kafkas_own_lines_are_read_and_a_stack_trace_stays_with_its_line(data: Path) -> None:
    (data / "broker" / "kafka.log").write_text(
        "[2026-11-21 08:00:00,123] ERROR it broke (kafka.Server)\n\tat Server.run\n"
    )
    first, second = Logbook(data, Filter(sources=frozenset({"broker"}))).tick()
    assert (first.level, first.event, first.at_us % 1_000_000) == ("error", "it broke (kafka.Server)", 123_000)
    assert (second.at_us, second.level) == (first.at_us, "error")


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"ts": "never"}', "\x00\xff", '{"ts": null, "event": 1}', '{"a":' * 5_000]
)
def test_no_line_whatever_breaks_the_reading(text: str) -> None:
    line = read_line(text, "ALFA")
    assert line is not None
    assert line.event == text
