"""The process that holds faults, as its supervisor keeps it: no process, no clock."""

from __future__ import annotations

import signal
from typing import NoReturn

import pytest

from federation.launcher.fault_keeper import FaultKeeper


class PaperChild:
    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.code: int | None = None
        self.signals: list[int] = []

    def poll(self) -> int | None:
        return self.code

    def send_signal(self, sig: int, /) -> None:
        self.signals.append(sig)

    def wait(self) -> int:
        return 0


class Stage:
    def __init__(self) -> None:
        self.now_s = 100.0
        self.children: list[PaperChild] = []
        self.keeper = FaultKeeper(self._launch, wanted=False, clock_s=lambda: self.now_s)

    def _launch(self) -> PaperChild:
        self.children.append(PaperChild(len(self.children) + 1))
        return self.children[-1]

    def tick(self, after_s: float = 0.0) -> list[str]:
        self.now_s += after_s
        return self.keeper.tick()


@pytest.fixture
def stage() -> Stage:
    made = Stage()
    made.keeper.wanted = True
    made.tick()
    return made


def test_nobody_is_started_before_somebody_asks() -> None:
    stage = Stage()
    stage.tick()
    assert stage.keeper.pid is None
    stage.keeper.wanted = True
    stage.tick()
    assert stage.keeper.pid == 1


def test_one_that_dies_is_started_again_with_growing_pauses(stage: Stage) -> None:
    pauses = []
    for _ in range(3):
        stage.children[-1].code = -signal.SIGKILL
        (words,) = stage.tick()
        pauses.append(words)
        assert stage.keeper.pid is None
        stage.tick(10.0)
    assert [words.split("; ")[1][:22] for words in pauses] == [f"started again in {n} s" for n in ("0.2", "0.4", "0.8")]
    assert "died of SIGKILL" in pauses[0]
    assert stage.keeper.pid == 4


def test_one_that_cannot_be_started_is_tried_again_and_takes_nobody_along(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    stage.keeper.wanted = True

    def no_process() -> NoReturn:
        raise BlockingIOError(11, "no process is left")

    monkeypatch.setattr(stage.keeper, "_launch", no_process)
    (words,) = stage.tick()
    assert words == "the fault keeper cannot be started: [Errno 11] no process is left; tried again in 0.2 s"
    assert stage.tick() == []
    monkeypatch.setattr(stage.keeper, "_launch", stage._launch)
    stage.tick(0.2)
    assert stage.keeper.pid == 1


def test_one_that_has_nothing_to_do_ends_and_comes_when_it_is_asked_for(stage: Stage) -> None:
    stage.children[-1].code = 0
    stage.tick()
    stage.tick(10.0)
    assert stage.keeper.pid is None
    stage.keeper.wanted = True
    stage.tick()
    assert stage.keeper.pid == 2


def test_at_the_end_it_is_told_first_and_killed_last(stage: Stage) -> None:
    stage.keeper.end()
    assert stage.children[-1].signals == [signal.SIGTERM, signal.SIGCONT]
    stage.keeper.close()
    assert stage.children[-1].signals[2:] == [signal.SIGKILL]
    stage.tick(10.0)
    assert len(stage.children) == 1
