from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cast import Town, open_town
from tests.support.postgresql import PostgresqlForTests


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    town = open_town(tmp_path, database_url)
    yield town
    town.close()


@pytest.fixture
def town_on_server(tmp_path: Path, postgresql: PostgresqlForTests) -> Iterator[Town]:
    town = open_town(tmp_path, postgresql.url())
    yield town
    town.close()
