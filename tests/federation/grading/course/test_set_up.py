"""A submission whose set-up command fails: told at the gate, before any broker is there, with what it printed kept."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from federation.grading.course.grading import Told, Wish, grade
from federation.grading.course.profiles import SMOKE

BANK_TOML = """
name = "Mine"
contract = 1
[setup]
command = ["{PYTHON}", "-c", "print('no such package: ledgers', flush=True); raise SystemExit(1)"]
[start]
command = ["{PYTHON}", "node.py"]
"""


def test_what_it_printed_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared, mine = tmp_path / "tmp", tmp_path / "mine"
    shared.mkdir()
    mine.mkdir()
    (mine / "bank.toml").write_text(BANK_TOML)
    monkeypatch.setattr(tempfile, "tempdir", str(shared))
    said: list[str] = []
    wish = Wish(mine, "mine", SMOKE, tmp_path / "out", seed=1)
    outcome = grade(wish, Told(said.append))
    assert outcome.score.at_gate
    assert "ended with 1" in outcome.score.first_line
    assert (tmp_path / "out" / "logs" / "set-up.log").read_text() == "no such package: ledgers\n"
    assert said[-1] == f"what the set-up command printed is in {tmp_path / 'out' / 'logs'}"
