"""One bank with its API for each file of tests: they share its books, and say by how much they change them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.counter import Caller, StandingClock, a_caller


@pytest.fixture(scope="module")
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory, clock: StandingClock) -> Iterator[Caller]:
    with a_caller(tmp_path_factory.mktemp("alfa"), clock=clock) as opened:
        yield opened
