"""The matrix as a file: what is still to be played, what came out right, what goes on after an interruption."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from federation.failure import Failure
from federation.grading.course import matrix
from federation.grading.course.matrix import KILLERS, Cell, play, read, rows, wanted
from federation.grading.scenarios.table import scene
from federation.grading.submissions import MUTANTS

CAUGHT = Cell("m01", "N11", 1, "unsafe", ("Q05",), 30.0, "Credited twice.")


def test_each_bug_has_a_scenario_that_must_catch_it() -> None:
    assert set(KILLERS) == {*MUTANTS, "c0"}
    for killers in KILLERS.values():
        assert all(scene(id_) for id_ in killers)


def test_every_bug_gets_its_turn_before_the_second_seed() -> None:
    cells = wanted(["m01", "m07"], "", 2)
    assert cells == [(n, s, seed) for seed in (1, 2) for n, s in (("m01", "N11"), ("m07", "N4"), ("m07", "W1"))]
    assert ("v1", "A1", 1) in wanted(["v1"], "", 1)
    with pytest.raises(Failure, match="no bundled submission m99"):
        wanted(["m99"], "", 1)


def test_a_bug_is_to_be_caught_and_a_right_bank_let_go() -> None:
    assert CAUGHT.is_right
    assert not replace(CAUGHT, verdict="pass").is_right
    assert not replace(CAUGHT, submission="v1").is_right
    assert replace(CAUGHT, submission="v1", verdict="pass").is_right
    assert replace(CAUGHT, submission="v6", scenario="N4").is_right
    assert not replace(CAUGHT, verdict="not_exercised").is_right


def test_what_the_file_knows_is_not_played_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, played = tmp_path / "cells.jsonl", list[str]()
    file.write_text(json.dumps(asdict(CAUGHT)) + '\n{"submission": "m02", "sc', encoding="utf-8")

    def pretend(name: str, scenario: str, seed: int, *_: object) -> Cell:
        played.append(name)
        return replace(CAUGHT, submission=name, scenario=scenario, seed=seed)

    monkeypatch.setattr(matrix, "_played", pretend)
    found = list(play([CAUGHT.key, ("m02", "N11", 1)], file, tmp_path, lambda _: None))
    assert played == ["m02"]
    assert [cell.submission for cell in found] == ["m01", "m02"]
    assert read(file) == found


def test_a_line_that_was_cut_short_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "cells.jsonl"
    file.write_text(json.dumps(asdict(CAUGHT)) + '\n{"submission": "m02", "sc', encoding="utf-8")
    assert read(file) == [CAUGHT]
    assert read(tmp_path / "nowhere") == []


def test_rows_say_how_many_of_how_many_and_who_found_it() -> None:
    again = replace(CAUGHT, seed=2, checkers=("Q14", "Q05"))
    missed = replace(CAUGHT, seed=3, verdict="pass", checkers=())
    assert rows([CAUGHT, again, missed]) == [("m01", "N11", "2 of 3", "Q05 Q14")]


def test_a_first_line_that_was_cut_short_takes_none_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "cells.jsonl"
    file.write_text('{"submission": "m01", "sc', encoding="utf-8")
    monkeypatch.setattr(matrix, "_played", lambda *_: CAUGHT)
    list(play([CAUGHT.key], file, tmp_path, lambda _: None))
    assert read(file) == [CAUGHT]
