"""What a bank does is tried on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cast import Town, open_town


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    town = open_town(tmp_path, database_url)
    yield town
    town.close()
