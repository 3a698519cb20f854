"""One bank with its API for each file of tests: they share its books, and say by how much they change them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from typing import Any

import pytest

from bank_node.store.database import Readers
from tests.support.counter import Caller, StandingClock, a_caller


@pytest.fixture(scope="module")
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory, clock: StandingClock) -> Iterator[Caller]:
    with a_caller(tmp_path_factory.mktemp("alfa"), clock=clock) as opened:
        yield opened


@pytest.fixture(autouse=True)
def nobody_reads_on_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """While one reads there, nobody else is served: a route that does it fails its test."""
    connection = Readers.connection

    def elsewhere(readers: Readers) -> AbstractContextManager[Any]:
        with suppress(RuntimeError):
            raise AssertionError(f"the books are read on the event loop {asyncio.get_running_loop()}")
        return connection(readers)

    monkeypatch.setattr(Readers, "connection", elsewhere)
