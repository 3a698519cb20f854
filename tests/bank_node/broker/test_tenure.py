"""When a process takes the post room's lease, renews it and lets it go; the database here is three variables."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from bank_node.broker.loop import BackOff
from bank_node.broker.tenure import Shift, Tenure
from bank_node.operations.lease import POST_ROOM, LeaseLost, release_lease, renew_lease, take_lease, under_lease
from bank_node.store.commit import StoreUnavailable
from bank_node.store.leases import Held


class Desk:
    """A database that takes what it is told to; `asked` is what it was asked for."""

    def __init__(self) -> None:
        self.held: Held | None = None
        self.seconds = 0.0
        self.asked: list[Any] = []
        self.trouble: Exception | None = None
        self.told: list[str] = []
        self.tenure = Tenure(
            submit=self.submit,
            look=lambda: self.held,
            lease_ms=15_000,
            stands_by=self.told.append,
            holder="me",
            gone=lambda holder: holder == "dead",
            monotonic_s=lambda: self.seconds,
        )

    def submit(self, operation: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.asked.append(operation)
        if self.trouble is not None:
            future.set_exception(self.trouble)
        elif operation is take_lease:
            self.held = Held("me", 1 if self.held is None else self.held.fence + 1, 0)
            future.set_result(self.held.fence)
        else:
            future.set_result(None)
        return future

    def stood_by(self) -> bool:
        try:
            self.tenure.hold()
        except BackOff:
            return True
        return False


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_it_is_taken_once_and_renewed_every_third_of_its_time(desk: Desk) -> None:
    for desk.seconds in (0.0, 1.0, 4.9, 5.0, 6.0, 10.0):
        assert desk.tenure.hold() == 1
    assert desk.asked == [take_lease, renew_lease, renew_lease]


@pytest.mark.parametrize("holder", ["", "dead", "me"])
def test_from_nobody_and_from_the_dead_it_is_taken_at_once(desk: Desk, holder: str) -> None:
    desk.held = Held(holder, 4, 77)
    assert desk.tenure.hold() == 5


def test_a_standby_looks_at_most_once_a_second_and_says_whose_turn_it_is(desk: Desk) -> None:
    desk.held = Held("other", 4, 0)
    looks: list[float] = []
    desk.tenure._look = lambda: looks.append(desk.seconds) or desk.held
    for desk.seconds in (0.0, 0.1, 0.2, 1.0, 1.5, 2.0):
        with pytest.raises(BackOff, match="other"):
            desk.tenure.hold()
    assert looks == [0.0, 1.0, 2.0]
    assert set(desk.told) == {"other"}
    assert desk.asked == []


def test_the_others_clock_does_not_matter_only_that_its_lease_stands_still(desk: Desk) -> None:
    for desk.seconds in range(60):
        desk.held = Held("other", 4, -(10**15) + int(desk.seconds))  # it renews, its clock is decades behind
        assert desk.stood_by()
    desk.seconds = 59 + 14.0
    assert desk.stood_by()
    desk.seconds = 59 + 15.0
    assert desk.tenure.hold() == 5


def test_a_renewal_that_is_refused_ends_it(desk: Desk) -> None:
    desk.tenure.hold()
    desk.held, desk.trouble, desk.seconds = Held("other", 2, 0), LeaseLost(POST_ROOM, 1, 2), 20.0
    assert desk.stood_by()
    assert desk.tenure.fence is None
    desk.trouble = None
    assert desk.stood_by()


def test_a_database_that_does_not_answer_is_asked_again_and_ends_nothing(desk: Desk) -> None:
    desk.trouble = StoreUnavailable("locked")
    assert desk.stood_by()
    desk.trouble, desk.seconds = None, 1.0
    assert desk.tenure.hold() == 1
    desk.trouble, desk.seconds = StoreUnavailable("locked"), 7.0
    assert desk.stood_by()
    assert desk.tenure.fence == 1
    desk.trouble = None
    assert desk.tenure.hold() == 1


def test_it_is_given_back_once(desk: Desk) -> None:
    desk.tenure.release(1.0)
    desk.tenure.hold()
    desk.tenure.release(1.0)
    desk.tenure.release(1.0)
    assert desk.asked == [take_lease, release_lease]
    desk.tenure.fence, desk.trouble = 1, StoreUnavailable("closing")
    desk.tenure.release(1.0)


def test_a_turn_works_under_the_fence_it_began_with_and_forgets_at_a_new_one(desk: Desk) -> None:
    asked: list[Any] = []
    forgot: list[int] = []
    shift = Shift(desk.tenure, lambda *operation: asked.append(operation) or Future())
    turn = shift.turns(lambda: shift.submit(print, "x") and 3, lambda: forgot.append(len(asked)))
    assert [turn(), turn()] == [3, 3]
    desk.tenure.lost(LeaseLost(POST_ROOM, 1, 2), fence=1)
    desk.seconds = 1.0
    assert turn() == 3
    assert asked == [(under_lease, POST_ROOM, fence, print, "x") for fence in (1, 1, 2)]
    assert forgot == [0, 2]


def test_a_turn_that_is_refused_ends_the_tenure_unless_there_is_a_newer_one(desk: Desk) -> None:
    shift = Shift(desk.tenure, desk.submit)

    def refused() -> int:
        raise LeaseLost(POST_ROOM, 1, 2)

    with pytest.raises(BackOff):
        shift.turns(refused)()
    assert desk.tenure.fence is None
    desk.seconds = 1.0
    assert desk.tenure.hold() == 2
    desk.tenure.lost(LeaseLost(POST_ROOM, 1, 2), fence=1)
    assert desk.tenure.fence == 2
