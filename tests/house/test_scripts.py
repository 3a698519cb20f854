"""The scripts are plain sh, a few lines each; what stops them is said in words with the fix."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.checkout import ROOT, files, text

SCRIPTS = [path for path in files() if path.parts[0] == "scripts" or path == Path(".ci/run")]
SYSTEM_TOOLS = ("cat", "cksum", "dirname", "uname", "grep", "rm")


@pytest.mark.parametrize("script", SCRIPTS, ids=str)
def test_a_script_is_sh_and_executable(script: Path) -> None:
    assert text(script).startswith("#!/bin/sh\n")
    assert os.access(ROOT / script, os.X_OK)
    assert len(text(script).splitlines()) <= 60
    subprocess.run(["sh", "-n", str(ROOT / script)], check=True)


def test_ci_calls_the_one_script() -> None:
    assert text(Path(".ci/run")).strip().endswith('exec scripts/test "$@"')


class Machine:
    """A checkout on a machine that has only what the test puts there."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "a clone of bänkfed"
        self.tools = folder / "bin"
        (self.root / "scripts").mkdir(parents=True)
        self.tools.mkdir()
        for name in ("pyproject.toml", "requirements.lock", "scripts/environment"):
            (self.root / name).write_bytes((ROOT / name).read_bytes())
        for tool in SYSTEM_TOOLS:
            found = next(folder for folder in ("/usr/bin", "/bin") if Path(folder, tool).exists())
            (self.tools / tool).symlink_to(Path(found, tool))

    def has(self, name: str, script: str) -> None:
        (self.tools / name).unlink(missing_ok=True)
        (self.tools / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (self.tools / name).chmod(0o755)

    def environment(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", "scripts/environment"],
            cwd=self.root,
            env={"PATH": str(self.tools)},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_python_that_is_too_old_is_named_with_the_fix(machine: Machine) -> None:
    machine.has("python3", 'case "$1" in --version) echo "Python 3.9.2";; *) exit 1;; esac')
    result = machine.environment()
    assert result.returncode == 1
    assert "needs Python 3.11 or newer; found: Python 3.9.2" in result.stderr
    assert "Fix:" in result.stderr


def test_no_python_at_all_is_said_too(machine: Machine) -> None:
    result = machine.environment()
    assert result.returncode == 1
    assert "needs Python 3.11" in result.stderr


def test_debians_python_without_venv_gets_the_one_line_fix(machine: Machine) -> None:
    machine.has("python3", 'case "$2" in *ensurepip*) exit 1;; *print*) echo 3.11;; esac')
    result = machine.environment()
    assert result.returncode == 1
    assert "Fix: sudo apt install python3.11-venv" in result.stderr


def test_windows_is_sent_to_wsl(machine: Machine) -> None:
    machine.has("uname", "echo MINGW64_NT-10.0")
    result = machine.environment()
    assert result.returncode == 1
    assert "wsl --install" in result.stderr


def test_an_environment_that_fits_the_lock_is_left_alone(machine: Machine) -> None:
    python = machine.root / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.symlink_to("/bin/true")
    stamp = subprocess.run(
        ["/bin/sh", "-c", 'echo "$(pwd -P) $(cat pyproject.toml requirements.lock | cksum)"'],
        cwd=machine.root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    (machine.root / ".venv/requirements.lock.stamp").write_text(stamp, encoding="utf-8")
    result = machine.environment()
    assert (result.returncode, result.stderr) == (0, "")
