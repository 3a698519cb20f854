"""Every rule of `security_rows` and `api_rows` names tests that exist and are not skipped; forgeries there are 20."""

from __future__ import annotations

import ast

import pytest

from tests.bank_node.people.test_tokens import FORGERIES
from tests.house.api_rows import ROWS as OF_THE_API
from tests.house.security_rows import ROWS as OF_SECURITY
from tests.support.checkout import ROOT

ROWS = {**OF_SECURITY, **OF_THE_API}


@pytest.mark.parametrize("row", ROWS)
def test_a_rule_has_its_tests(row: str) -> None:
    _, tests = ROWS[row]
    assert tests
    for test in tests:
        file, _, function = test.partition("::")
        tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
        found = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}.get(function)
        assert found is not None, f"{row} names {test}, which does not exist"
        assert not any("skip" in ast.unparse(mark) for mark in found.decorator_list), f"{test} is skipped"


def test_the_matrix_of_tokens_is_as_large_as_was_promised() -> None:
    assert len(FORGERIES) >= 20
