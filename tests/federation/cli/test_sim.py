"""`bankfed sim`: its JSON, its words, its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from federation.cli import main
from federation.simulation.planning import plan_of


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, object]]:
    code = main(["sim", *words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_one_seed_answers_with_the_stable_shape(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, said = answer(capsys, "--seed", "3", "--data", str(tmp_path))
    assert code == 0
    assert said["ok"] is True
    assert said["violations"] == []
    assert said["histories"] == 1
    numbers = ("transfers", "faults", "histories_per_minute", "branches_reached", "branches_total")
    assert all(isinstance(said[name], int | float) for name in numbers)


def test_several_seeds_are_told_in_words(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["sim", "--seeds", "1..4", "--jobs", "1", "--data", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "3 histories" in out
    assert "No law was broken." in out
    assert "rows of the protocol's tables reached" in out


def test_a_history_is_told_line_by_line_and_drawn(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["sim", "--seed", "3", "--steps", "8", "--trace", "--data", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "transfer.requested" in out
    assert (tmp_path / "simulation" / "seed-3.svg").read_text(encoding="utf-8").startswith("<svg")


def test_a_plan_in_a_file_is_played(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    plan = plan_of(5)
    plan.with_steps(plan.steps[:6]).write(tmp_path / "plan.json")
    code, said = answer(capsys, "--plan", str(tmp_path / "plan.json"), "--data", str(tmp_path))
    assert (code, said["histories"]) == (0, 1)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--seeds", "5..5"), "no range of seeds"),
        (("--seed", "1", "--seeds", "0..2"), "three ways"),
        (("--trace",), "for one history"),
        (("--on-kafka",), "for one history"),
        (("--mutant", "m99"), "no mutant"),
        (("--plan", "nowhere.json"), "can not be read"),
    ],
)
def test_what_can_not_be_played_is_refused_in_words(
    words: tuple[str, ...], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["sim", *words])
    assert code == 2
    assert why in capsys.readouterr().err
