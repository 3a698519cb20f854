"""A crash at each place of the loops, as the simulation makes one: memory is gone, what was committed stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from bank_node.broker.loop import BackOff
from bank_node.broker.memory import MemoryBroker
from bank_node.lab.failpoints import AT_START, POINTS
from bank_node.lab.watching import WatchedBroker, watched_request, watched_submit
from bank_node.operations.send_transfer import send_transfer
from tests.bank_node.broker.station import Station
from tests.support.cast import ALICE, BOB, OPENING, SmallBank, Town, an_order, open_town

LOOPS = [name for name in POINTS if name not in AT_START and not name.startswith("api.")]


class Crash(BaseException):
    """No room catches it."""


class Breakable(Station):
    """A station that crashes at the given hit of a place, once."""

    def __init__(self, bank: SmallBank, broker: MemoryBroker, at: str, hit: int) -> None:
        self.at, self.left = at, hit
        super().__init__(bank, WatchedBroker(broker, self.reached))  # type: ignore[arg-type]

    def reached(self, name: str) -> None:
        if name == self.at:
            self.left -= 1
            if self.left == 0:
                raise Crash(name)

    def submit(self, operation: Callable[..., Any], *arguments: Any) -> Future[Any]:
        return watched_submit(super().submit, self.reached)(operation, *arguments)

    def turn(self) -> bool:
        """Whether anything was done; a crash is followed by a new process over the same database."""
        busy = False
        for tick in (self.consumer.tick, self.relay.tick, self.sweeper.tick):
            try:
                busy |= tick() > 0
            except BackOff:
                busy = True
            except Crash:
                self.open()
                return True
        return busy


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = open_town(tmp_path)
    yield town
    town.close()


def quiet(stations: dict[str, Breakable]) -> bool:
    busy = [station.turn() for station in stations.values()]
    return not any(busy)


@pytest.mark.parametrize("hit", [1, 2])
@pytest.mark.parametrize(
    ("name", "bank"),
    [*((name, "ALFA") for name in LOOPS), *((name, "BRVO") for name in LOOPS if name != "sweeper.mid")],
)
def test_a_crash_anywhere_loses_nothing_and_doubles_nothing(town: Town, name: str, hit: int, bank: str) -> None:
    broker = MemoryBroker("c")
    stations = {
        id_: Breakable(one, broker, name if id_ == bank else "", hit)  # the other bank lives on
        for id_, one in town.banks.items()
    }
    for _ in range(3):
        stations["ALFA"].do(send_transfer, an_order(1))
        stations["ALFA"].turn()
        town.clock.pass_ms(60_000)  # the other bank is slow, so that ALFA says it again
        for _ in range(40):
            if quiet(stations):
                break
            town.lawful()
    assert stations[bank].left <= 0, "it was never there"
    assert (town.alfa.balance(ALICE), town.brvo.balance(BOB)) == (OPENING - 3, OPENING + 3)
    town.lawful()


def test_a_request_without_an_event_loop_passes_the_same_three_places(town: Town) -> None:
    passed: list[str] = []
    request = watched_request(Station(town.alfa, MemoryBroker("c")).submit, passed.append)
    future = request(send_transfer, an_order(1))
    assert passed == ["api.start", "api.before_commit"]
    assert (future.result().state, future.result().state) == ("PENDING", "PENDING")
    assert passed == ["api.start", "api.before_commit", "api.after_commit"]
