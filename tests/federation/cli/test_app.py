"""The command's frame: help, suggestions, errors as words, one JSON object."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from federation.cli import app, main
from federation.cli.call import Answer, Call, verb
from federation.cli.verbs import VERBS, Entry
from federation.failure import ExitCode, Failure


@pytest.fixture
def greet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> type:
    """A verb `greet` in a module of its own, in an empty working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BANKFED_DEBUG", raising=False)

    @verb(("bankfed greet", "be polite"))
    @click.option("--times", default=1)
    @click.option("--trouble", default="")
    def command(call: Call, *, times: int, trouble: str) -> Answer:
        """Greets."""
        call.progress("greeting")
        if trouble == "words":
            raise Failure(
                "the door is shut", why="it is late", do="come again", log=Path("x.log"), code=ExitCode.TIME_OUT
            )
        if trouble == "bug":
            raise ZeroDivisionError("secret detail")
        return Answer({"times": times, "data": str(call.data)}, "hello " * times)

    module = type("greet_module", (), {"command": command})
    monkeypatch.setitem(sys.modules, "tests_greet", module)
    monkeypatch.setitem(VERBS, "greet", Entry("Use", "tests_greet", "be polite"))
    return module


def test_a_verb_prints_its_text_and_says_progress_on_stderr(greet: type, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["greet", "--times", "2"]) == 0
    out, err = capsys.readouterr()
    assert out == "hello hello \n"
    assert err == "greeting\n"


def test_json_is_one_object_with_ok_and_nothing_on_stderr(greet: type, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["greet", "--json", "--data", "elsewhere"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == {"ok": True, "times": 1, "data": str(Path("elsewhere").absolute())}
    assert err == ""


def test_a_failure_is_told_in_words_with_its_own_exit_code(greet: type, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["greet", "--trouble", "words"]) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[1:] == ["✗ the door is shut", "  why   it is late", "  do    come again", "  log   x.log"]


def test_a_failure_is_one_json_object_too(greet: type, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["greet", "--trouble", "words", "--json"]) == 4
    assert json.loads(capsys.readouterr().out) == {
        "ok": False,
        "error": {"what": "the door is shut", "why": "it is late", "do": "come again", "log": "x.log"},
    }


def test_a_bug_shows_no_traceback_without_debug(greet: type, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["greet", "--trouble", "bug"]) == 70
    err = capsys.readouterr().err
    assert "Traceback" not in err
    assert "run it again with --debug" in err


def test_debug_shows_the_traceback(greet: type, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["greet", "--trouble", "bug", "--debug"]) == 70
    assert "Traceback" in capsys.readouterr().err


def test_an_unknown_verb_suggests_the_nearest(greet: type, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vreify"]) == 2
    assert "did you mean `bankfed verify`?" in capsys.readouterr().err


def test_an_unknown_option_is_a_usage_error_in_words(greet: type, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["greet", "--tims", "2"]) == 2
    err = capsys.readouterr().err
    assert "--times" in err
    assert "bankfed greet --help" in err


def test_without_a_verb_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    out = capsys.readouterr().out
    assert out.index("Examples:") < out.index("Run:")
    assert all(name in out for name, entry in VERBS.items() if not entry.alias)


def test_the_help_of_a_verb_has_its_examples_first(greet: type, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["greet", "--help"]) == 0
    out = capsys.readouterr().out
    assert out.index("Greets.") < out.index("be polite") < out.index("Usage:") < out.index("--data DIR")


def test_a_flag_beats_the_environment_beats_the_file_beats_the_default(
    greet: type, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def times(*flags: str) -> int:
        assert main(["greet", "--json", *flags]) == 0
        found: int = json.loads(capsys.readouterr().out)["times"]
        return found

    assert times() == 1
    Path("bankfed.toml").write_text('data = "of-the-file"\n[greet]\ntimes = 2\n')
    assert times() == 2
    monkeypatch.setenv("BANKFED_GREET_TIMES", "3")
    assert times() == 3
    assert times("--times", "4") == 4


def test_a_settings_file_that_cannot_be_read_is_said(greet: type, capsys: pytest.CaptureFixture[str]) -> None:
    Path("bankfed.toml").write_text("times = = 2")
    assert main(["greet"]) == 1
    assert "bankfed.toml cannot be read" in capsys.readouterr().err


def test_common_options_may_stand_before_the_verb(greet: type, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", "there", "--json", "greet", "--times", "3"]) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "times": 3, "data": str(Path("there").absolute())}
    assert main(["--data=there"]) == 0
    assert "Examples:" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["help"], ["help", "greet"], ["greet", "-h"]])
def test_help_is_a_word_too(greet: type, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    assert "Examples:" in capsys.readouterr().out


def test_no_verb_is_imported_for_the_help() -> None:
    code = "import sys; from federation.cli import main; main(['--help']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert not loaded & ({entry.module for entry in VERBS.values()} | {"httpx", "kafka", "sqlalchemy", "fastapi"})


def test_every_verb_of_the_table_is_a_command() -> None:
    group = app.app()
    with click.Context(group) as context:
        for name in VERBS:
            command = group.get_command(context, name)
            assert command is not None
            assert {"data", "as_json", "debug"} <= {p.name for p in command.params}, name


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell", "pwsh"])
def test_each_shell_gets_a_completion_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert "_BANKFED_COMPLETE" in capsys.readouterr().out


def test_completion_offers_verbs_without_importing_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_BANKFED_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "bankfed re")
    monkeypatch.setenv("COMP_CWORD", "1")
    with pytest.raises(SystemExit):
        main([])
    assert capsys.readouterr().out.split() == ["plain,reset", "plain,restart", "plain,rekey"]


def test_version_names_what_it_stands_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is True
    assert {"version", "python", "sqlite", "kafka-python"} <= set(answer)
