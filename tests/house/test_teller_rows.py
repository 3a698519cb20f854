"""Every row of `teller_rows` has a browser test named after it that is not skipped, and no test is named after none."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.house.teller_rows import ROWS
from tests.support.checkout import ROOT

NAMED = re.compile(r"test_(t[0-9]{2})_[a-z]")


@cache
def named() -> dict[str, list[ast.FunctionDef]]:
    """Row to its tests."""
    found: dict[str, list[ast.FunctionDef]] = {}
    for path in sorted((ROOT / "tests" / "browser").glob("test_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and (name := NAMED.match(node.name)):
                found.setdefault(name[1].upper(), []).append(node)
    return found


def test_there_are_thirty_four_rows() -> None:
    assert list(ROWS) == [f"T{number:02d}" for number in range(1, 35)]


@pytest.mark.parametrize("row", ROWS)
def test_a_row_has_its_browser_test(row: str) -> None:
    tests = named().get(row, [])
    assert tests, f"no browser test is named after {row}, {ROWS[row]}"
    for test in tests:
        assert not any("skip" in ast.unparse(mark) for mark in test.decorator_list), f"{test.name} is skipped"


def test_no_browser_test_is_named_after_a_row_that_is_not_there() -> None:
    assert sorted(named().keys() - ROWS.keys()) == []


def test_all_five_ways_of_posting_twice_have_a_test() -> None:
    names = " ".join(test.name for test in named()["T12"])
    for way in ("double_click", "going_back", "back_and_submit", "reloading", "two_tabs"):
        assert way in names, way
