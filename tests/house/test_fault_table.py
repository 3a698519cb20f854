"""Every row of the protocol's tables has a test, and the test that it names exists and may run in CI."""

from __future__ import annotations

import ast
from functools import cache

import pytest

from tests.journeys.fault_table import TABLES
from tests.support.checkout import ROOT

ROWS = [(name, row, tests) for name, (_, table) in TABLES.items() for row, tests in table.items()]


@cache
def functions(file: str) -> dict[str, ast.FunctionDef]:
    tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("name", TABLES)
def test_no_row_of_the_table_is_left_out(name: str) -> None:
    count, table = TABLES[name]
    assert len(table) == count


@pytest.mark.parametrize(("name", "row", "tests"), ROWS, ids=[f"{name}: {row}" for name, row, _ in ROWS])
def test_the_row_has_its_tests(name: str, row: str, tests: tuple[str, ...]) -> None:
    assert tests, f"nothing shows {row!r} of {name!r}"
    for test in tests:
        file, _, function = test.partition("::")
        found = functions(file).get(function)
        assert found is not None, f"{row!r} of {name!r} names {test}, which does not exist"
        assert not any("skip" in ast.unparse(mark) for mark in found.decorator_list), f"{test} is skipped"
