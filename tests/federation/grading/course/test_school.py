"""A class, graded by processes of paper: one after the other, and again from where it was ended."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from federation.failure import ExitCode, Failure
from federation.grading.course.school import Graders, grade_all, grader_of, submissions

LINE = "import sys, json; json.dump(dict(folder=sys.argv[1], name='n', score=80.0, cap=None, held=8, scenarios=10, "
GRADES = LINE + "exit_code=6, sentence='a cent', report='r'), open(sys.argv[2], 'w'))"


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    folder = tmp_path / "handed in"
    for name in ("bea", "alf"):
        (folder / name).mkdir(parents=True)
        (folder / name / "bank.toml").touch()
    (folder / "notes").mkdir()
    return folder


def paper(code: str) -> Graders:
    return lambda folder, room: [sys.executable, "-c", code, folder.name, str(room / "pupil.json")]


def test_every_folder_with_a_bank_toml_is_a_submission(handed_in: Path) -> None:
    assert [one.name for one in submissions(handed_in)] == ["alf", "bea"]
    with pytest.raises(Failure, match="no submission"):
        submissions(handed_in / "notes")


def test_each_gets_a_row_and_none_is_graded_twice(handed_in: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    rows = list(grade_all(submissions(handed_in), out, paper(GRADES), 30))
    assert [(row.folder, row.score) for row in rows] == [("alf", 80.0), ("bea", 80.0)]
    again = list(grade_all(submissions(handed_in), out, paper("raise SystemExit(9)"), 30))
    assert again == rows


@pytest.mark.parametrize(("profile", "seed"), [("course", None), ("", 3)])
def test_what_was_graded_with_another_profile_or_seed_is_graded_anew(
    handed_in: Path, tmp_path: Path, profile: str, seed: int | None
) -> None:
    out = tmp_path / "out"
    list(grade_all(submissions(handed_in), out, paper(GRADES), 30))
    failing = paper("raise SystemExit(9)")
    rows = list(grade_all(submissions(handed_in), out, failing, 30, profile, seed))
    assert [row.score for row in rows] == [None, None]


def test_a_grader_that_fails_is_told_and_tried_again_the_next_time(handed_in: Path, tmp_path: Path) -> None:
    code = "print('✗ there are no free ports'); raise SystemExit(9)"
    (row, _) = grade_all(submissions(handed_in), tmp_path / "out", paper(code), 30)
    assert (row.score, row.exit_code, row.sentence) == (None, ExitCode.GRADER_ERROR, "there are no free ports")
    (row, _) = grade_all(submissions(handed_in), tmp_path / "out", paper(GRADES), 30)
    assert row.score == 80.0


def test_a_grader_that_does_not_come_to_an_end_is_ended(handed_in: Path, tmp_path: Path) -> None:
    (row, _) = grade_all(submissions(handed_in), tmp_path / "out", paper("import time; time.sleep(600)"), 0.2)
    assert "was ended" in row.sentence


def test_the_grader_is_bankfed_grade_with_the_same_wishes(tmp_path: Path) -> None:
    command = grader_of("smoke", 3, tmp_path)(tmp_path / "alf", tmp_path / "out")
    assert command[2:] == [
        "federation.cli",
        "grade",
        str(tmp_path / "alf"),
        *("--profile", "smoke", "--out", str(tmp_path / "out"), "--data", str(tmp_path), "--seed", "3"),
    ]


def test_a_row_that_lies_there_when_the_grader_was_killed_is_none(handed_in: Path, tmp_path: Path) -> None:
    code = f"{GRADES}; import os; os.kill(os.getpid(), 9)".replace(
        "open(sys.argv[2], 'w')", "f := open(sys.argv[2], 'w')"
    )
    code = code.replace("; import os", "; f.close(); import os")
    (row, _) = grade_all(submissions(handed_in), tmp_path / "out", paper(code), 30)
    assert (row.score, row.exit_code) == (None, ExitCode.GRADER_ERROR)
    assert not (tmp_path / "out" / row.folder / "pupil.json").exists()
