from __future__ import annotations

import pytest

from bank_node.lab.failpoints import (
    POINTS,
    FailpointRaised,
    Failpoints,
    LabProblem,
    read_armings,
)


class Body:
    """A process that can be watched: what was done to it, in order."""

    def __init__(self, armed: str = "") -> None:
        self.done: list[str] = []
        self.failpoints = Failpoints(
            read_armings(armed),
            fired=lambda words: self.done.append(f"wrote {words}"),
            kill=lambda: self.done.append("died"),
            sleep_s=lambda seconds: self.done.append(f"slept {seconds}"),
        )


def test_there_are_the_thirteen_places() -> None:
    assert len(POINTS) == 13
    assert {name.partition(".")[0] for name in POINTS} == {
        "api",
        "relay",
        "consumer",
        "sweeper",
        "boot",
        "migrate",
    }


def test_it_kills_at_the_third_time_and_writes_that_down_before() -> None:
    body = Body("relay.after_ack=kill@3")
    body.failpoints("relay.after_ack")
    body.failpoints("relay.after_mark")
    body.failpoints("relay.after_ack")
    assert body.done == []
    assert body.failpoints.armed() == ["relay.after_ack=kill@1"]
    body.failpoints("relay.after_ack")
    assert body.done == ["wrote relay.after_ack=kill@3", "died"]
    body.failpoints("relay.after_ack")
    assert body.done[2:] == []
    assert body.failpoints.hits == {"relay.after_ack": 4, "relay.after_mark": 1}


def test_it_raises_and_sleeps() -> None:
    body = Body("api.start=raise, api.start=sleep:250@2")
    with pytest.raises(FailpointRaised, match=r"api\.start=raise"):
        body.failpoints("api.start")
    body.failpoints("api.start")
    assert body.done[1:] == ["wrote api.start=sleep:250@2", "slept 0.25"]


def test_what_is_armed_counts_from_then_on_and_can_be_taken_back() -> None:
    body = Body()
    for _ in range(5):
        body.failpoints("sweeper.mid")
    body.failpoints.arm(read_armings("sweeper.mid=kill@2,api.start=kill"))
    body.failpoints("sweeper.mid")
    assert body.done == []
    body.failpoints.disarm()
    body.failpoints("sweeper.mid")
    body.failpoints("api.start")
    assert body.done == []


@pytest.mark.parametrize(
    "text",
    [
        "relay.after_ack",
        "relay.after_tea=kill",
        "api.start=explode",
        "api.start=kill@0",
        "api.start=sleep",
    ],
)
def test_what_is_no_failpoint_is_refused_in_words(text: str) -> None:
    with pytest.raises(LabProblem, match="is no failpoint; write NAME=kill@3"):
        read_armings(f"api.start=kill,{text}")


def test_nothing_is_armed_by_an_empty_text() -> None:
    assert read_armings(" , ") == []
