"""Files and functions stay small enough to be read at once (ARCHITECTURE, "The house")."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

from tests.support.checkout import PACKAGES, modules, text

MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60


def _lines(path: Path) -> int:
    return len(text(path).splitlines())


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    if path.parts[-2] == "versions":  # a migration is a list of tables, frozen on the day it was released
        return
    for node in ast.walk(ast.parse(text(path), str(path))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield f"{path}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


def test_no_module_is_longer_than_400_lines() -> None:
    long = {str(path): lines for path in modules(*PACKAGES, "tests") if (lines := _lines(path)) > MODULE_LINES_MAX}
    assert not long


def test_no_function_is_longer_than_60_lines() -> None:
    long = {
        name: lines
        for path in modules(*PACKAGES, "tests")
        for name, lines in _functions(path)
        if lines > FUNCTION_LINES_MAX
    }
    assert not long


def test_most_modules_are_far_shorter() -> None:
    lengths = [_lines(path) for path in modules(*PACKAGES) if path.name != "__init__.py"]
    assert median(lengths) < 120
    assert quantiles(lengths, n=10)[-1] < 250
