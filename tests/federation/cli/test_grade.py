"""`bankfed grade`: words that make no sense are refused before anything is started; what the shell completes."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from federation.cli import main
from federation.cli.grade import command, complete_words
from federation.grading.reports.recheck import Rechecked
from tests.support.outcomes import an_outcome, credited_twice


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "one folder or name, please"),
        (["reference", "m01"], "one folder or name, please"),
        (["nobody"], "there is no submission nobody"),
        (["{empty}"], "there is no bank.toml in"),
        (["reference", "--profile", "quick"], "there are smoke, course, full"),
        (["reference", "--scenario", "Z9"], "there is no scenario Z9"),
        (["reference", "--seed", "first"], "--seed"),
        (["reference", "--seed", "-1"], "--seed"),
        (["reference", "--junit", "{empty}/none/junit.xml"], "there is no such folder"),
        (["reference", "--runs", "3"], "grading one does not heed --runs"),
        (["recheck"], "one folder or name, please"),
        (["recheck", "{empty}"], "is no evidence of a graded run"),
        (["matrix", "Z9"], "there is no bundled submission Z9"),
        (["matrix", "--seed", "3"], "matrix does not heed --seed"),
        (["soak"], "for how long?"),
        (["soak", "nobody", "--for", "1"], "there is no submission nobody"),
        (["--all", "{empty}"], "there is no submission in"),
        (["--all", "{empty}", "reference"], "and not reference too"),
        (["--all", "{empty}", "--scenario", "F1"], "--all does not heed --scenario"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    tmp_path: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    given = [word.format(empty=tmp_path / "empty") for word in words]
    assert main(["grade", *given, "--data", str(tmp_path / "data")]) == 2
    told = capsys.readouterr().err
    assert said in told.replace("\n", " ")
    assert "Errno" not in told
    assert "Traceback" not in told


@pytest.mark.parametrize("whole", [True, False])
def test_what_was_judged_again_has_the_shape_of_a_score_where_it_is_a_whole_run(
    tmp_path: Path, whole: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = an_outcome({"W4": credited_twice()})
    results = tuple(run.result for run in outcome.runs)
    again = Rechecked(results, outcome.score if whole else None, 1, ())
    monkeypatch.setattr("federation.grading.reports.recheck.recheck", lambda _: again)
    assert main(["grade", "recheck", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["score"], told["cap"]) == ((59, 59) if whole else (None, None))
    (w4,) = [one for one in told["scenarios"] if one["id"] == "W4"]
    assert set(w4) >= ({"points", "of", "verdict", "sentence"} if whole else {"verdict", "sentence"})


def test_the_shell_completes_bundled_names_and_what_else_there_is_to_do() -> None:
    def offered(words: tuple[str, ...], incomplete: str) -> list[str]:
        context = click.Context(command)
        context.params = {"words": words}
        return [item.value for item in complete_words(context, command.params[0], incomplete)]

    assert offered((), "re") == ["reference", "recheck"]
    assert offered(("matrix",), "m2")[0] == "m20"
    assert offered(("recheck",), "some/") == ["some/"]
    assert offered((), "~/my-b") == ["~/my-b"]
