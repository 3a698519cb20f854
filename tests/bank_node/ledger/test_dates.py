from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank_node.ledger.dates import read_rfc3339, rfc3339


@given(st.integers(0, 4_000_000_000_000))
def test_a_moment_keeps_its_milliseconds(at_ms: int) -> None:
    assert read_rfc3339(rfc3339(at_ms * 1000)) == at_ms * 1000


def test_a_moment_without_offset_is_none() -> None:
    with pytest.raises(ValueError, match="offset"):
        read_rfc3339("2026-11-21T10:42:07")
