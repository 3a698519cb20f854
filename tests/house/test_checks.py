"""The checks of `scripts/check` are part of the suite, so that nobody has to remember them."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.checkout import ROOT, text

STEPS = [
    shlex.split(line.removeprefix("run "))
    for line in text(Path("scripts/check")).splitlines()
    if line.startswith("run ")
]


def test_there_are_four_checks() -> None:
    assert [step[0] for step in STEPS] == ["ruff", "ruff", "mypy", "lint-imports"]


@pytest.mark.parametrize("step", STEPS, ids=" ".join)
def test_the_checkout_passes(step: list[str]) -> None:
    tool = Path(sys.executable).with_name(step[0])
    result = subprocess.run([str(tool), *step[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
