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


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59Z"])
def test_a_moment_that_could_not_be_said_again_is_none(text: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        read_rfc3339(text)
